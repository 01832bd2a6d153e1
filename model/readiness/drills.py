"""Drills: the newest of each kind ended without a finding, and less than a quarter ago."""

from collections.abc import Iterable, Iterator

from model.drill import Drill, outcome
from model.readiness.blocked import NOTHING
from model.readiness.line import Check, Line

DAY_S = 86_400
QUARTER_DAYS = 100  # a quarter, and a week to find an hour for it
DRILLED = Check("last drill", "every stage", "mend what it found, and drill again: gdr run drill", NOTHING)


def lines(name: str, now: float, drills: Iterable[Drill]) -> Iterator[Line]:
    """Judge the newest ended drill of each kind; where there was none yet, nothing is judged.

    Args:
        drills: Oldest first.
    """
    newest = {drill.kind: (drill, drill.ended) for drill in drills if drill.ended is not None}
    for drill, ended in newest.values():
        days = (now - ended) / DAY_S
        words = "; ".join(f"{finding.what}: {finding.text}" for finding in drill.findings)
        found = f"{drill.kind}, {days:.0f} days ago: {words or outcome(drill)}"
        yield DRILLED.judged(name, not drill.findings and days <= QUARTER_DAYS, found)
    if not newest:
        yield Line(name=DRILLED.name, subject=name, verdict="not_yet", found="none has ended here", stage=DRILLED.stage)
