"""What is wrong with an environment file: every fault at once, with its line, what was found and what is allowed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

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


def line_of(node: Node | None, path: Sequence[str | int]) -> int:
    """Return the line of the deepest part of `path` that the document has."""
    line = 1
    for part in path:
        found = next((found for found in _children(node) if found[0] == part), None)
        if found is None:
            break
        _, mark, node = found
        line = mark.line + 1
    return line


def _children(node: Node | None) -> Iterator[tuple[str | int, Any, Node]]:
    """Yield what a mapping or a list has: key or index, the mark where it begins, its value."""
    if isinstance(node, MappingNode):
        yield from ((key.value, key.start_mark, value) for key, value in node.value)
    elif isinstance(node, SequenceNode):
        yield from ((index, value.start_mark, value) for index, value in enumerate(node.value))


def field_of(path: Sequence[str | int]) -> str:
    """Write a path as people do: `regions.region1.hosts[0].port`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "file"
