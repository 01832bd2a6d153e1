"""Where an abort may find a planned switch: after every step of it up to its point of no return."""

from collections.abc import Iterator
from itertools import takewhile

from model.explore.bubble import CASE
from model.explore.effects import effect, power_off
from model.explore.ground import Ground
from model.explore.nature import boot
from model.explore.sight import observe
from model.explore.world import FRAMEWORK, Place, World
from model.runbooks import FULL_FAILOVER
from model.step import Intent, Verb
from model.view import View


def begun(ground: Ground) -> Iterator[tuple[str, World]]:
    """Yield the worlds of an undisturbed switch from its epoch on; in some a region woke up, or lost its power."""
    intent = Intent(runbook="full_failover", target=ground.target, mode="planned", reason="explored")
    world = ground.steady()
    seen = observe(ground, world)
    plan = FULL_FAILOVER.left(View(environment=ground.environment, seen=seen, intent=intent, case=CASE))
    for step in takewhile(lambda step: not step.no_return, plan.steps()):
        world = effect(ground, world, step)
        yield step.id, _back(ground, world)
        if step.verb is Verb.BLOCK_REPLICATION:
            yield f"{step.id}, {ground.source} without power", _back(ground, _dark(ground, world))
        if step.verb in (Verb.TAKE_EPOCH, Verb.BLOCK_REPLICATION):
            yield f"{step.id}, {ground.target} awake", _back(ground, _awake(ground, world))


def _back(ground: Ground, world: World) -> World:
    return world._replace(home=ground.source, turned=True)


def _dark(ground: Ground, world: World) -> World:
    for place in (Place(ground.source, "dbms"), *FRAMEWORK[ground.source]):
        world = power_off(world, place)
    return world


def _awake(ground: Ground, world: World) -> World:
    for place in FRAMEWORK[ground.target]:
        world = boot(ground, world, place)
    return world
