"""The kill relay: one failover whose process is killed at one journal record after another, and started again."""

import itertools
import time
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from lab.api import Lab
from tests.lab.operator import Journal

EVERY_RECORD = itertools.repeat(1)
_END_S = 240


class Attempt(Protocol):
    """One process of the case, whichever door it came in by."""

    def ended(self) -> bool:
        """Tell whether it is over."""

    def kill(self) -> None:
        """SIGKILL it and wait until it is gone."""

    def require_reached(self) -> None:
        """Fail unless it ended where the operator wanted to be."""


def relay(
    lab: Lab, start: Callable[[], Attempt], gaps: Iterable[int] = EVERY_RECORD, spared: Collection[str] = ()
) -> list[str]:
    """
    Kill the process as soon as a record appears that is new to the case, and start again, until one runs to its end.

    Args:
        lab: The laboratory the case is in.
        start: The door: begins the case, or goes on with it.
        gaps: How many new records to let appear before each kill; after the last of them, none is killed.
        spared: Records at which nothing is killed: what ends a case that the same command could not begin again. One
            that was written before the kill took effect ends the relay, too.

    Returns:
        The records at which it was killed, in order.
    """
    journal = Journal(lab)
    killed: list[str] = []
    known: set[str] = set(spared)
    for gap in gaps:
        attempt = start()
        fresh = _fresh(journal, attempt, known, gap)
        if fresh is None:
            attempt.require_reached()
            return killed
        attempt.kill()
        killed.append(fresh)
        if set(journal.subjects()[-1:]) & set(spared):
            return killed
        known.update(journal.subjects() if gap > 1 else [fresh])
    start().require_reached()
    return killed


def _fresh(journal: Journal, attempt: Attempt, known: set[str], gap: int) -> str | None:
    """Wait for this attempt's next record that is new to the case; None when it ends without one."""
    last, before = journal.path(), len(journal.subjects())
    end = time.monotonic() + _END_S
    while not attempt.ended():
        since = before if journal.path() == last else 0
        fresh = [name for name in journal.subjects()[since:] if name not in known]
        if len(fresh) >= gap:
            return fresh[gap - 1]
        assert time.monotonic() < end, f"no new record and no end within {_END_S} s"
        time.sleep(0.002)
    return None
