"""What a search brings back."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Something that must not happen, and how it came to it."""

    text: str
    trail: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join((self.text, *self.trail))


@dataclass(slots=True)
class Found:
    """What a search found."""

    states: int = 0
    edges: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    counterexamples: list[Counterexample] = field(default_factory=list)
