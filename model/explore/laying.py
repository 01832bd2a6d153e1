"""Deploying in the explorer's world: what its verbs do to a host, and what a killed one leaves."""

from collections.abc import Callable, Iterator
from typing import Any

from model.explore import copies
from model.explore.ground import Ground
from model.explore.laid import BARE, Laid
from model.explore.nature import caught_up, settle
from model.explore.world import FRAMEWORK, Place, World
from model.step import Step, Verb

Effect = Callable[[Ground, World, Step], World]
STARTS = (Verb.START, Verb.AWAIT)


def laid_of(world: World, place: Place) -> Laid:
    """Return what a host has of a deployment."""
    return world.machine(place).laid or BARE


def lay(world: World, place: Place, **changes: Any) -> World:
    """Return the world with something of a deployment laid otherwise."""
    return world.set(place, laid=laid_of(world, place)._replace(**changes))


def is_unable(ground: Ground, world: World, step: Step) -> bool:
    """Whether a host cannot do it at all: it has no host side to be told, or nothing deployed that could start."""
    place = ground.places.get(step.host)
    laid = None if place is None else world.machine(place).laid
    if laid is None or step.verb is Verb.LAY_HOST_SIDE:
        return False
    starts = step.verb in STARTS and step.unit != "dbms"
    return not laid.tells or (starts and step.unit not in laid.configured)


def first_epoch(ground: Ground, world: World) -> World:
    """Make record, names and aliases in one update, which finds them as they were seen: not there."""
    if world.taken:
        return world
    record = world._replace(epoch=2, state="switching", active=world.home, target=world.home, data=ground.target)
    named = caught_up(record._replace(names=world.home, ours=True))
    return named._replace(secondary=world.secondary)  # it is told a moment later


