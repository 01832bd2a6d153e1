"""What was measured, beside its budget: a ratio where there is a baseline, else the product's own number."""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

HEAD = ("what", "product", "baseline", "ratio", "budget", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        product: What was measured of the product, a number per round.
        baseline: The same of the baseline, in the same rounds; empty where there is none.
        budget: The most that is allowed: of the ratio where there is a baseline, else of the product's median.
        unit: Of both numbers.
    """

    what: str
    product: Sequence[float]
    baseline: Sequence[float] = ()
    budget: float | None = None
    unit: str = "s"

    def ratio(self) -> float | None:
        """Return the median of the rounds' own ratios: what else the machine does changes from round to round."""
        if not self.baseline:
            return None
        return median(mine / theirs for mine, theirs in zip(self.product, self.baseline, strict=True))

    def verdict(self) -> str:
        """Say whether the budget is kept; nothing where there is none."""
        if self.budget is None:
            return ""
        ratio = self.ratio()
        return "within" if (median(self.product) if ratio is None else ratio) <= self.budget else "OVER"

    def cells(self) -> tuple[str, ...]:
        """Write the row."""
        ratio = self.ratio()
        unit = "x" if self.baseline else self.unit
        return (
            self.what,
            _number(self.product, self.unit),
            _number(self.baseline, self.unit),
            f"{ratio:.2f} x" if ratio is not None else "",
            f"{self.budget:g} {unit}" if self.budget is not None else "",
            self.verdict(),
        )


def table(rows: Iterable[Row]) -> str:
    """Lay rows out as a page has them."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Name the machine by what matters here, and what else it does now."""
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{moment}, {os.cpu_count()} cores, {platform.machine()}, load {load}"


def _number(values: Sequence[float], unit: str) -> str:
    if not values:
        return ""
    digits = 0 if unit in ("ms", "runs") else 2
    spread = f" ({min(values):.{digits}f} to {max(values):.{digits}f})" if len(values) > 1 else ""
    return f"{median(values):.{digits}f} {unit}{spread}"
