"""A bubble in the explorer's world: what its verbs do, what a killed one leaves, and what is seen of it."""

from collections.abc import Callable, Iterator, Mapping

from model.bubble import Copy, Room, Walls
from model.environment.environment import REGION_KEYS
from model.explore.ground import Ground
from model.explore.nature import settle
from model.explore.world import PAIR, Place, World
from model.machine import CutOff
from model.step import Step, Verb
from model.steps.parts import part_of

CASE = "C-1"
ROOM = Room(size_bytes=0, free_bytes=1 << 40, port_free=True, one_disk=True, plain=True)


def _raise_walls(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    able = world.reaches(place) and (place in world.walls or not world.machine(place).running)
    return world._replace(walls=world.walls | {place}) if able else world


def _copy_database(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    database = world.database(place.region)
    able = world.reaches(place) and database.running and database.standby
    return world._replace(copy=(place.region, True)) if able else world


def _commit_inside(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    return world._replace(drilled=True) if world.reaches(place) and world.copy == (place.region, True) else world


def _leave_bubble(ground: Ground, world: World, step: Step) -> World:
    """Stop what runs within, and only then take the walls down."""
    place = ground.places[step.host]
    if not world.reaches(place) or place not in world.walls:
        return world
    return world.set(place, running=frozenset(), leads=False)._replace(walls=world.walls - {place})


def _drop_copy(ground: Ground, world: World, step: Step) -> World:
    return world._replace(copy=None) if world.reaches(ground.places[step.host]) else world


EFFECTS: dict[Verb, Callable[[Ground, World, Step], World]] = {
    Verb.RAISE_WALLS: _raise_walls,
    Verb.COPY_DATABASE: _copy_database,
    Verb.COMMIT_INSIDE: _commit_inside,
    Verb.LEAVE_BUBBLE: _leave_bubble,
    Verb.DROP_COPY: _drop_copy,
}


def forgotten(world: World, place: Place) -> World:
    """Return the world once a host without power has forgotten its walls; a copy is on its disk, and down."""
    world = world._replace(walls=world.walls - {place})
    here = world.copy is not None and place == (world.copy[0], "dbms")
    return world._replace(copy=(place.region, False)) if here else world


def half_bubble(ground: Ground, world: World, step: Step, whole: World) -> Iterator[tuple[str, World]]:
    """Yield what a killed command may leave of a bubble."""
    if whole == world:
        return
    if step.verb is Verb.COPY_DATABASE:
        yield "cut before it is up", whole._replace(copy=(ground.places[step.host].region, False))
    if step.verb is Verb.LEAVE_BUBBLE:
        place = ground.places[step.host]
        yield "cut before the walls are down", settle(world.set(place, running=frozenset(), leads=False))


def tried(ground: Ground, world: World) -> Mapping[str, CutOff]:
    """Try to connect from within walls and to there: whoever stands within them reaches nobody."""
    if not world.walls:
        return {}
    known = ground.environment
    pairs = [host for key in REGION_KEYS for host in known.framework(key)]
    places = [f"{known.writer.address}:53", *(f"{host.address}:{part_of(host, 'confserv').port}" for host in pairs)]
    answers = {place: "open" for place in places if "writer" in world.up or not place.endswith(":53")}
    walled = CutOff(outward=dict.fromkeys(places, "rejected"), inward={"within": "silent"}, control=answers)
    return {name: walled for place in world.walls for name in ground.named[place]}


def walls(world: World, place: Place) -> Walls | None:
    """Return what a framework host says of its walls: they are of the newest process that acted there."""
    if place.role not in PAIR:
        return None
    return Walls(case=CASE, epoch=2, whole=True, permit=True) if place in world.walls else Walls()


def copy(ground: Ground, world: World, place: Place) -> Copy | None:
    """Return what a DBMS host says of a copy beside its cluster."""
    if place.role != "dbms":
        return None
    region, serves = world.copy or (None, False)
    here, leader = region == place.region, world.leader(place.region)
    held = ground.addresses[leader] if here and leader and world.inside(place.region) else ()
    proven = CASE if world.drilled else ""
    return Copy(case=CASE if here else "", serves=here and serves, sessions=frozenset(held), proven=proven)
