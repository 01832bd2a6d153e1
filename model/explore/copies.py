"""Copies of hosts in the explorer's world: what the verbs that make one do, what a killed one leaves, what is seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from model.environment.document import RegionKey
from model.environment.environment import other
from model.explore.bubble import CASE
from model.explore.ground import Ground
from model.explore.made import AS_DEPLOYED, Made
from model.explore.world import FRAMEWORK, PAIR_AT, Place, World
from model.machine import CutOff, Machine
from model.observation import HostSeen
from model.step import Step, Verb
from model.steps.parts import counterpart, part_of
from model.survey import HOST, State, Survey

EARLIER, NAMES = "C-0", "names"
Effect = Callable[[Ground, World, Step], World]


def made_of(world: World, place: Place) -> Made:
    """Return what became of a host."""
    return world.machine(place).made or AS_DEPLOYED


def make(world: World, place: Place, **changes: Any) -> World:
    """Return the world with something of a host made otherwise."""
    return world.set(place, made=made_of(world, place)._replace(**changes))


def _hypervisor(ground: Ground, world: World, place: Place) -> bool:
    """Whether somebody can be told to change the machine itself."""
    return "power" in world.up and place in ground.switched


def _unplug(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    return make(world, place, cable=False) if _hypervisor(ground, world, place) else world


def _plug(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    return make(world, place, cable=True) if _hypervisor(ground, world, place) else world


def _clone(ground: Ground, world: World, step: Step) -> World:
    """Overwrite a machine: what comes is its original in all but its address, and begins nothing yet."""
    place = ground.places[step.host]
    if not _hypervisor(ground, world, place) or not may_copy(world, place):
        return world
    strange = frozenset({HOST, NAMES, *ground.parts[place]})
    return make(world, place, label="ours", half=False, itself=False, alone=False, leaks=False, strange=strange)


def may_copy(world: World, place: Place) -> bool:
    """Whether a machine is off, and off the network: the host beside the hypervisor refuses any other."""
    return not world.machine(place).on and not made_of(world, place).cable


def _isolate(ground: Ground, world: World, step: Step) -> World:
    """Tell it by its console; what waited there for its guard is told that it is closed."""
    place = ground.places[step.host]
    made = made_of(world, place)
    able = _hypervisor(ground, world, place) and world.machine(place).on and not made.cable and not made.half
    return make(world.set(place, waiting=frozenset()), place, alone=True) if able else world


def _adopt(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    made = made_of(world, place)
    able = world.reaches(place) and made.alone
    return make(world, place, itself=True, strange=made.strange - {HOST}) if able else world


def _pin_names(ground: Ground, world: World, step: Step) -> World:
    return _rendered(ground, world, step, NAMES)


def _configure(ground: Ground, world: World, step: Step) -> World:
    return _rendered(ground, world, step, step.unit)


def _rendered(ground: Ground, world: World, step: Step, what: str) -> World:
    place = ground.places[step.host]
    return make(world, place, strange=made_of(world, place).strange - {what}) if world.reaches(place) else world


def _join(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    return make(world, place, alone=False) if world.reaches(place) else world


def _look(_ground: Ground, world: World, _step: Step) -> World:
    return world


EFFECTS: dict[Verb, Effect] = {
    Verb.UNPLUG: _unplug,
    Verb.CLONE: _clone,
    Verb.ISOLATE: _isolate,
    Verb.PLUG: _plug,
    Verb.CUT_OFF: _look,
    Verb.ADOPT: _adopt,
    Verb.PIN_NAMES: _pin_names,
    Verb.CONFIGURE: _configure,
    Verb.JOIN: _join,
}


def half_made(ground: Ground, world: World, step: Step, whole: World) -> Iterator[tuple[str, World]]:
    """Yield what a killed command may leave: a disk that is neither the old host nor the new one."""
    if step.verb is Verb.CLONE and whole != world:
        yield "cut before it is whole", make(whole, ground.places[step.host], label="", half=True)


def another_case(world: World) -> World:
    """Return the world as a case finds it that has made nothing yet: what an earlier one made is not its own."""
    for region in FRAMEWORK if world.copying else ():
        for place, at in PAIR_AT[region]:
            made = world.machines[at].made
            if made is not None and made.label == "ours":
                world = make(world, place, label="earlier")
    return world


def impostors(world: World) -> tuple[str, ...]:
    """Name copies that others can meet and that take themselves for their originals: theirs is the second Primary."""
    found = (place for pair in FRAMEWORK.values() for place in pair if is_impostor(world, place))
    return tuple(f"V12: {place.region} {place.role} is on the network as its original" for place in found)


def is_impostor(world: World, place: Place) -> bool:
    """Whether a host is on the network, takes itself for another, and does not stand alone."""
    made = world.machine(place).made
    if made is None or not world.machine(place).on:
        return False
    return made.reached and not made.itself and not made.alone


# --- what is seen ---


def machines(ground: Ground, world: World) -> Mapping[str, Machine]:
    """Return what the hypervisors say."""
    found = (place for pair in FRAMEWORK.values() for place in pair if _hypervisor(ground, world, place))
    return {ground.named[place][0]: _machine(ground, world, place) for place in found} if world.copying else {}


def _machine(ground: Ground, world: World, place: Place) -> Machine:
    made, machine = made_of(world, place), world.machine(place)
    case = {"": "", "earlier": EARLIER, "ours": CASE}[made.label]
    original = counterpart(ground.environment, ground.named[place][0]).name
    speaks = machine.on and not made.half
    return Machine(
        cable="in" if made.cable else "out",
        copy=f"{original} {case}" if case else "",
        alone=(str(ground.environment.control.address) if made.alone else "") if speaks else None,
    )


def surveys(ground: Ground, world: World) -> Mapping[str, Survey]:
    """Return what is laid on the framework hosts."""
    places = (place for pair in FRAMEWORK.values() for place in pair if world.reaches(place))
    return {ground.named[place][0]: _survey(ground, world, place) for place in places} if world.copying else {}


def _survey(ground: Ground, world: World, place: Place) -> Survey:
    (host,), strange = ground.hosts[place], made_of(world, place).strange
    groups = {HOST: HOST} | {part.kind: part.unit for part in host.components}
    states: dict[str, State] = {group: "other" if kind in strange else "same" for kind, group in groups.items()}
    return Survey(answers=True, narrow=True, states=states)


def cuts(ground: Ground, world: World) -> Mapping[str, CutOff]:
    """Try to connect from copies and to them: whoever stands alone reaches nobody."""
    places = (place for pair in FRAMEWORK.values() for place in pair if world.machine(place).made is not None)
    return {ground.named[place][0]: _cut(ground, world, place) for place in places} if world.copying else {}


def _cut(ground: Ground, world: World, place: Place) -> CutOff:
    name = ground.named[place][0]
    original, writer = counterpart(ground.environment, name), f"{ground.environment.writer.address}:53"
    server = f"{original.address}:{part_of(original, 'confserv').port}"
    if not world.reaches(place):
        return CutOff(fault=f"{name}: no answer")
    works = world.runs(ground.places[original.name], "confserv")
    known = {writer: "writer" in world.up, server: works}
    there = {where: "open" for where, answers in known.items() if answers}
    made = made_of(world, place)
    alone = made.alone and not made.leaks
    outward = dict.fromkeys(known, "rejected") if alone else there
    inward = {f"{ground.addresses[place][0]}:22": "silent" if alone else "open"}
    return CutOff(outward=outward, inward=inward, control=there)


def seen(ground: Ground, world: World, place: Place, found: HostSeen) -> HostSeen:
    """Return what a host says that was made anew: whose description it has, and whose names."""
    made = world.machine(place).made
    if made is None:
        return found
    region: RegionKey = other(place.region) if NAMES in made.strange else place.region
    names = ground.names[region]
    return replace(found, stranger=_stranger(ground, place, made), names=names, hosts_file=frozenset(names))


def _stranger(ground: Ground, place: Place, made: Made) -> str:
    if not made.itself:
        return f"says that it is {counterpart(ground.environment, ground.named[place][0]).name}"
    return f"stands alone ({ground.environment.control.address})" if made.alone else ""
