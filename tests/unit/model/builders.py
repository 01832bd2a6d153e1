"""Observations for tests of the model: made from the explorer's worlds, whose steady state is the laboratory's."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from model.conditions import failing
from model.environment.environment import Environment
from model.environment.load import parse
from model.explore.bubble import CASE
from model.explore.effects import effect
from model.explore.ground import Ground
from model.explore.nature import caught_up
from model.explore.sight import observe
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, Place, World
from model.runbooks import FULL_FAILOVER
from model.step import Intent, Mode, Step
from model.view import View

LAB = Path("deployments/environments/lab.yaml")
SOURCE_DBMS, TARGET_DBMS = Place("region1", "dbms"), Place("region2", "dbms")


def environment(*edits: tuple[str, str]) -> Environment:
    """Return the laboratory's environment after replacing pieces of its text."""
    return parse(edited(*edits), "lab.yaml")


def edited(*edits: tuple[str, str]) -> str:
    text = LAB.read_text()
    for old, new in edits:
        assert text.count(old) >= 1, f"{old!r} does not stand in {LAB}"
        text = text.replace(old, new, 1)
    return text


@cache
def ground() -> Ground:
    return Ground(environment(), "region2")


def intent(mode: Mode = "unplanned") -> Intent:
    return Intent(runbook="full_failover", target="region2", mode=mode, reason="test")


def view(world: World, mode: Mode = "unplanned", **changes: Any) -> View:
    """Return what a process of our case sees; `truth=True` shows what is so."""
    seen = observe(ground(), world, truth=changes.pop("truth", False))
    known: dict[str, Any] = {"epoch": world.epoch if world.ours else None, "case": CASE, "lossy": mode == "unplanned"}
    return View(environment=ground().environment, seen=seen, intent=intent(mode), **(known | changes))


def steady() -> World:
    return ground().steady()


def without(world: World, *places: Place, **changes: Any) -> World:
    """Return the world with role classes changed; by default they lose their power."""
    for place in places:
        known = changes or {"on": False, "running": frozenset(), "leads": False}
        world = world.set(place, **known)
        if place.role == "dbms" and not changes:
            world = world.set_database(place.region, running=False, sessions=frozenset())
    return world


def region1_lost() -> World:
    places = (place for place in EVERYWHERE if place.region == "region1")
    lost = without(steady(), *places)
    return lost._replace(up=lost.up - {"secondary"})


def planned_world(mode: Mode) -> World:
    """Return the world a failover of this mode is made for."""
    return steady() if mode == "planned" else region1_lost()


def remaining(world: World, mode: Mode) -> tuple[Step, ...]:
    return tuple(FULL_FAILOVER.left(view(world, mode)).steps())


def performed(mode: Mode) -> Iterator[tuple[World, Step, World]]:
    """Yield every step of a whole undisturbed failover with the worlds before and after it."""
    world = planned_world(mode)
    for step in remaining(world, mode):
        after = effect(ground(), world, step)
        if failing(step.proves, view(after, mode), step):
            after = caught_up(after)  # an act waits for its proofs
        yield world, step, after
        world = after


def switched(mode: Mode = "planned") -> World:
    """Return the world after a whole failover."""
    return list(performed(mode))[-1][2]


__all__ = ["CLIENTS", "FRAMEWORK"]
