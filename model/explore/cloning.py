"""Where a clone begins and ends in the explorer's world, what may happen to it, and what it must not do."""

from collections.abc import Iterator

from model.explore.copies import NAMES, is_impostor, made_of, make, may_copy
from model.explore.ground import Ground
from model.explore.made import AS_DEPLOYED, Made
from model.explore.nature import boot, settle
from model.explore.power import power_off
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, Place, World
from model.step import Step, Verb
from model.survey import HOST

Found = tuple[str, World, int]  # what it is called, how it is, and how many faults may still happen


def dormant(ground: Ground) -> Iterator[Found]:
    """Yield the target active and the source dormant beside it, as deployed and as earlier cases left it.

    No client answers: none of them has a part in it.
    """
    steady = ground.together(ground.target)._replace(home=ground.target, copying=True)
    for place in (place for place in EVERYWHERE if place.role in CLIENTS):
        steady = steady.set(place, silent=True)
    primary, backup = FRAMEWORK[ground.source]
    yield "steady", steady, 1
    yield "without power", power_off(power_off(steady, primary), backup), 1
    half = make(power_off(steady, primary), primary, cable=False, half=True, itself=False, strange=frozenset({HOST}))
    yield "an agent was started by hand", steady.set(backup, on=True, running=frozenset({"lca"})), 0
    yield "half a copy was left", half, 1
    yield "half a copy was left, and switched on", boot(ground, half, primary), 1
    alone = make(steady, primary, label="earlier", itself=False, alone=True, strange=frozenset({HOST, NAMES}))
    off = make(power_off(alone, backup), backup, label="earlier", itself=False, strange=frozenset({HOST, NAMES}))
    yield "copies were left, one alone and one off", make(off, backup, cable=False), 1
    yield "copies were left, one alone and one off, its cable in", off, 0  # who switches it on makes a second mistake
    yield "an original is not as rendered", make(steady, FRAMEWORK[ground.target][0], strange=frozenset({HOST})), 1
    dark = settle(power_off(steady, Place(ground.target, "dbms")))
    yield "the active region does not work", dark, 1


def left_half(ground: Ground) -> World:
    """Return the world in the middle of a clone in the other region: there the Backup's host is one no more."""
    backup = FRAMEWORK[ground.target][1]
    begun = ground.steady()._replace(state="switching", target=ground.source)
    return make(power_off(begun, backup), backup, cable=False, half=True, itself=False, strange=frozenset({HOST}))


def accidents(ground: Ground, world: World) -> Iterator[tuple[str, World]]:
    """Yield what people may do by hand to hosts while they are made anew, and what may happen to their originals."""
    if not world.copying or world.state == "steady":
        return
    for place in FRAMEWORK[ground.source]:
        name, made = f"{place.region} {place.role}", made_of(world, place)
        pulled = make(world, place, cable=not made.cable)
        if not is_impostor(pulled, place):
            yield f"somebody {'pulls' if made.cable else 'puts in'} the cable of {name}", pulled
        if can_take_over(world, place) and world.reaches(place):
            yield f"somebody starts an agent on {name}", world.set(place, running=frozenset({"lca"}))
        if made.label == "ours" and not made.itself:
            yield f"a way around the rules of {name} is left open", make(world, place, leaks=True)
    for place in FRAMEWORK[ground.target]:
        if not made_of(world, place).strange:
            changed = make(world, place, strange=frozenset({HOST}))
            yield f"{place.region} {place.role}: its host side is changed by hand", changed


def mended(world: World) -> World:
    """Return the world after people did what they were told.

    They deploy an original again, stop what runs on a dormant host, take the power from one that is mute before
    anything begins, and close a way around the rules of a copy.
    """
    for place in FRAMEWORK[world.home]:
        world = make(world, place, strange=frozenset()) if world.machine(place).made else world
    for place in FRAMEWORK[world.away] if world.state == "steady" else ():
        world = world if world.reaches(place) else power_off(world, place)
    for place in (place for place in FRAMEWORK[world.away] if world.machine(place).made):
        world = make(world, place, leaks=False)
    for place in (place for place in FRAMEWORK[world.away] if world.reaches(place)):
        world = world.set(place, running=frozenset())
    return world


def restored(world: World) -> World:
    """Return the world after people restored the dormant hosts from their backups."""
    for place in FRAMEWORK[world.away]:
        world = power_off(world, place).set(place, on=True, silent=False, made=None)
    return world


def can_take_over(world: World, place: Place) -> bool:
    """Whether a dormant host is whole, and not yet this case's copy."""
    made = made_of(world, place)
    return made.itself and not made.half and not made.alone and made.label != "ours"


def are_themselves(world: World) -> bool:
    """Whether both dormant hosts answer, as this case's copies that know who they are."""
    made = [made_of(world, place) for place in FRAMEWORK[world.away] if world.reaches(place)]
    return len(made) == len(FRAMEWORK[world.away]) and all(one.label == "ours" and one.itself for one in made)


def half_made(world: World) -> str:
    """Name the dormant hosts that answer and are not yet what they are made to be."""
    made = (place for place in FRAMEWORK[world.away] if world.reaches(place) and world.machine(place).made)
    found = (place for place in made if not made_of(world, place).itself or made_of(world, place).alone)
    return ", ".join(f"{place.region} {place.role}" for place in found)


def copying(ground: Ground, world: World, step: Step) -> Iterator[str]:
    """Say what is wrong with a step that makes a host anew."""
    place = ground.places.get(step.host)
    if place is not None:
        yield from _taking_away(world, step, place)
        yield from _letting_on(step, made_of(world, place))


def _taking_away(world: World, step: Step, place: Place) -> Iterator[str]:
    machine, copies = world.machine(place), step.verb is Verb.CLONE
    away, able = step.verb in (Verb.UNPLUG, Verb.POWER_OFF, Verb.CLONE), can_take_over(world, place)
    if away and able and not world.serves(world.home):
        yield "what could take over is taken away while the active region does not work"
    if (copies or (step.verb is Verb.UNPLUG and able)) and made_of(world, Place(world.home, place.role)).strange:
        yield "it is taken away, and its original cannot be copied as it stands"
    if away and machine.running:
        yield "what works is made anew"
    if copies and not may_copy(world, place):
        yield "it is overwritten while it runs, or while others can meet it"


def _letting_on(step: Step, made: Made) -> Iterator[str]:
    if step.verb is Verb.ADOPT and made.leaks:
        yield "it is let go on although there is a way around its rules"
    if step.verb is Verb.JOIN and made.strange:
        yield f"it speaks with others while {', '.join(sorted(made.strange))} is its original's (V12)"


def is_made(ground: Ground, world: World, place: Place) -> bool:
    """Whether a host is this case's copy, itself, on the network, and rests: with power, or without it."""
    machine = world.machine(place)
    made = machine.made or AS_DEPLOYED
    fit = made.itself and made.cable and not made.alone and not made.strange
    return made.label == "ours" and fit and machine.on is (place not in ground.rests_off) and not machine.running


def uncloned(ground: Ground, world: World, *, untouched: bool) -> Iterator[str]:
    """Say what is wrong with a world in which a clone says that it is finished."""
    record = (world.state, world.active, world.data, world.names)
    if record != ("steady", world.home, ground.target, world.home):
        yield f"wrong end: the record says {world.state} {world.active}, names answer {world.names}"
    if not world.serves(world.home):
        yield "wrong end: the active region has no Primary that works"
    for place in FRAMEWORK[world.away]:
        if untouched and not is_made(ground, world, place):
            yield f"wrong end: {place.region} {place.role} is not made anew: {made_of(world, place)}"
