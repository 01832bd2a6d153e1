"""The kill relay: one failover whose process is killed at each new journal record in turn, and started again."""

import time
from collections.abc import Callable

from lab.api import Lab
from tests.lab.operator import Journal, Operator

_END_S = 240


def relay(lab: Lab, start: Callable[[], Operator]) -> list[str]:
    """
    Kill the process as soon as a record appears that has not been killed at before, until one runs to its end.

    Returns:
        The records at which it was killed, in order.
    """
    journal = Journal(lab)
    killed: list[str] = []
    while True:
        before = len(journal.subjects())
        operator = start()
        new = _next(journal, operator, before, set(killed))
        if new is None:
            status, text = operator.output()
            assert status == 0, f"after {len(killed)} kills, exit {status}: {text[-2000:]}"
            return killed
        operator.kill()
        killed.append(new)


def _next(journal: Journal, operator: Operator, before: int, killed: set[str]) -> str | None:
    """Wait for this process's first record that was not killed at before; None when it ends without one."""
    end = time.monotonic() + _END_S
    while operator.process.poll() is None:
        fresh = [name for name in journal.subjects()[before:] if name not in killed]
        if fresh:
            return fresh[0]
        assert time.monotonic() < end, f"no new record and no end within {_END_S} s"
        time.sleep(0.002)
    return None
