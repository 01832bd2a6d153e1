"""What may happen to a deploy in the explorer's world, what it must not do, and where it may end."""

from collections.abc import Iterator
from typing import Any

from model.explore.ground import Ground
from model.explore.hazards import WITHOUT_AGENT, writing
from model.explore.laid import Cluster, Logs, Side
from model.explore.laying import laid_of, lay
from model.explore.nature import caught_up, settle
from model.explore.sites import deployed
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, PAIRS, Place, World
from model.step import Step, Verb

AGENT, THEIRS, LATE = frozenset({"lca"}), frozenset({"folder", "listener"}), "late"


def accidents(ground: Ground, world: World) -> Iterator[tuple[str, World]]:
    """Yield what people may do by hand while hosts are deployed."""
    if not world.deploying:
        return
    for place in (Place(ground.target, "dbms"), Place(ground.source, "dbms")):
        if laid_of(world, place).cluster == "empty" and world.database(place.region).running:
            yield f"somebody makes a database in {place.region}", _late(world, place, cluster="somebody's")
    host, dormant = FRAMEWORK[ground.target][0], FRAMEWORK[ground.source][0]
    if not laid_of(world, host).installed:
        yield f"somebody unpacks something on {host.region} {host.role}", _late(world, host, "folder")
    idle = world.reaches(dormant) and not world.machine(dormant).running
    if idle and "lca" in laid_of(world, dormant).configured:
        yield f"somebody starts an agent on {dormant.region} {dormant.role}", world.set(dormant, running=AGENT)


def _late(world: World, place: Place, *what: str, **changes: Any) -> World:
    """Return the world in which somebody has come between the judgement and an act."""
    return lay(world, place, strange=frozenset({LATE, *what}), **changes)


def mended(ground: Ground, world: World) -> World:
    """Return the world after people did what they were told: what is somebody's is taken away, what is in use stopped.

    The case of another process is ended by whoever opened it.
    """
    found = world
    if world.active == world.away:
        return world._replace(epoch=max(world.epoch, 1), names=world.away)
    if not world.ours and world.state != "steady":
        world = world._replace(state="steady", target=world.active)
    for place in EVERYWHERE:
        world = _cleared(world, place)
    for place in FRAMEWORK[world.away]:
        world = world.set(place, running=frozenset(), leads=False) if world.reaches(place) else world
    quieted = world if world.ours else _quieted(ground, world)
    stopped = any(one.running != two.running for one, two in zip(found.machines, quieted.machines, strict=True))
    quiet = world.quiet or stopped
    return settle(quieted._replace(taken=False, quiet=quiet))


def _cleared(world: World, place: Place) -> World:
    laid, alone = laid_of(world, place), place.region == world.away and not world.database(place.region).standby
    side: Side = "earlier" if laid.side == "another" else laid.side
    emptied = laid.cluster == "somebody's" or (alone and laid.cluster == "made")
    cluster: Cluster = "empty" if emptied else laid.cluster
    running = world.machine(place).running & laid.installed & laid.configured
    logs: Logs = "none" if laid.logs == "somebody's" else laid.logs
    cleared = lay(world, place, torn=frozenset(), strange=frozenset(), side=side, cluster=cluster, logs=logs)
    return cleared.set(place, running=running, leads=world.machine(place).leads and "confserv" in running)


def _quieted(ground: Ground, world: World) -> World:
    """Return the world after a maintenance window: what would have been interrupted is restarted, or stopped."""
    dbms, pair = Place(ground.target, "dbms"), FRAMEWORK[ground.target]
    if laid_of(world, dbms).cluster == "made":
        world = lay(world, dbms, settings="same")
    if world.database(ground.source).standby and not world.streams(ground.source):
        world = world.set_database(ground.source, gap=False)._replace(slots=world.slots | {ground.source})  # reprotect
    if all(laid_of(world, place).noted for place in pair):
        return _led_by_first(world, pair)
    for place in pair:
        world = world.set(place, running=frozenset(), leads=False)
    return settle(world)


