"""What a process sees of the explorer's world: a real `Observation`, judged by the real conditions, plan and rules."""

from collections.abc import Mapping

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.explore import bubble, copies, named, surveyed
from model.explore.bubble import CASE
from model.explore.ground import Ground
from model.explore.logbook import around, log_found, log_name, log_peers, log_sessions, logged
from model.explore.named import FOREIGN, SILENT
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, PAIR, Machine, Place, World
from model.observation import (
    ComponentSeen,
    DatabaseRole,
    DatabaseSeen,
    Guard,
    HostSeen,
    Observation,
    Power,
    Sample,
    Watch,
)
from model.steps.parts import LOG_SERVER, slot_of
from model.stranded import Stranded

NOW = 1_000_000.0
WRITTEN, RECEIVED, MISSING = 2_000, 2_100, 1_900  # what the source wrote; a standby that has it, and one that has not
CHECKPOINT = 1_500  # of a running primary; a clean stop ends with one
TIMELINE = 2  # of the primary
AGES = {"pair": 100.0, "old": 1_000.0, "fresh": 10.0}
EXPORTED = Stranded(
    timeline=1,
    primary_timeline=TIMELINE,
    fork="0/1",
    end="0/2",
    commits=1,
    deletes=0,
    rows=1,
    folder="stranded",
    fits=True,
)
NOTHING_SEEN = {power: HostSeen(power=power, fault="powered off" if power is Power.OFF else SILENT) for power in Power}


def observe(ground: Ground, world: World, *, truth: bool = False) -> Observation:
    """Measure the world.

    Args:
        truth: See what is, instead of what the control host could see: the rules are judged by it.
    """
    hosts: dict[str, HostSeen] = {}
    for place in EVERYWHERE:
        if ground.hosts[place]:
            hosts |= dict.fromkeys(ground.named[place], _seen(ground, world, place, truth=truth))
    if world.deploying:
        hosts |= {name: _seen(ground, world, place, truth=truth) for name, place in surveyed.members(ground)}
    for resolver in ground.environment.dns.resolvers:
        answers = "forwarder" in world.up
        names = named.names(ground, world.forwarder) if answers else {}
        logs = log_name(ground, world)
        fault = "" if answers else SILENT
        hosts[resolver.name] = HostSeen(answers=answers, fault=fault, names=names, aliases=logs)
    record = named.record(world) if world.epoch and (truth or "writer" in world.up) else None
    return Observation(
        at=NOW,
        hosts=hosts,
        databases={region: _heard(ground, world, region, truth=truth) for region in REGION_KEYS},
        servers=named.servers(ground, world),
        record=record,
        record_fault="" if record else SILENT,
        sample=_sample(world),
        watch=Watch(since=NOW - 60.0, until=NOW),
        logs={region: logged(ground, world, region) for region in REGION_KEYS} if ground.environment.log_name else {},
        machines=copies.machines(ground, world),
        surveys={**copies.surveys(ground, world), **surveyed.surveys(ground, world)},
        cuts=copies.cuts(ground, world),
        tried=bubble.tried(ground, world),
        rooms=dict.fromkeys((ground.environment.dbms(key).name for key in REGION_KEYS), bubble.ROOM),
    )


def _sample(world: World) -> Sample:
    standby = None if world.fallen else _received(world)
    return Sample(at=NOW, primary=WRITTEN, standby=standby, bytes_per_s=10.0, lag_s=None if world.fallen else 1.0)


def _seen(ground: Ground, world: World, place: Place, *, truth: bool) -> HostSeen:
    """Look at a role class; what it says depends on few things, and is made once for each of them."""
    machine, power = world.machine(place), _power(ground, world, place, truth=truth)
    if not (machine.on if truth else world.tells(place)):
        return NOTHING_SEEN[power]
    key = (place, machine, power, truth, _around(ground, world, place))
    if key not in ground.seen:
        ground.seen[key] = _host(ground, world, place, power, truth=truth)
    return ground.seen[key]


def _around(ground: Ground, world: World, place: Place) -> object:
    """Return what a role class says besides what it is."""
    match place.role:
        case "first" | "rest":
            return _master(world, world.machine(place)), around(ground, world, place)
        case "dbms":
            return world.guard(place), world.database(place.region).blocked, bubble.copy(ground, world, place)
        case _:
            within = place in world.walls, world.inside(place.region)
            found = "writer" in world.up and world.alias(place.region)
            return world.guard(place), world.serves(place.region), found, within, around(ground, world, place)


def _host(ground: Ground, world: World, place: Place, power: Power, *, truth: bool) -> HostSeen:
    machine = world.machine(place)
    master = _master(world, machine)
    found = HostSeen(
        power=power,
        answers=True,
        guard=Guard.ABSENT if place.role in CLIENTS else Guard(world.guard(place)),
        components={kind: _component(world, place, kind, truth=truth) for kind in ground.parts[place]},
        peers=frozenset(ground.addresses[master] if master else ()),
        names=named.names(ground, machine.cache),
        aliases=_found(ground, world, place),
        log_peers=log_peers(ground, world, place),
        blocked=_blocked(ground, world, place),
        walls=bubble.walls(world, place),
        copy=bubble.copy(ground, world, place),
    )
    return copies.seen(ground, world, place, surveyed.told(world, place, found, ground.names[place.region]))


