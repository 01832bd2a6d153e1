"""Readiness: every precondition of every runbook that can be seen while nothing has happened.

Nothing is touched: what only an act could prove is named as not judged. Red blocks, and so does ignorance.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from model.drill import Drill
from model.environment.environment import Environment, other
from model.observation import Minute, Observation, Sample
from model.readiness import (
    activation,
    applications,
    asleep,
    backups,
    begins,
    bubbles,
    certificates,
    database,
    drift,
    drills,
    framework,
    history,
    hosts,
    lifetimes,
    literals,
    logs,
    names,
    paths,
    rules,
    settings,
    slots,
    units,
)
from model.readiness.line import Line
from model.step import Intent
from model.view import View

Judge = Callable[[View], Iterator[Line]]
ALWAYS: tuple[Judge, ...] = (
    activation.record,
    activation.servers,
    activation.epochs,
    hosts.lines,
    units.described,
    units.guarded,
    database.waiting,
    database.canaries,
    settings.lines,
    slots.lines,
    drift.alike,
    drift.files,
    literals.lines,
    applications.lines,
    certificates.lines,
    backups.lines,
    bubbles.lines,
    names.hosts_files,
    lifetimes.against_rto,
    lifetimes.sent,
    rules.legal,
    rules.invariants,
    rules.outlives,
    rules.voices,
)
WHERE_ACTIVE: tuple[Judge, ...] = (
    database.roles,
    database.access,
    names.servers,
    names.clients,
    names.aliases,
    lifetimes.kept,
    asleep.lines,
    framework.pair,
    framework.components,
    framework.guards,
    framework.proxies,
    logs.lines,
    paths.lines,
    begins.lines,
)


def steady_view(environment: Environment, seen: Observation) -> View:
    """Return the view of a planned switchover to the dormant region: it has the most preconditions."""
    # Without a record nothing that depends on the active region is judged at all.
    active = seen.record.active if seen.record else "region1"
    intent = Intent(runbook="full_failover", target=other(active), mode="planned", reason="readiness")
    return View(environment=environment, seen=seen, intent=intent)


def readiness(
    view: View,
    now: float,
    samples: Iterable[Sample] = (),
    day: Iterable[Minute] = (),
    walked: Iterable[Drill] = (),
) -> tuple[Line, ...]:
    """Judge an observation in steady state.

    Args:
        view: As `steady_view` makes it.
        now: Seconds of the epoch.
        samples: What the sampler still remembers; the newest alone is in the observation.
        day: What it remembers of its last day, by the minute.
        walked: The environment's drills, oldest first.
    """
    view, minutes = asleep.remembered(view), tuple(day)
    seen = _lines(view, now, tuple(samples), minutes)
    kept = history.lines(view, now, minutes), drills.lines(view.environment.name, now, walked)
    return tuple(chain(seen, *kept, rules.later(view)))


def _lines(view: View, now: float, samples: tuple[Sample, ...], day: tuple[Minute, ...]) -> Iterator[Line]:
    for judge in ALWAYS:
        yield from judge(view)
    if view.seen.record is None:
        yield activation.ACTIVE.judged(view.environment.name, None, view.seen.record_fault or "no activation record")
    else:
        yield activation.ACTIVE.judged(view.environment.name, holds=True, found=view.seen.record.active)
        for judge in WHERE_ACTIVE:
            yield from judge(view)
        newest = (view.seen.sample,) if view.seen.sample else ()
        yield from database.standby(view, now, samples, day)
        yield from database.distance(view, now, (*samples, *newest))
