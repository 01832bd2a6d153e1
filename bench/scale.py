"""Readiness of many environments at once: by one server and worker, by two workers, by two API servers and Redis."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles

from bench.fleet import Fleet, Told, Watched
from bench.table import Row, machine
from lab import identity, web
from lab.api import Lab
from lab.command import wait_until
from lab.errors import LabError
from lab.identity import Identity
from lab.services import scaled

ENVIRONMENTS, AT_ONCE = 50, 4
NOTICE_S, LAST_S, TOLD_S, UP_S = 20, 3600, 120, 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One moment at which all were due.

    Attributes:
        calls: Seconds that each call of the API took meanwhile.
    """

    runs: Sequence[Told]
    calls: Sequence[float]

    def once(self) -> int:
        """Count the runs that were started, ended and told of exactly once."""
        return sum(run.once() for run in self.runs)

    def ready(self) -> int:
        """Count the runs that ended Ready: a machine that has too much to do sees less, and is Red then."""
        return sum(run.ended == "Ready" for run in self.runs)

    def last(self, moment: Callable[[Told], float | None]) -> float:
        """Return how long after they were due the last one reached a moment; those that never did count above."""
        return max(at - run.due for run in self.runs if (at := moment(run)) is not None)

    def call_ms(self, percent: int) -> float:
        """Return within which time that part of the calls was answered."""
        return quantiles(self.calls, n=100)[percent - 1] * 1000


NUMBERS: tuple[tuple[str, str, Callable[[Ran], float]], ...] = (
    ("until the last one begins", "s", lambda ran: ran.last(lambda run: run.begun)),
    ("until the last one has ended", "s", lambda ran: ran.last(lambda run: run.over)),
    ("a call of the API meanwhile, median", "ms", lambda ran: ran.call_ms(50)),
    ("a call of the API meanwhile, of 100 the 95th", "ms", lambda ran: ran.call_ms(95)),
)


def rows(rounds: int, environments: int, at_once: int) -> Iterator[Row]:
    """Measure in laboratories of their own, one per round: what was scaled out is not scaled in again."""
    scaled.require_program()
    measured = [dict(_round(environments, at_once)) for _ in range(rounds)]
    alone, *_ = names = list(measured[0])
    for name in names:
        ran = [one[name] for one in measured]
        yield Row(
            what=f"{name}: of {environments}, begun, ended and told of once",
            product=[r.once() for r in ran],
            unit="runs",
        )
        yield Row(what=f"{name}: of them Ready", product=[one.ready() for one in ran], unit="runs")
        for what, unit, number in NUMBERS:
            baseline = [number(one[alone]) for one in measured] if name != alone else []
            yield Row(what=f"{name}: {what}", product=[number(one) for one in ran], baseline=baseline, unit=unit)


def _round(environments: int, at_once: int) -> Iterator[tuple[str, Ran]]:
    lab = Lab.up(Identity(f"{identity.current().id[:5]}s"))
    control = lab.topology.host("ctl")
    try:
        fleet = Fleet(lab, environments)
        fleet.watch_verdicts()
        yield "one server, one worker", _measured(fleet, at_once)
        scaled.start_second_worker(lab.identity, control)
        yield "one server, two workers", _measured(fleet, at_once)
        scaled.start(lab.identity, control)
        wait_until("the API server", lambda: web.is_healthy(lab.port), UP_S)
        scaled.start_workers(lab.identity, control)
        yield "two API servers, two workers", _measured(fleet, at_once)
    finally:
        lab.down()


def _measured(fleet: Fleet, at_once: int) -> Ran:
    due, runs = fleet.due(NOTICE_S, at_once)
    print(f"{machine()}: {len(runs)} runs are due", flush=True)
    watched = Watched(fleet, runs)
    watched.until_the_end(LAST_S)
    with contextlib.suppress(LabError):  # what is still amiss by then is what is measured
        wait_until("what is told of each", lambda: all(run.once() for run in fleet.told(due)), TOLD_S)
    ran = Ran(runs=fleet.told(due), calls=watched.seconds)
    print(
        f"{machine()}: {ran.once()} of {len(runs)} once, the last after {ran.last(lambda run: run.over):.0f} s",
        flush=True,
    )
    return ran