def _led_by_first(world: World, pair: tuple[Place, ...]) -> World:
    """Return the world once a pair whose Backup leads is switched over by hand."""
    first, second = pair
    if not (world.machine(second).leads and world.runs(first, "confserv")):
        return settle(world)
    return settle(world.set(second, leads=False).set(first, leads=True))


def overreaching(ground: Ground, world: World, step: Step) -> Iterator[str]:
    """Say what is wrong with a step of a deploy."""
    if step.verb is Verb.TAKE_EPOCH:
        yield from _beginning(ground, world)
    place = ground.places.get(step.host)
    if place is None:
        return
    yield from _overwriting(ground, world, step, place)
    yield from _interrupting(ground, world, step, place)
    yield from _starting(ground, world, step, place)


def _beginning(ground: Ground, world: World) -> Iterator[str]:
    """Say what in use would have to be interrupted: a case that has not begun leaves it alone."""
    used = world.epoch and world.state == "steady"
    yield from () if world.ours else _leaving_nobody_alone(world)
    if world.ours or world.quiet or not (used or world.serves(ground.target)):
        return
    dbms, pair = laid_of(world, Place(ground.target, "dbms")), FRAMEWORK[ground.target]
    if dbms.cluster == "made" and dbms.settings in ("none", "pending"):
        yield "it begins, and the DBMS that is in use would be restarted"
    if any(world.runs(place, "confserv") and not laid_of(world, place).noted for place in pair):
        yield "it begins, and a pair that serves would be switched over"
    for place in EVERYWHERE:
        laid = laid_of(world, place)
        if world.machine(place).running - (laid.installed & laid.configured):
            yield f"it begins, and what runs on {place.region} {place.role} would be written over"


def _leaving_nobody_alone(world: World) -> Iterator[str]:
    """Say what was somebody's before it was judged: then nothing is begun."""
    if world.taken:
        yield "it begins, and its names are somebody's"
    if world.serves(world.away):
        yield "it begins, and a Primary works in the other region"
    for place in EVERYWHERE:
        laid = laid_of(world, place)
        theirs = laid.strange & THEIRS or laid.cluster == "somebody's" or laid.side == "another" or laid.torn
        if (theirs or laid.logs == "somebody's") and LATE not in laid.strange:
            yield f"it begins, and {place.region} {place.role} is somebody's, or nobody knows what was done there"


def _overwriting(ground: Ground, world: World, step: Step, place: Place) -> Iterator[str]:
    laid = laid_of(world, place)
    if step.verb is Verb.LAY_HOST_SIDE and (laid.strange & THEIRS or laid.cluster == "somebody's"):
        yield "the account's right is narrowed on a host that is somebody's"
    touches = (Verb.STOP_DATABASE, Verb.CONFIGURE_DATABASE, Verb.CONFIGURE_STANDBY, Verb.CREATE_DATABASE, Verb.SEED)
    if step.verb in touches and laid.cluster == "somebody's":
        yield "somebody's databases are touched"
    if step.verb is Verb.CREATE_LOG_DATABASE and laid.logs == "somebody's":
        yield "somebody's log tables are touched"
    if step.verb is Verb.INSTALL and laid.strange & THEIRS:
        yield "it is laid over what is somebody's"
    if step.verb is Verb.SEED and not world.writable(ground.target):
        yield "there is no primary to copy"


def _interrupting(ground: Ground, world: World, step: Step, place: Place) -> Iterator[str]:
    laid, database = laid_of(world, place), world.database(place.region)
    if step.verb is Verb.CONFIGURE_DATABASE and laid.settings in ("none", "pending") and database.sessions:
        yield "the DBMS that is in use is restarted"
    if step.verb is Verb.STOP_DATABASE and world.streams(place.region):
        yield "a standby that follows is stopped"
    if step.verb in (Verb.INSTALL, Verb.CONFIGURE) and world.machine(place).running & ground.alike(place, step.unit):
        yield "what runs is written over"
    if step.verb in (Verb.SWITCH_OVER, Verb.SWITCH_BACK):
        yield from _switching(world, step, place)


