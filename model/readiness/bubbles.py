"""Bubbles: nothing of one is left, in either region. While one is meant to stand its line is red, and says whose."""

from collections.abc import Iterator

from model.environment.environment import REGION_KEYS
from model.observation import Power
from model.readiness.blocked import EVERY, UNPLANNED, unless_off
from model.readiness.line import Check, Line
from model.view import View

IN_THE_WAY = tuple(runbook for runbook in EVERY if runbook != UNPLANNED)  # which takes it down by itself
NO_WALLS = Check("no walls of a bubble", "fence", "let its drill end, or `gdr run discard`", IN_THE_WAY)
NO_COPY = Check("no copy of a bubble", "database", "let its drill end, or `gdr run discard`", IN_THE_WAY)


def lines(view: View) -> Iterator[Line]:
    """Judge every framework host's walls, and what lies beside every DBMS."""
    for key in REGION_KEYS:
        yield from (_walls(view, host.name) for host in view.environment.framework(key))
        yield _copy(view, view.environment.dbms(key).name)


def _walls(view: View, name: str) -> Line:
    seen = view.host(name)
    if seen.power is Power.OFF:
        return NO_WALLS.judged(name, True, "no power: it has none")  # noqa: FBT003  (the verdict itself)
    if seen.walls is None:
        return NO_WALLS.judged(name, None, seen.fault or "unknown")
    whose = f"{'whole' if seen.walls.whole else 'torn'}, of case {seen.walls.case}"
    return NO_WALLS.judged(name, not seen.walls.case, whose if seen.walls.case else "none")


def _copy(view: View, name: str) -> Line:
    seen = view.host(name)
    if seen.copy is None:
        return NO_COPY.judged(name, None, seen.fault or "unknown", unless_off(view, name, IN_THE_WAY))
    return NO_COPY.judged(name, not seen.copy.case, f"of case {seen.copy.case}" if seen.copy.case else "none")
