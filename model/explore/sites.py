"""The worlds that a deploy may find: bare hosts, half a deployment, one that is in use, and what is somebody else's."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.explore.ground import Ground
from model.explore.laid import BARE, Laid
from model.explore.laying import lay
from model.explore.nature import caught_up, settle
from model.explore.power import dies
from model.explore.world import EVERYWHERE, FRAMEWORK, PAIR, PAIRS, Database, Machine, Place, World

Found = tuple[str, World, int]  # what it is called, how it is, and how many faults may still happen


def deployed(ground: Ground) -> World:
    """Return the world that a deploy makes."""
    world = ground.together(ground.target)._replace(home=ground.target, waits=frozenset())
    for place in EVERYWHERE:
        world = world.set(place, laid=_whole(ground, place))
    return world


def _whole(ground: Ground, place: Place) -> Laid:
    kinds, pair = ground.parts[place], place.role in PAIR
    return Laid(
        side="same",
        pinned=pair,
        installed=kinds,
        configured=kinds,
        noted=place in FRAMEWORK[ground.target],
        led=place in FRAMEWORK[ground.target],
        cluster="made" if place.role == "dbms" else "empty",
        settings="same" if place.role == "dbms" else "none",
        logs="made" if place in _logging(ground) else "none",
    )


def _logging(ground: Ground) -> tuple[Place, ...]:
    """Return where a log database is made."""
    known = ground.environment
    regions = REGION_KEYS if known.is_crossed else (ground.target,)
    return tuple(Place(key, "dbms") for key in regions if known.makes_logs)


def bared(world: World, region: RegionKey) -> World:
    """Return the world with bare hosts in a region; its DBMS runs, and is empty."""
    for place in (place for place in EVERYWHERE if place.region == region):
        world = world.put(place, Machine(laid=BARE))
    return world.set_database(region, **Database()._asdict())._replace(slots=frozenset())


def undeployed(ground: Ground) -> World:
    """Return the world of two bare regions: no record, no names."""
    world = bared(bared(deployed(ground), ground.source), ground.target)
    return world._replace(epoch=0, names=None, secondary=None, forwarder=None)


def found(ground: Ground) -> Iterator[Found]:
    """Yield what a deploy may find."""
    nothing, used = undeployed(ground), deployed(ground)
    yield "two bare regions", nothing, 1
    yield "one region in use, the other bare", settle(bared(used, ground.source)), 1
    yield "given up in the middle, and its record set to steady by hand", _given_up(ground), 1
    yield "deployed, and in use", used, 1
    yield "in use, the record is lost", used._replace(epoch=0, names=None, secondary=None, forwarder=None), 0
    yield from ((name, world, 1) for name, world in _in_use(ground, used))
    dbms, backup, site = Place(ground.target, "dbms"), FRAMEWORK[ground.target][1], Place(ground.target, "first")
    for what, where in (("account is another", backup), ("names in a hosts file", site), ("objects missing", dbms)):
        yield f"in use, {what}", lay(used, where, strange=frozenset({what.split()[0]})), 0
    yield from ((name, world, 0) for name, world in _somebodys(ground, nothing))
    yield "another case has the record", _given_up(ground)._replace(state="switching"), 0
    turned = _turned(ground)
    yield "the other region is active", turned, 0
    yield "a Primary works in the other region, the record is lost", turned._replace(epoch=0, names=None), 0


def _given_up(ground: Ground) -> World:
    """Return half a deployment: the first region's database is made, and an installer was cut off there."""
    world, whole = undeployed(ground), deployed(ground)
    for place in EVERYWHERE:
        world = lay(world, place, side="same", pinned=place.role in PAIR)
    dbms, backup = Place(ground.target, "dbms"), FRAMEWORK[ground.target][1]
    world = world.put(dbms, whole.machine(dbms))
    world = lay(world, backup, torn=ground.parts[backup]).set_database(ground.source, running=False, blocked=PAIRS)
    return caught_up(world._replace(epoch=1, names=ground.target))


def _in_use(ground: Ground, used: World) -> Iterator[tuple[str, World]]:
    """Yield deployments in use that are not as rendered."""
    dbms, (primary, backup) = Place(ground.target, "dbms"), FRAMEWORK[ground.target]
    site, dormant = Place(ground.target, "first"), FRAMEWORK[ground.source][0]
    earlier = used
    for place in EVERYWHERE:
        earlier = lay(earlier, place, side="earlier")
    yield "in use, host sides of an earlier release", earlier
    yield "in use, other settings", lay(used, dbms, settings="none")
    yield "in use, other logins", lay(used, dbms, settings="logins")
    yield "in use, settings that are not taken up", lay(used, dbms, settings="pending")
    yield "in use, a component that is not as rendered", lay(used, backup, configured=frozenset())
    yield "in use, a component that nobody has marked", lay(used, site, installed=frozenset())
    yield "in use, its pair not proven", lay(lay(used, primary, noted=False), backup, noted=False, led=False)
    led = settle(dies(used, primary, used.machine(primary), "confserv"))
    yield "in use, the Backup leads", led.set(primary, running=ground.parts[primary])
    yield "in use, an agent runs in the other region", used.set(dormant, running=frozenset({"lca"}))
    alone = used.set_database(ground.source, standby=False, running=False)
    yield "in use, the other DBMS was a primary and is stopped", alone


def _somebodys(ground: Ground, nothing: World) -> Iterator[tuple[str, World]]:
    """Yield bare hosts with something of somebody else's."""
    dbms, other, host = Place(ground.target, "dbms"), Place(ground.source, "dbms"), FRAMEWORK[ground.target][1]
    yield "somebody's tables", lay(nothing, dbms, cluster="somebody's")
    yield "somebody's databases where a copy is to be", lay(nothing, other, cluster="somebody's")
    for place in _logging(ground) if ground.environment.is_crossed else ():
        yield f"somebody's log tables in {place.region}", lay(nothing, place, logs="somebody's")
    yield "somebody's folder", lay(nothing, host, strange=frozenset({"folder"}))
    yield "somebody's listener", lay(nothing, host, strange=frozenset({"listener"}))
    yield "an installer was cut off", lay(nothing, host, side="same", torn=ground.parts[host])
    yield "somebody's host side", lay(nothing, host, side="another")
    yield "somebody's names", nothing._replace(taken=True)
    yield "a host that does not answer", nothing.set(host, silent=True)
    yield "a host without power", nothing.set(host, on=False)
    yield "a DBMS that does not run", nothing.set_database(ground.source, running=False)


def _turned(ground: Ground) -> World:
    """Return a deployment whose other region is active."""
    world = ground.together(ground.source)._replace(home=ground.target, was=ground.source)
    for place in EVERYWHERE:
        world = world.set(place, laid=_whole(ground, place))
    return world
