"""What is seen of log databases: one variable of the world, as whoever writes there follows the name at once."""

from collections.abc import Mapping

from model.environment.document import RegionKey
from model.explore.ground import Ground
from model.explore.world import CLIENTS, EVERYWHERE, Place, World
from model.logs import LogSeen, log_address

KIND = "log_message_server"
SILENT = LogSeen(fault="no answer")


def log_name(ground: Ground, world: World) -> Mapping[str, tuple[str, ...]]:
    """Return what is answered for the log database's name."""
    name = ground.environment.log_name
    return {name: (log_address(ground.environment, world.log),)} if name and "writer" in world.up else {}


def log_peers(ground: Ground, world: World, place: Place) -> frozenset[str]:
    """Return the DBMS that an application host's log message server is connected to."""
    writes = world.runs(place, KIND) and world.writable(world.log)
    return frozenset({log_address(ground.environment, world.log)} if writes else ())


def logged(ground: Ground, world: World, region: RegionKey) -> LogSeen:
    """Return what a region's log database says."""
    if not world.reaches(Place(region, "dbms")) or not world.database(region).running:
        return SILENT
    if not world.writable(region) or world.log != region:
        return LogSeen(writable=world.writable(region))
    hosts = [
        host
        for place in EVERYWHERE
        if place.role in CLIENTS and world.runs(place, KIND)
        for host in ground.hosts[place]
    ]
    return LogSeen(
        writable=True,
        sessions={str(host.address): 100.0 for host in hosts},
        rows={host.name: 1.0 for host in hosts},
    )
