"""Full failover: one region is given up, the other takes over.

Sources: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Operation and Full Failover; start and stop order:
genesys "Disaster Recovery Using DNS Failover". Deviations: docs/decisions/0004 (names move last), 0005 (firewall),
0008 (boot guard).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TypeVar

from model.conditions import failing
from model.step import Step, Steps
from model.steps.clients import proving
from model.steps.database import promoting
from model.steps.fence import fencing
from model.steps.framework import starting
from model.steps.stop import stopping
from model.steps.switch import ending_steady, moving_names, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the runbook, with the name of its line."""

    name: str
    step: Step


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True, kw_only=True)
class FullFailoverPlan:
    """One field per line of the runbook, in its order. An empty one is already done, or not needed in this mode."""

    take_epoch: Steps
    stop_scs: Steps
    stop_message_servers: Steps
    stop_backup: Steps
    stop_primary: Steps
    stop_lca: Steps
    close_database: Steps
    end_sessions: Steps
    stop_database: Steps
    drain: Steps
    power_off: Steps
    block_replication: Steps
    waive: Steps
    promote: Steps
    release_sync: Steps
    open_database: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    message_servers: Steps
    move_names: Steps
    secondaries: Steps
    flush_resolvers: Steps
    flush_hosts: Steps
    reconnect: Steps
    restart_first: Steps
    restart_second: Steps
    serve: Steps
    canary: Steps
    steady: Steps

    def steps(self) -> Iterator[Step]:
        """Yield every step in order."""
        for field in fields(self):
            yield from getattr(self, field.name)


def plan_full_failover(view: View) -> FullFailoverPlan:
    """Derive the steps that still separate what was seen from a working target.

    Resuming is planning again: a step is left out while its proofs hold.
    """
    lines = [Line(name, step) for name, steps in _runbook(view).items() for step in steps]
    left = remaining(lines, lambda line: not failing(line.step.proves, view, line.step))
    names = (field.name for field in fields(FullFailoverPlan))
    return FullFailoverPlan(**{name: tuple(line.step for line in left if line.name == name) for name in names})


def remaining(lines: Iterable[L], is_done: Callable[[L], bool]) -> tuple[L, ...]:
    """Return the lines that are left. The epoch is taken only for something, and the swap to steady gives it back."""
    every = [(line, is_done(line)) for line in lines]
    if all(done or line.name == "take_epoch" for line, done in every):
        return ()
    return tuple(line for line, done in every if not done or line.name == "steady")


def whole_runbook(view: View) -> FullFailoverPlan:
    """Return every step whether done or not: the printed page, and what the report counts against."""
    return FullFailoverPlan(**{name: tuple(steps) for name, steps in _runbook(view).items()})


def _runbook(view: View) -> dict[str, Iterable[Step]]:
    return {
        **taking_epoch(view),
        **stopping(view),
        **fencing(view),
        **promoting(view),
        **starting(view),
        **moving_names(view),
        **proving(view),
        "steady": (ending_steady(view),),
    }