def _lay_host_side(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    able = world.reaches(place) and laid_of(world, place).side != "another"
    return lay(world, place, side="same") if able else world


def _pin_names(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    if world.machine(place).laid is None:
        return copies.EFFECTS[step.verb](ground, world, step)
    return lay(world, place, pinned=True) if world.reaches(place) else world


def _configure_server(ground: Ground, world: World, step: Step) -> World:
    """Write its files; what runs takes them up: where settings are new by a restart, which asks its guard."""
    place = ground.places[step.host]
    database = world.database(place.region)
    if not world.reaches(place):
        return world
    configured = lay(world, place, settings="same")
    if not _is_restarted(world, place):
        return configured
    guard = "open" if database.standby else world.guard(place)
    waiting = frozenset({"dbms"} if guard == "silent" else ())
    return configured.set(place, waiting=waiting).set_database(place.region, running=guard == "open", clean=True)


def _is_restarted(world: World, place: Place) -> bool:
    """Whether a DBMS that runs takes its files up by a restart only."""
    return world.database(place.region).running and laid_of(world, place).settings in ("none", "pending")


def _create_database(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    database, laid = world.database(place.region), laid_of(world, place)
    able = world.reaches(place) and database.running and not database.standby and laid.cluster != "somebody's"
    return lay(world, place, cluster="made") if able else world


def _create_log_database(ground: Ground, world: World, step: Step) -> World:
    """Make it where its server takes writes: a log server of its own does so as long as its host works."""
    place = ground.places[step.host]
    writable = ground.environment.is_crossed or world.writable(place.region)
    able = world.reaches(place) and writable and laid_of(world, place).logs != "somebody's"
    return lay(world, place, logs="made") if able else world


def _seed(ground: Ground, world: World, step: Step) -> World:
    """Copy the primary over an empty cluster or its own standby; one that runs as such is left as it is."""
    place = ground.places[step.host]
    mine, laid = world.database(place.region), laid_of(world, place)
    empty = laid.cluster in ("empty", "begun") or mine.standby
    reached = place not in world.database(ground.target).blocked and place.region in world.slots
    if mine.running and mine.standby and world.reaches(place):
        return world.set_database(place.region, half=False)  # what a cut copy has left beside it is removed
    if mine.running or not (world.reaches(place) and empty and reached and world.writable(ground.target)):
        return world
    copied = {"standby": True, "clean": False, "half": False, "gap": False, "ready": True, "foreign": False}
    return lay(world, place, cluster="made").set_database(place.region, **copied)


def _install(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    kinds, laid = ground.alike(place, step.unit), laid_of(world, place)
    able = world.reaches(place) and not laid.torn & kinds and "folder" not in laid.strange
    return lay(world, place, installed=laid.installed | kinds) if able else world


def _configure(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    if world.machine(place).laid is None:
        return copies.EFFECTS[step.verb](ground, world, step)
    kinds, laid = ground.alike(place, step.unit), laid_of(world, place)
    able = world.reaches(place) and kinds <= laid.installed and not kinds & world.machine(place).running
    return lay(world, place, configured=laid.configured | kinds) if able else world


def start_site(world: World, place: Place, kind: str) -> World:
    """Start a site component; a proxy that finds no master does not come up."""
    machine = world.machine(place)
    asked = world.forwarder if "forwarder" in world.up else None
    cache = machine.cache or asked
    at = cache if cache and world.serves(cache) else None
    if not world.reaches(place) or kind in machine.running or (kind == "proxy" and at is None):
        return world
    at = at if kind == "proxy" else machine.at
    return world.set(place, running=machine.running | {kind}, cache=cache, at=at)


def _pair(ground: Ground, step: Step) -> tuple[Place, Place]:
    """Return who is to be Primary, and the other of its pair."""
    place = ground.places[step.host]
    return place, next(other for other in FRAMEWORK[place.region] if other != place)


def _handed_over(world: World, other: Place) -> World:
    """Return the world once this one is stopped, and the Management Layer has made the other one Primary."""
    left = world.machine(other).running - {"confserv"}
    return settle(world.set(other, running=left, leads=False))


def _both_act(world: World, place: Place, other: Place) -> bool:
    return all(world.reaches(one) and world.guard(one) == "open" for one in (place, other))


def _switch_over(ground: Ground, world: World, step: Step) -> World:
    place, other = _pair(ground, step)
    if not _both_act(world, place, other):
        return world
    started = world.set(place, running=world.machine(place).running | {"confserv"})
    handed = _handed_over(started, other)
    return handed.set(other, running=handed.machine(other).running | {"confserv"})


def _switch_back(ground: Ground, world: World, step: Step) -> World:
    """Do the same the other way, unless it leads already; then both note it."""
    place, other = _pair(ground, step)
    if not _both_act(world, place, other):
        return world
    if not world.machine(place).leads:
        world = _handed_over(world, other)
        world = world.set(other, running=world.machine(other).running | {"confserv"})
    return lay(lay(world, other, noted=True), place, noted=True) if world.machine(place).leads else world


def _look(_ground: Ground, world: World, _step: Step) -> World:
    return world


EFFECTS: dict[Verb, Effect] = {
    Verb.LAY_HOST_SIDE: _lay_host_side,
    Verb.PIN_NAMES: _pin_names,
    Verb.CONFIGURE_DATABASE: _configure_server,
    Verb.CONFIGURE_STANDBY: _configure_server,
    Verb.CREATE_DATABASE: _create_database,
    Verb.SEED: _seed,
    Verb.INSTALL: _install,
    Verb.CONFIGURE: _configure,
    Verb.SWITCH_OVER: _switch_over,
    Verb.SWITCH_BACK: _switch_back,
    Verb.VERIFY: _look,
    Verb.CREATE_LOG_DATABASE: _create_log_database,
}


def half_laid(ground: Ground, world: World, step: Step, whole: World) -> Iterator[tuple[str, World]]:
    """Yield what a killed command may leave of a deployment."""
    if step.host not in ground.places or not world.deploying or whole == world:
        return
    place = ground.places[step.host]
    match step.verb:
        case Verb.LAY_HOST_SIDE:
            yield "cut before the account's right is narrowed", lay(world, place, side="partly")
        case Verb.CONFIGURE_DATABASE | Verb.CONFIGURE_STANDBY if _is_restarted(world, place):
            yield "cut before it is taken up", lay(world, place, settings="pending")
        case Verb.CREATE_DATABASE:
            yield "cut before the scripts have ended", lay(world, place, cluster="begun")
        case Verb.CREATE_LOG_DATABASE:
            yield "cut before the scripts have ended", lay(world, place, logs="begun")
        case Verb.SEED:
            yield "cut before it is whole", world.set_database(place.region, half=True)
            yield "cut before its end", whole.set_database(place.region, half=True, ready=False)
        case Verb.INSTALL:
            torn = laid_of(world, place).torn | ground.alike(place, step.unit)
            yield "cut before the installer has ended", lay(world, place, torn=torn)
        case Verb.SWITCH_OVER | Verb.SWITCH_BACK:
            yield from _half_switched(ground, world, step, whole)


def _half_switched(ground: Ground, world: World, step: Step, whole: World) -> Iterator[tuple[str, World]]:
    place, other = _pair(ground, step)
    if not world.machine(place).leads:
        yield "cut while one of the pair is stopped", _handed_over(world, other)
    if step.verb is Verb.SWITCH_BACK:
        yield "cut before both have noted it", lay(whole, place, noted=False)
