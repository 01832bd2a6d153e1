"""The ledger of a configuration client and what became of it, without I/O."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

SECTION = "gdr-client"
"""Section of cfg_flex_prop in which all writes of this client lie; the option is the write's id."""

ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Entry:
    """One write: acknowledged, refused (certainly not done) or unknown."""

    id: str
    at: float
    proxy: str
    outcome: str
    why: str = ""

    def as_line(self) -> str:
        """Render for the ledger."""
        return json.dumps({key: value for key, value in asdict(self).items() if value != ""})


def read_ledger(lines: Iterable[str]) -> list[Entry]:
    """Read a ledger; a last line cut off by a kill is left out."""
    return [Entry(**json.loads(line)) for line in lines if line.endswith("\n")]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a database holds of a ledger."""

    acknowledged: int
    present: int
    lost: int
    unknown: int
    unknown_present: int
    refused_present: int
    lost_ids: tuple[str, ...]
    first_lost_at: float | None
    last_acknowledged_at: float | None


def verify(entries: Iterable[Entry], rows: Iterable[str]) -> Verdict:
    """Compare a ledger with the ids found in a database."""
    held, by_outcome = set(rows), dict[str, list[Entry]]()
    for entry in entries:
        by_outcome.setdefault(entry.outcome, []).append(entry)
    acknowledged = by_outcome.get(ACKNOWLEDGED, [])
    lost = [entry for entry in acknowledged if entry.id not in held]
    unknown, refused = by_outcome.get("unknown", []), by_outcome.get("refused", [])
    return Verdict(
        acknowledged=len(acknowledged),
        present=len(acknowledged) - len(lost),
        lost=len(lost),
        unknown=len(unknown),
        unknown_present=sum(entry.id in held for entry in unknown),
        refused_present=sum(entry.id in held for entry in refused),
        lost_ids=tuple(entry.id for entry in lost),
        first_lost_at=min((entry.at for entry in lost), default=None),
        last_acknowledged_at=max((entry.at for entry in acknowledged), default=None),
    )
