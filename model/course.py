"""How far a case has come: what its records say was done, and what was begun and has no end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from model.evidence import Entry

DONE = ("act.after", "act.found")
ENDED = (*DONE, "act.failed", "act.refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Steps by their names.

    Attributes:
        done: Those that were proven, done by this case or found done; each once, in the order of its proof.
        flying: Those that were begun and have no end yet, each with the moment, in seconds of the epoch.
    """

    done: tuple[str, ...] = ()
    flying: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in a sentence."""
        last = f", the last {self.done[-1]}" if self.done else ""
        return f"Done so far: {len(self.done)} step{'s' * (len(self.done) != 1)}{last}."


def course(entries: Iterable[Entry]) -> Course:
    """Fold a case's records, oldest first."""
    done: dict[str, None] = {}
    flying: dict[str, float] = {}
    for entry in entries:
        if entry.kind == "act.before":
            flying[entry.data["step"]] = entry.at
            done.pop(entry.data["step"], None)  # it held no more, or it would not have been begun again
        elif entry.kind in ENDED:
            flying.pop(entry.data["step"], None)
        if entry.kind in DONE:
            done.setdefault(entry.data["step"])
    return Course(done=tuple(done), flying=flying)
