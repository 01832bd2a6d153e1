"""Where an abort may find a planned switch: after every step of it up to its point of no return."""

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from model import runbooks
from model.environment.environment import other
from model.explore.bubble import CASE
from model.explore.effects import effect
from model.explore.ground import Ground
from model.explore.nature import boot
from model.explore.power import power_off
from model.explore.sight import observe
from model.explore.world import FRAMEWORK, Place, World
from model.step import Intent, Name, Verb
from model.view import View


class Begun(NamedTuple):
    """What an abort finds: a name for it, how it is, and the switch that goes back."""

    name: str
    world: World
    undoes: Name


def begun(ground: Ground) -> Iterator[Begun]:
    """Yield the worlds of undisturbed switches from their epoch on; in some a region woke up, or lost its power."""
    yield from _whole(ground)
    for world in (ground.together(ground.source), ground.apart(ground.source)):
        yield from _alone(ground, world._replace(home=world.active), "dbms_failover")
    for world in (ground.together(ground.target), ground.apart(ground.target)):
        yield from _alone(ground, world._replace(home=other(world.active)), "framework_failover")


def _whole(ground: Ground) -> Iterator[Begun]:
    """Yield those of a full failover."""
    for verb, found in _walked(ground, ground.steady(), "full_failover"):
        yield found
        if verb is Verb.BLOCK_REPLICATION:
            yield found._replace(name=f"{found.name}, {ground.source} without power", world=_dark(ground, found.world))
        if verb in (Verb.TAKE_EPOCH, Verb.BLOCK_REPLICATION):
            yield found._replace(name=f"{found.name}, {ground.target} awake", world=_awake(ground, found.world))


def _alone(ground: Ground, world: World, runbook: Name) -> Iterator[Begun]:
    """Yield those of a half that moves alone."""
    apart = "" if world.was == world.had else ", apart"
    for _, found in _walked(ground, world, runbook):
        yield found._replace(name=f"{runbook} {found.name}{apart}")


def _walked(ground: Ground, world: World, runbook: Name) -> Iterator[tuple[Verb, Begun]]:
    intent = Intent(runbook=runbook, target=ground.target, mode="planned", reason="explored", home=world.home)
    view = View(environment=ground.environment, seen=observe(ground, world), intent=intent, case=CASE)
    for step in takewhile(lambda step: not step.no_return, runbooks.left(view).steps()):
        world = effect(ground, world, step)
        yield step.verb, Begun(step.id, world.back(), runbook)


def _dark(ground: Ground, world: World) -> World:
    for place in (Place(ground.source, "dbms"), *FRAMEWORK[ground.source]):
        world = power_off(world, place)
    return world


def _awake(ground: Ground, world: World) -> World:
    for place in FRAMEWORK[ground.target]:
        world = boot(ground, world, place)
    return world
