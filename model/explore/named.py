"""What DNS answers in the explorer's world: the activation record, the framework's names and its aliases."""

from collections.abc import Mapping

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.explore.bubble import CASE
from model.explore.ground import Ground
from model.explore.logbook import log_name
from model.explore.world import World
from model.observation import ServerSeen
from model.record import Record

FOREIGN = "192.0.2.1"  # nobody of ours
SILENT = "no answer"


def record(world: World) -> Record:
    """Return the activation record."""
    case = CASE if world.ours else "-"
    framework = world.active if world.state in ("steady", "drill") else world.target
    apart = None if world.data == framework else world.data
    return Record(
        epoch=world.epoch, state=world.state, active=world.active, target=world.target, case=case, database=apart
    )


def servers(ground: Ground, world: World) -> dict[str, ServerSeen]:
    """Return what the DNS servers say."""
    found = {}
    for server in ground.environment.dns.servers:
        kind, region = (
            ("writer", world.names) if server is ground.environment.writer else ("secondary", world.secondary)
        )
        answers = kind in world.up
        found[server.name] = ServerSeen(
            answers=answers,
            fault="" if answers else SILENT,
            addresses=_answered(ground, world, region) if answers else {},
            aliases={**aliases(ground, world, *REGION_KEYS), **log_name(ground, world)} if answers else {},
        )
    return found


def aliases(ground: Ground, world: World, *regions: RegionKey) -> Mapping[str, tuple[str, ...]]:
    """Return what is answered for the aliases of regions; a secondary is never asked for them."""
    if not world.epoch:
        return {}
    known = ((ground.environment.alias(region), ground.environment.dbms(world.alias(region))) for region in regions)
    return {alias: (str(host.address),) for alias, host in known if alias}


def _answered(ground: Ground, world: World, region: RegionKey | None) -> Mapping[str, tuple[str, ...]]:
    """Return what a server answers for the framework's names: before they are made nothing, or somebody else's."""
    if world.taken:
        return dict.fromkeys(ground.environment.dns.framework_names, (FOREIGN,))
    return names(ground, region)


def names(ground: Ground, region: RegionKey | None) -> Mapping[str, tuple[str, ...]]:
    """Return a region's addresses by the framework's names."""
    return ground.names[region] if region else {}
