"""Machines in a replay: what nothing but an act changes of a host that is made anew, and what its power has been."""

from collections.abc import Mapping
from typing import Any

from model.explore.copies import made_of, make
from model.explore.ground import Ground
from model.explore.world import FRAMEWORK, Place, World
from model.observation import Observation, Power
from model.steps.parts import counterpart

PLACES = tuple(place for pair in FRAMEWORK.values() for place in pair)
FACTS = ("cable", "label", "alone")


def seen_of(ground: Ground, seen: Observation, case: str) -> dict[str, Any]:
    """Return what the hypervisors said of cables and copies in the light of a case; None is unknown."""
    found: dict[str, Any] = dict.fromkeys(f"{place.region} {place.role}: {fact}" for place in PLACES for fact in FACTS)
    for name, machine in seen.machines.items():
        place, original = ground.places[name], counterpart(ground.environment, name).name
        labels = {None: None, "": "", f"{original} {case}": "ours"}
        alone = {None: None, "": False, str(ground.environment.control.address): True}
        told = (machine.cable and machine.cable == "in", labels.get(machine.copy, "earlier"), alone.get(machine.alone))
        found |= {f"{place.region} {place.role}: {fact}": word for fact, word in zip(FACTS, told, strict=True)}
    return found


def so_of(world: World) -> dict[str, Any]:
    """Return the same of a world."""
    return {
        f"{place.region} {place.role}: {fact}": getattr(made_of(world, place), fact)
        for place in PLACES
        for fact in FACTS
    }


def powers_of(ground: Ground, seen: Observation) -> Mapping[Place, bool]:
    """Return which framework hosts have power, as far as anybody says; that changes by itself, too."""
    powers = {place: seen.host(ground.named[place][0]).power for place in PLACES}
    return {place: power is Power.ON for place, power in powers.items() if power is not Power.UNKNOWN}


def as_seen(world: World, known: Mapping[str, Any], powers: Mapping[Place, bool]) -> World:
    """Return the world with machines as they were seen last."""
    for place, on in powers.items():
        world = world.set(place, on=on)
    for place in PLACES:
        told = {fact: known[f"{place.region} {place.role}: {fact}"] for fact in FACTS}
        changes = {fact: word for fact, word in told.items() if word is not None}
        world = make(world, place, **changes) if changes else world
    return world
