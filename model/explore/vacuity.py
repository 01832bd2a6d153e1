"""Whether every line, precondition and proof of the runbook is needed: delete one, and a search must find it out.

What can be deleted unnoticed is listed in `EXPECTED` with its reason. A survivor that is not listed, or a listed one
that is found out, fails the tests.
"""

from collections.abc import Iterator
from typing import NamedTuple

from model.explore.judge import Cut, Judge
from model.explore.search import Search
from model.step import Mode

MODES: tuple[Mode, Mode] = ("planned", "unplanned")


class Verdict(NamedTuple):
    """What became of a deletion: how it was found out, or empty if it was not."""

    cut: Cut
    counterexample: str


def cuts(judge: Judge) -> tuple[Cut, ...]:
    """Return everything that can be deleted from the runbooks a judge has met in its searches."""
    found: dict[Cut, None] = {}
    for line, step in judge.every_line():
        found[Cut(line)] = None
        for kind in ("needs", "proves"):
            found |= dict.fromkeys(Cut(line, kind, name) for name in getattr(step, kind))
    return tuple(found)


def verdict(judge: Judge, cut: Cut) -> Verdict:
    """Search without one thing, in one mode and then in the other."""
    for mode in MODES:
        found = Search(judge, cut).run(mode).counterexamples
        if found:
            return Verdict(cut, found[0].text)
    return Verdict(cut, "")


def verdicts(judge: Judge) -> Iterator[Verdict]:
    """Judge every deletion."""
    for cut in cuts(judge):
        yield verdict(judge, cut)
