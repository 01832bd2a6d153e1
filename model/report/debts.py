"""What a case left to settle, and what of it nobody could know when they said go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.case import Case
from model.evidence import Entry

SILENT = "did not answer: the return guard flushes its resolver and proves its proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What was left to settle.

    Attributes:
        later: Whether it arose after the go, which did not show it.
    """

    target: str
    what: str
    later: bool = False

    @property
    def is_silence(self) -> bool:
        """Whether a host did not answer when the case looked at what it owes."""
        return _is_silence(self.what)

    @property
    def words(self) -> str:
        """Say it."""
        return f"{self.what} (arose after the go)" if self.later else self.what


def debts(case: Case, entries: Sequence[Entry]) -> Iterator[Debt]:
    """Yield them as they stand in the end; only a step that failed, and a host that fell silent, can arise later."""
    went = [n for n, entry in enumerate(entries) if entry.kind == "gate.answered"] if case.approval else []
    since = {entry.data["target"] for entry in (entries[went[-1] :] if went else ()) if entry.kind == "debt"}
    shown = case.approval.bounds.unreachable if case.approval else frozenset()
    for target, what in case.debts:
        arises = ":" in target or _is_silence(what)
        yield Debt(target=target, what=what, later=arises and target in since - shown)


def _is_silence(what: str) -> bool:
    """Tell it by its first words: what follows them may be another version's."""
    return what.startswith(SILENT.partition(":")[0])
