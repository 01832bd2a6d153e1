"""When a bubble must not be made: where it could touch production, or where nobody could tell."""

from collections.abc import Iterator

from model.conditions.bubble import is_proven, named, rests_or_inside, room_for_copy
from model.conditions.fence import closed_to_framework
from model.conditions.framework import target_has_primary
from model.conditions.protection import source_streams
from model.invariants import breaches
from model.runbooks import BUBBLE
from model.step import Verb
from model.steps.bubble import building
from model.view import View


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: the region named is the active one, with both framework and database."""
    record = view.seen.record
    if record is None or (record.active, record.data) == (view.home, view.home):
        return ()
    return (f"{record.active} is active, its database in {record.data}: a bubble is made beside {view.home} only",)


def before_begun(view: View) -> tuple[str, ...]:
    """Say what is not as it must be before anything is changed. Afterwards what is seen is the case's own work."""
    return (*breaches(view), *_unsteady(view), *_dormant(view))


def _unsteady(view: View) -> Iterator[str]:
    steps = BUBBLE.whole(view).take_epoch
    found = (condition(view, step) for step in steps for condition in (target_has_primary, source_streams))
    yield from (reason for reason in found if reason is not None)
    for host in view.environment.framework(view.away):
        if not view.host(host.name).answers:
            yield f"{host.name}: does not answer: a bubble of hosts that are powered off is not yet supported"


def _dormant(view: View) -> Iterator[str]:
    steps = building(view)
    yield from (f"{name}: a bubble was left there: run discard first" for name in named(view, view.home))
    for step in steps["raise_walls"]:
        if view.host(step.host).answers and (reason := rests_or_inside(view, step)):
            yield reason
    for step in steps["copy_database"]:
        found = (room_for_copy(view, step), closed_to_framework(view, step))
        yield from (reason for reason in found if reason is not None)


def done(view: View) -> bool:
    """Whether this very case has been through its bubble, and nothing of it is left: each drill makes its own."""
    ends = (Verb.TAKE_EPOCH, Verb.STEADY)
    return is_proven(view) and all(step.verb in ends for step in BUBBLE.left(view).steps())
