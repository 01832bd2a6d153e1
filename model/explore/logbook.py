"""What is seen of log databases: one variable of the world, as whoever writes there follows the name at once.

Under `cross` there is no such variable: a log server works as long as its host has power, whatever becomes of the DBMS
there, and GEO DNS answers each region its own, or the other one where that has none.
"""

from collections.abc import Iterator, Mapping

from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, other
from model.explore.ground import Ground
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, Place, World
from model.logs import LogSeen, log_address
from model.steps.parts import LOG_SERVER

SILENT, OFF = LogSeen(fault="no answer"), LogSeen(fault="powered off", off=True)
OWN_S, CARRIED_S = 1.0, 3.0


def log_name(ground: Ground, world: World) -> Mapping[str, tuple[str, ...]]:
    """Return what our zone answers for the log database's name."""
    name = ground.environment.log_name
    if not name or ground.environment.is_crossed or "writer" not in world.up:
        return {}
    return {name: (log_address(ground.environment, world.log),)}


def log_found(ground: Ground, world: World, region: RegionKey) -> Mapping[str, tuple[str, ...]]:
    """Return what the resolver of a host that writes logs answers."""
    name = ground.environment.log_name
    if not name or not ground.environment.is_crossed:
        return log_name(ground, world)
    return {name: (log_address(ground.environment, _answered(world, region)),)}


def log_peers(ground: Ground, world: World, place: Place) -> frozenset[str] | None:
    """Return the DBMS that a host's log message server is connected to; None where it can have none."""
    if not _can_log(ground, place):
        return None
    region = _answered(world, place.region) if ground.environment.is_crossed else world.log
    return frozenset({log_address(ground.environment, region)} if _writes(ground, world, place) else ())


def _can_log(ground: Ground, place: Place) -> bool:
    return place.role in CLIENTS or LOG_SERVER in ground.parts[place]


def _writes(ground: Ground, world: World, place: Place) -> bool:
    """Whether it runs and is let in: a framework host is by the DBMS of its region alone, and not within walls."""
    if not world.runs(place, LOG_SERVER) or place in world.walls:
        return False
    if ground.environment.is_crossed:
        return _is_made(ground, world, _answered(world, place.region))
    return world.writable(world.log) and place not in world.database(world.log).blocked


def _is_made(ground: Ground, world: World, region: RegionKey) -> bool:
    """Whether a region's log server has the table; one that deploy does not make has it from the first."""
    laid = world.machine(Place(region, "dbms")).laid
    return laid is None or laid.logs == "made" or not ground.environment.makes_logs


def around(ground: Ground, world: World, place: Place) -> object:
    """Return what a host says of logs besides what it is."""
    if not _can_log(ground, place):
        return None
    if ground.environment.is_crossed:
        made = tuple(_is_made(ground, world, region) for region in REGION_KEYS)
        return tuple(_answered(world, region) for region in REGION_KEYS), made, place in world.walls
    return ground.environment.log_name and (world.log, _writes(ground, world, place), "writer" in world.up)


def logged(ground: Ground, world: World, region: RegionKey) -> LogSeen:
    """Return what a region's log database says."""
    crossed = ground.environment.is_crossed
    if crossed and _known_off(ground, world, Place(region, "dbms")):
        return OFF
    if crossed and not _is_made(ground, world, region):
        return SILENT
    if not world.reaches(Place(region, "dbms")) or not (crossed or world.database(region).running):
        return SILENT
    if not crossed and (not world.writable(region) or world.log != region):
        return LogSeen(writable=world.writable(region))
    own = [host for place, host in _writers(ground, world) if not crossed or _answered(world, place.region) == region]
    carried = [host for _, host in _writers(ground, world) if host not in own]
    return LogSeen(
        writable=True,
        sessions={str(host.address): 100.0 for host in own},
        rows={host.name: CARRIED_S for host in carried} | {host.name: OWN_S for host in own},
        counts={host.name: 1 for host in (*own, *carried)},
    )


def log_sessions(ground: Ground, world: World, region: RegionKey) -> Iterator[str]:
    """Yield the framework hosts whose log message servers hold a session of a region's DBMS."""
    if ground.environment.log_name and not ground.environment.is_crossed and world.log == region:
        pairs = (place for pair in FRAMEWORK.values() for place in pair)
        yield from (address for place in pairs if _writes(ground, world, place) for address in ground.addresses[place])


def _writers(ground: Ground, world: World) -> Iterator[tuple[Place, Host]]:
    for place in EVERYWHERE:
        if _writes(ground, world, place):
            yield from ((place, host) for host in ground.hosts[place])


def restarted(world: World, place: Place) -> World:
    """Restart one: on a framework host it comes back only where its guard says yes, and a Primary what it is."""
    running = world.machine(place).running
    back = place.role in CLIENTS or (world.guard(place) == "open" and world.serves(place.region))
    return world.set(place, running=running | {LOG_SERVER} if back else running - {LOG_SERVER})


def _known_off(ground: Ground, world: World, place: Place) -> bool:
    return not world.machine(place).on and "power" in world.up and place in ground.switched


def _answered(world: World, region: RegionKey) -> RegionKey:
    """Return the region whose log server GEO DNS answers a region."""
    return region if world.machine(Place(region, "dbms")).on else other(region)
