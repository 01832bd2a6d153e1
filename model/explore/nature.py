"""What happens without an order: at once (`settle`), sooner or later (`autonomous`), or as a repair by people."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.explore.ground import Ground
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, THIRD_SITE, Place, World


def settle(world: World) -> World:
    """Let follow at once what follows by itself: roles of a pair, database sessions."""
    for region in REGION_KEYS:
        world = _guest(_session(_role(world, region), region), region)
    return world


def _role(world: World, region: RegionKey) -> World:
    """Let the Backup take over from a Primary that is gone; the first to start alone becomes Primary."""
    if world.leader(region):
        return world
    able = next((place for place in FRAMEWORK[region] if world.runs(place, "confserv")), None)
    if able is None:
        return world
    laid = world.machine(able).laid
    return world.set(able, leads=True, laid=laid and laid._replace(led=True))


def _session(world: World, region: RegionKey) -> World:
    """Let a Primary connect by its alias where the port is open.

    A later rule freezes its open session, but does not end it; nor does a moved alias.
    """
    leader, held, found = world.leader(region), world.held(region), world.alias(region)
    if held is not None and (leader is None or not world.writable(held)):
        world, held = world.set_database(held, sessions=world.database(held).sessions - {region}), None
    database = world.database(found)
    if leader in world.walls:
        return world
    if held is not None or leader is None or leader in database.blocked or not world.writable(found):
        return world
    return world.set_database(found, sessions=database.sessions | {region})


def _guest(world: World, region: RegionKey) -> World:
    gone = world.database(region).guest and not world.writable(region)
    return world.set_database(region, guest=False) if gone else world


def autonomous(ground: Ground, world: World) -> Iterator[tuple[str, World]]:
    """Yield what may happen next by itself."""
    writes = any(world.held(key) == ground.source and world.serves(key) for key in REGION_KEYS)
    if not world.behind and writes and world.database(ground.target).standby:
        yield "a change is committed in the source", world._replace(behind=True)
    if world.behind and (world.arriving or world.streams(ground.target)):
        yield "the standby catches up", world._replace(behind=False, arriving=False)
    for region in REGION_KEYS:
        yield from _management_layer(ground, world, region)
    yield from _waiting(ground, world)
    yield from _clients(world)


def _management_layer(ground: Ground, world: World, region: RegionKey) -> Iterator[tuple[str, World]]:
    """Solution Control Server starts what is stopped where an agent runs; the guard stands in the start command."""
    if not any(world.runs(place, "scs") for place in FRAMEWORK[region]):
        return
    after = world
    for place in FRAMEWORK[region]:
        able = world.runs(place, "lca") and world.guard(place) == "open"
        if able and not world.machine(place).running >= ground.able(world, place):
            after = after.set(place, running=world.machine(place).running | ground.able(world, place))
    if after is not world:
        yield f"the management layer of {region} starts what is stopped", settle(after)


def _waiting(ground: Ground, world: World) -> Iterator[tuple[str, World]]:
    """Units that wait for a silent guard start, or give up, once it answers."""
    for place in EVERYWHERE:
        guard = world.guard(place)
        if world.machine(place).waiting and guard != "silent":
            yield f"the guard of {place.region} {place.role} answers {guard}", boot(ground, world, place)


def boot(ground: Ground, world: World, place: Place) -> World:
    """Return the world after a host got power: its units start as far as its guard lets them."""
    guard = "open" if place.role in CLIENTS or _asks_nobody(world, place) else world.guard(place)
    wanted = frozenset({"dbms"}) if place.role == "dbms" else ground.able(world, place)
    waiting = wanted if guard == "silent" else frozenset()
    world = world.set(place, on=True, waiting=waiting, leads=False, running=frozenset())
    if guard != "open":
        return settle(world)
    if place.role == "dbms":
        return settle(_booted(world, place.region))
    return settle(_started(ground, world, place))


def _booted(world: World, region: RegionKey) -> World:
    """Start a DBMS: one that writes again has what no export of before holds; one that was half rewound stays down."""
    database = world.database(region)
    if database.half and not database.standby:
        return world
    exported = world.exported and (database.standby or region == world.had)
    return world.set_database(region, running=True, clean=False, ready=False)._replace(exported=exported)


def _started(ground: Ground, world: World, place: Place) -> World:
    if place.role not in CLIENTS:
        return world.set(place, running=ground.able(world, place))
    cache = world.forwarder if "forwarder" in world.up else None
    master = cache if cache and world.serves(cache) else None
    running = ground.able(world, place) - (frozenset() if master else {"proxy"})
    fresh = running & {"proxy", "scs"} if world.renewed(ground.target) else frozenset()
    return world.set(place, running=running, cache=cache, at=master, fresh=fresh)


def _asks_nobody(world: World, place: Place) -> bool:
    """Whether a DBMS starts whatever its guard would say: a standby always may, and a bare host has no guard."""
    laid = world.machine(place).laid
    follows = world.database(place.region).standby or (laid is not None and not laid.guarded)
    return place.role == "dbms" and follows


def _clients(world: World) -> Iterator[tuple[str, World]]:
    after = caught_up(world)
    if after != world:
        yield "caches run out and proxies connect again", after


def caught_up(world: World) -> World:
    """Let caches run out and proxies connect again: all of them at once, as nothing depends on their order."""
    after = world
    if "secondary" in world.up and "writer" in world.up:
        after = after._replace(secondary=world.names)
    if "writer" in world.up and "forwarder" in world.up:
        after = after._replace(forwarder=world.names)
    for place in EVERYWHERE:
        if place.role in CLIENTS and world.machine(place).on:
            after = _client(after, place)
    return after


def _client(world: World, place: Place) -> World:
    machine = world.machine(place)
    cache = world.forwarder if "forwarder" in world.up else machine.cache
    at = cache if cache and world.serves(cache) and world.runs(place, "proxy") else machine.at
    if (cache, at) == (machine.cache, machine.at):
        return world
    return world.set(place, cache=cache, at=at)


def repaired(ground: Ground, world: World, regions: tuple[RegionKey, ...]) -> World:
    """Return the world after people mended what a runbook needs: these regions, the third site, the way there."""
    mended = world._replace(up=world.up | THIRD_SITE, cut=world.cut - {*regions}, fallen=False)
    for region in regions:
        mended = mended.set_database(region, foreign=False)
    for place in (place for place in EVERYWHERE if place.region in regions):
        if mended.machine(place).silent:
            mended = mended.set(place, silent=False)
        rests = place in ground.rests_off and place.region != world.active and not world.deploying
        if rests or (world.copying and place in FRAMEWORK[world.away]):
            continue  # its power is the tool's own business
        laid = world.machine(place).laid
        kept = (
            laid is not None and laid.side == "same" and place.region == world.away
        )  # so is what the tool has stopped
        idle = place.role == "dbms" and not mended.database(place.region).running and not kept
        if not mended.machine(place).on or idle:
            mended = boot(ground, mended, place)
    return mended
