"""What is wrong with an environment file: every fault at once, with its line, what was found and what is allowed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from model.errors import Refused

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `line` counts from 1."""

    file: str
    line: int
    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: found {self.found}: {self.allowed}"


class InvalidEnvironment(Refused):
    """The file is wrong. Nothing was touched."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults in the order of their lines."""
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.field)))
        super().__init__("\n".join(map(str, self.faults)))


def line_of(data: Any, path: Sequence[str | int]) -> int:
    """Return the line of the deepest part of `path` that the document has (ruamel keeps `.lc`)."""
    line = 1
    for part in path:
        try:
            position = getattr(data, "lc")  # noqa: B009  (ruamel's, on both of its containers)
            line = (position.key(part) if isinstance(data, dict) else position.item(part))[0] + 1
            data = data[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def field_of(path: Sequence[str | int]) -> str:
    """Write a path as people do: `regions.region1.hosts[0].port`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "file"