def _switching(world: World, step: Step, place: Place) -> Iterator[str]:
    if world.machine(place).leads and step.verb is Verb.SWITCH_BACK:
        return
    if not any(world.runs(one, "scs") for one in FRAMEWORK[place.region]):
        yield "no Solution Control Server makes the other one Primary"
    if not world.serves(place.region):
        yield "the pair is switched over without a Primary that works"
    if step.verb is Verb.SWITCH_BACK and not world.runs(place, "confserv"):
        yield "the only Configuration Server that runs is stopped"


def _starting(ground: Ground, world: World, step: Step, place: Place) -> Iterator[str]:
    if step.verb not in (Verb.START, Verb.AWAIT):
        return
    if step.unit == "dbms":
        if not world.database(place.region).blocked >= PAIRS:
            yield "a standby is opened to Configuration Servers"
        return
    if place.region == world.away and place.role not in CLIENTS:
        yield "the framework that is not active is started"
    if place.role not in CLIENTS and step.unit not in WITHOUT_AGENT and not world.runs(place, "lca"):
        yield "started on a host without Local Control Agent, which counts as failed"
    if not world.writable(ground.target):
        yield "started without a database to follow"
    yield from _too_early(ground, world, step, place)


def _too_early(ground: Ground, world: World, step: Step, place: Place) -> Iterator[str]:
    if step.unit == "confserv" and world.leader(world.home) is None:
        if writing(ground, world, frozenset()):
            yield f"started while {', '.join(writing(ground, world, frozenset()))} can write"
        if place.role == "backup":
            yield "the Backup is started before the Primary and takes its place"
    if step.unit not in ("lca", "confserv") and not world.serves(world.home):
        yield "started without a Primary to read its configuration from"


def ends(ground: Ground, world: World) -> str | None:
    """Return which good end this is: all is deployed, or the other region is active and left alone."""
    if world.active == world.away:
        return "left alone" if world.serves(world.away) and world.names == world.away else None
    return "deployed" if _is_deployed(ground, world) else None


def _is_deployed(ground: Ground, world: World) -> bool:
    """Whether all of it is laid, the active region serves and the other one follows."""
    whole, places = deployed(ground), [place for place in EVERYWHERE if ground.hosts[place]]
    laid = all(
        laid_of(world, place)._replace(led=False) == laid_of(whole, place)._replace(led=False) for place in places
    )
    return laid and bool(world.epoch) and world.serves(world.home) and world.streams(ground.source)


def unmade(ground: Ground, world: World, *, untouched: bool) -> Iterator[str]:
    """Say what is wrong with a world in which a deploy says that it is finished."""
    record = (world.state, world.active, world.data, world.names)
    if record != ("steady", world.home, ground.target, world.home):
        yield f"wrong end: the record says {world.state} {world.active}, names answer {world.names}"
    if not world.serves(world.home):
        yield "wrong end: the active region has no Primary that works"
    if not world.streams(ground.source):
        yield "wrong end: the other region's DBMS does not follow"
    for place in EVERYWHERE:
        if strange := laid_of(world, place).strange:
            yield f"wrong end: {place.region} {place.role}: {', '.join(sorted(strange))} not as deploy would have it"
    if untouched:
        yield from _left_undone(ground, world)


def _left_undone(ground: Ground, world: World) -> Iterator[str]:
    whole = deployed(ground)
    for place in (place for place in EVERYWHERE if ground.hosts[place]):
        machine, wanted = world.machine(place), whole.machine(place)
        if machine.laid != wanted.laid:
            yield f"wrong end: {place.region} {place.role} is not deployed: {machine.laid}"
        if machine.running != wanted.running:
            yield f"wrong end: {place.region} {place.role} runs {', '.join(sorted(machine.running)) or 'nothing'}"
        if place.role in CLIENTS and not caught_up(world).normal(place):
            yield f"wrong end: {place.region} {place.role}: proxy is not in normal mode"
    if not world.machine(FRAMEWORK[world.home][0]).leads:
        yield "wrong end: the Backup leads"
    if not world.database(ground.source).blocked >= PAIRS:
        yield "wrong end: the other region's DBMS is open to Configuration Servers"
    if not world.canary:
        yield "wrong end: nothing was ever committed in the target"
    if "secondary" in world.up and world.secondary != world.home:
        yield "wrong end: the secondary DNS answers otherwise"