def _found(ground: Ground, world: World, place: Place) -> Mapping[str, tuple[str, ...]]:
    """Return what a host finds its databases by."""
    if place.role in CLIENTS:
        return log_found(ground, world, place.region)
    logs = log_found(ground, world, place.region) if LOG_SERVER in ground.parts[place] else {}
    return (
        {**named.aliases(ground, world, place.region), **logs} if place.role in PAIR and "writer" in world.up else logs
    )


def _power(ground: Ground, world: World, place: Place, *, truth: bool) -> Power:
    if not truth and ("power" not in world.up or place not in ground.switched):
        return Power.UNKNOWN
    return Power.ON if world.machine(place).on else Power.OFF


def _component(world: World, place: Place, kind: str, *, truth: bool) -> ComponentSeen:
    machine = world.machine(place)
    if kind not in machine.running:
        return ComponentSeen(running=None if kind in machine.waiting and not truth else False)
    if kind == "confserv":
        works = world.inside(place.region) if place in world.walls else world.serves(place.region)
        status = "Running" if works else "Service Unavailable"
        mode = "Primary" if machine.leads else "Backup"
        return ComponentSeen(running=True, status=status, run_mode=mode, age_s=AGES["pair"])
    age = AGES["fresh" if kind in machine.fresh else "old"]
    if kind == "proxy":
        status = "Running" if world.normal(place) else "Service Unavailable"
        return ComponentSeen(running=True, status=status, age_s=age)
    return ComponentSeen(running=True, age_s=age)


def _master(world: World, machine: Machine) -> Place | None:
    """Return the Primary a proxy holds a connection to."""
    if machine.at is None or "proxy" not in machine.running or not world.serves(machine.at):
        return None
    return world.leader(machine.at)


def _blocked(ground: Ground, world: World, place: Place) -> dict[int, frozenset[str]]:
    if place.role != "dbms":
        return {}
    shut = world.database(place.region).blocked
    return {ground.environment.database.port: frozenset(address for who in shut for address in ground.addresses[who])}


def _received(world: World) -> int:
    return MISSING if world.behind else RECEIVED


def _heard(ground: Ground, world: World, region: RegionKey, *, truth: bool) -> DatabaseSeen:
    found = _database(ground, world, region, truth=truth)
    return surveyed.heard(world, Place(region, "dbms"), found, truth=truth)


def _database(ground: Ground, world: World, region: RegionKey, *, truth: bool) -> DatabaseSeen:
    place, database = Place(region, "dbms"), world.database(region)
    machine = world.machine(place)
    if not machine.on and (truth or ("power" in world.up and place in ground.switched)):
        return DatabaseSeen(role=DatabaseRole.STOPPED, fault="powered off")
    if not truth and (not world.reaches(place) or machine.waiting):
        return DatabaseSeen(fault=SILENT)
    if not database.running:
        return DatabaseSeen(
            role=DatabaseRole.STOPPED,
            checkpoint=WRITTEN,
            clean=database.clean,
            marked=True,
            follows=_follows(ground, world, region),
            reseeding=database.half,
            ready=world.epoch if database.ready else None,
            stranded=_stranded(ground, world, region),
        )
    if database.standby:
        streaming = world.streams(region)
        return DatabaseSeen(
            role=DatabaseRole.STANDBY,
            received=_received(world),
            streaming=streaming,
            sessions={},
            sync_names=_sync(world, region),
            marked=True,
            follows=_follows(ground, world, region),
            reseeding=database.half,
            wants=WRITTEN,
            stranded=_stranded(ground, world, region),
            canaries=frozenset(),  # it can be read; which rows it has received, no rule asks
        )
    leaders = (world.leader(key) for key in REGION_KEYS if key in database.sessions)
    holders = (*leaders, FRAMEWORK[region][0] if database.guest else None)
    configuring = frozenset(address for holder in holders if holder for address in ground.addresses[holder])
    sessions = dict.fromkeys((*sorted(configuring), *log_sessions(ground, world, region)), 1)
    return DatabaseSeen(
        role=DatabaseRole.PRIMARY,
        received=RECEIVED if region == ground.target else WRITTEN,
        checkpoint=CHECKPOINT,
        streaming=world.streams(other(region)),
        sessions=sessions,
        configuring=configuring,
        sync_names=_sync(world, region),
        marked=True,
        timeline=TIMELINE,
        slots=frozenset({slot_of(ground.environment.dbms(other(region)))} if other(region) in world.slots else ()),
        keeps_from=_keeps_from(ground, world, other(region)),
        canaries=_canaries(ground, world, region),
    )


def _canaries(ground: Ground, world: World, region: RegionKey) -> frozenset[str]:
    """Return the rows of the case: what was committed in the source on the way back, the other one receives."""
    here = {CASE} if world.canary and region == ground.target else set()
    return frozenset(here | ({f"{CASE}/abort"} if world.returned else set()))


def _follows(ground: Ground, world: World, region: RegionKey) -> str | None:
    if not world.database(region).standby:
        return None
    return FOREIGN if world.database(region).foreign else str(ground.environment.dbms(other(region)).address)


def _keeps_from(ground: Ground, world: World, standby: RegionKey) -> Mapping[str, int]:
    """Return what the standby's slot keeps: one made after the log was gone begins behind what the standby has."""
    at = RECEIVED if world.database(standby).gap else CHECKPOINT
    return {slot_of(ground.environment.dbms(standby)): at}


def _stranded(ground: Ground, world: World, region: RegionKey) -> Stranded | None:
    return EXPORTED if world.exported and region == ground.source else None


def _sync(world: World, region: RegionKey) -> str:
    return "lost_standby" if region in world.waits else ""
