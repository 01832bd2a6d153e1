"""A state of the search: the world, what the case remembers, and what a process of it is at."""

from typing import NamedTuple

from model.explore.quest import Memory

IDLE, HELD, ASKED = -1, -2, -3  # no process runs: one may be started; a person looks at a held one; the gate waits


class State(NamedTuple):
    """A state of the search.

    Attributes:
        plan: Number of the plan a process carries out, or IDLE, HELD, or ASKED.
        at: Its next step.
        stale: Another process has taken the epoch from it.
        orphan: Number of the line an overtaken process has under way; -1 for none.
        obeyed: Hosts that have obeyed the younger process since.
        asked: Writers that the open question shows as not provably fenced.
        budget: Faults that may still happen.
    """

    world: int
    memory: Memory
    plan: int = IDLE
    at: int = 0
    stale: bool = False
    orphan: int = -1
    obeyed: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    budget: int = 1


Edge = tuple[str, State, bool]  # what happened, what it led to, whether it is a fault
