"""What each verb does to the world when it succeeds: one entry per verb, so that new steps need no new entry."""

from collections.abc import Callable, Iterator

from model.environment.environment import other
from model.explore import bubble, copies, laying, logbook
from model.explore.ground import Ground
from model.explore.nature import boot, settle
from model.explore.power import power_off
from model.explore.world import CLIENTS, FRAMEWORK, Place, World
from model.record import State
from model.step import Step, Verb
from model.steps.bubble import DRILLS
from model.steps.parts import LOG_SERVER
from model.steps.switch import RESTS

Effect = Callable[[Ground, World, Step], World]
EFFECTS: dict[Verb, Effect] = {**bubble.EFFECTS, **copies.EFFECTS, **laying.EFFECTS}


def effect(ground: Ground, world: World, step: Step) -> World:
    """Return the world after an act; the same world where the act cannot succeed."""
    return world if laying.is_unable(ground, world, step) else settle(EFFECTS[step.verb](ground, world, step))


def _does(*verbs: Verb) -> Callable[[Effect], Effect]:
    def register(do: Effect) -> Effect:
        EFFECTS.update(dict.fromkeys(verbs, do))
        return do

    return register


@_does(Verb.DRAIN)
def _drain(_ground: Ground, world: World, _step: Step) -> World:
    return world._replace(behind=False, arriving=False) if world.arriving else world


@_does(Verb.WAIVE, Verb.SERVE, Verb.CATCH_UP, Verb.RESOLVE, Verb.SEE_ROWS, Verb.SEE_COPIES, Verb.STREAM, Verb.TRY_WALLS)
def _nothing(_ground: Ground, world: World, _step: Step) -> World:
    return world


@_does(Verb.TAKE_EPOCH)
def _take_epoch(ground: Ground, world: World, step: Step) -> World:
    """Swap the record: what is printed says whether the framework rests; one whose alias is moved does no more."""
    if "writer" not in world.up:
        return world
    if not world.epoch:
        return laying.first_epoch(ground, world)
    world = world.set_database(ground.source, ready=False)
    if DRILLS in step.command:
        return world._replace(epoch=2, state="drill", target=world.active, ours=True)
    moved = world.ours and (world.state, world.target) == ("switching", world.home)
    waits = world.state != "switching" and (world.data, world.active) == (ground.target, world.away)
    state: State = "resting" if (waits or RESTS in step.command) and not moved else "switching"
    return world._replace(epoch=2, state=state, target=world.home, data=ground.target, ours=True)


@_does(Verb.STOP)
def _stop(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    if not world.reaches(place):
        return world
    machine = world.machine(place)
    leads = machine.leads and step.unit != "confserv"
    return world.set(place, running=machine.running - {step.unit}, waiting=machine.waiting - {step.unit}, leads=leads)


def _shut(ground: Ground, world: World, step: Step, who: frozenset[Place]) -> World:
    place = ground.places[step.host]
    if not world.reaches(place):
        return world
    return world.set_database(place.region, blocked=world.database(place.region).blocked | who)


def _let_in(ground: Ground, world: World, step: Step, who: frozenset[Place]) -> World:
    place = ground.places[step.host]
    if not world.reaches(place):
        return world
    return world.set_database(place.region, blocked=world.database(place.region).blocked - who)


@_does(Verb.CLOSE_DATABASE)
def _close(ground: Ground, world: World, step: Step) -> World:
    return _shut(ground, world, step, ground.shut_out(world, ground.places[step.host].region))


@_does(Verb.BLOCK_REPLICATION)
def _block_replication(ground: Ground, world: World, step: Step) -> World:
    return _shut(ground, world, step, frozenset({Place(ground.source, "dbms"), *FRAMEWORK[world.away]}))


@_does(Verb.END_SESSIONS)
def _end_sessions(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    if not world.reaches(place):
        return world
    database, ended = world.database(place.region), {shut.region for shut in ground.shut_out(world, place.region)}
    guest = database.guest and place.region not in ended
    return world.set_database(place.region, sessions=database.sessions - ended, guest=guest)


@_does(Verb.STOP_DATABASE)
def _stop_database(ground: Ground, world: World, step: Step) -> World:
    """Stop cleanly: PostgreSQL sends everything to a streaming standby before it ends; it arrives a moment later."""
    place = ground.places[step.host]
    if not world.reaches(place):
        return world
    world = world.set(place, waiting=frozenset())
    if not world.database(place.region).running:
        return world
    sent = world.streams(ground.target)
    return world.set_database(place.region, running=False, clean=True)._replace(arriving=world.behind and sent)


@_does(Verb.POWER_OFF, Verb.POWER_DOWN)
def _power_off(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    return power_off(world, place) if "power" in world.up and place in ground.switched else world


@_does(Verb.POWER_ON)
def _power_on(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    able = "power" in world.up and place in ground.switched and not world.machine(place).on
    return boot(ground, world, place) if able else world


@_does(Verb.PROMOTE)
def _promote(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    database = world.database(place.region)
    if not world.reaches(place) or not database.running or not database.standby:
        return world
    return world.set_database(place.region, standby=False)._replace(lost=world.lost or world.behind)


@_does(Verb.RELEASE_SYNC)
def _release_sync(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    able = world.reaches(place) and world.database(place.region).running
    return world._replace(waits=world.waits - {place.region}) if able else world


@_does(Verb.OPEN_DATABASE)
def _open_database(ground: Ground, world: World, step: Step) -> World:
    return _let_in(ground, world, step, frozenset(FRAMEWORK[world.home]))


@_does(Verb.OPEN_REPLICATION)
def _open_replication(ground: Ground, world: World, step: Step) -> World:
    return _let_in(ground, world, step, frozenset({Place(other(ground.places[step.host].region), "dbms")}))


@_does(Verb.CREATE_SLOT)
def _create_slot(ground: Ground, world: World, step: Step) -> World:
    able = world.reaches(ground.places[step.host]) and world.writable(ground.target)
    return world._replace(slots=world.slots | {ground.source}) if able else world


@_does(Verb.EXPORT)
def _export(ground: Ground, world: World, step: Step) -> World:
    return world._replace(exported=True) if _reseeds(ground, world, step) else world


@_does(Verb.FOLLOW)
def _follow(ground: Ground, world: World, step: Step) -> World:
    """Rewind or copy it: what only it had is gone, and it starts as a standby from now on.

    Where it runs as one already, what a cut reseed left beside it is removed, and that is all.
    """
    mine = world.database(ground.source)
    if mine.running and mine.standby and world.reaches(ground.places[step.host]):
        return world.set_database(ground.source, half=False)
    able = _reseeds(ground, world, step) and world.exported
    done = {"standby": True, "clean": False, "half": False, "gap": False, "ready": True, "foreign": False}
    return world.set_database(ground.source, **done) if able else world


def half_done(ground: Ground, world: World, step: Step) -> Iterator[tuple[str, World]]:
    """Yield what a killed command may leave: a cluster that nobody starts, or a whole one with a rest beside it."""
    whole = effect(ground, world, step)
    if step.verb is Verb.FOLLOW and not world.database(ground.source).running and whole != world:
        yield "cut before it is whole", world.set_database(ground.source, standby=False, clean=False, half=True)
        yield "cut before its end", whole.set_database(ground.source, half=True, ready=False)
    yield from bubble.half_bubble(ground, world, step, whole)
    yield from copies.half_made(ground, world, step, whole)
    yield from laying.half_laid(ground, world, step, whole)


def _reseeds(ground: Ground, world: World, step: Step) -> bool:
    """Whether the source's stopped DBMS host reaches the target's primary; itself it refuses anything else."""
    place, mine = ground.places[step.host], world.database(ground.source)
    shut = place in world.database(ground.target).blocked
    return world.reaches(place) and not mine.running and world.writable(ground.target) and not shut


@_does(Verb.START, Verb.AWAIT)
def _start(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    if step.unit == "dbms":
        return _start_database(world, place)
    if place.role in CLIENTS:
        return laying.start_site(world, place, step.unit)
    if not world.reaches(place) or world.guard(place) != "open":
        return world
    return world.set(place, running=world.machine(place).running | {step.unit})


def _start_database(world: World, place: Place) -> World:
    """Start a DBMS: a standby always may, a primary where its guard lets it."""
    standby = world.database(place.region).standby
    if not world.reaches(place) or not (standby or world.guard(place) == "open"):
        return world
    clean = standby and world.database(place.region).clean
    return world.set_database(place.region, running=True, ready=False, clean=clean)


@_does(Verb.MOVE_NAMES)
def _move_names(_ground: Ground, world: World, _step: Step) -> World:
    if "writer" not in world.up:
        return world
    return world._replace(names=world.home, active=world.home)


@_does(Verb.MOVE_ALIAS)
def _move_alias(ground: Ground, world: World, _step: Step) -> World:
    if "writer" not in world.up:
        return world
    return world.set_alias(world.home, ground.target)._replace(state="switching")


@_does(Verb.MOVE_LOG_NAME)
def _move_log_name(ground: Ground, world: World, _step: Step) -> World:
    return world._replace(log=ground.target) if "writer" in world.up else world


@_does(Verb.AGREE)
def _agree(_ground: Ground, world: World, step: Step) -> World:
    told = {"writer", "secondary"} <= world.up and step.unit != LOG_SERVER
    return world._replace(secondary=world.names) if told else world


@_does(Verb.FLUSH)
def _flush(ground: Ground, world: World, step: Step) -> World:
    """Empty a cache; whoever asks next fills it from behind it."""
    place = ground.places.get(step.host)
    if place is None:
        return world._replace(forwarder=world.names) if {"writer", "forwarder"} <= world.up else world
    if not world.reaches(place):
        return world
    return world.set(place, cache=world.forwarder if "forwarder" in world.up else None)


@_does(Verb.RESTART)
def _restart(ground: Ground, world: World, step: Step) -> World:
    """Restart a site component. A proxy connects a moment later; one that finds no master does not come up at all."""
    place = ground.places[step.host]
    if not world.reaches(place):
        return world
    machine = world.machine(place)
    master = machine.cache if machine.cache and world.serves(machine.cache) else None
    if step.unit == "proxy" and master is None:
        return world.set(place, running=machine.running - {"proxy"}, at=None)
    fresh = machine.fresh | ({step.unit} if world.renewed(ground.target) else frozenset())
    at = None if step.unit == "proxy" else machine.at
    return world.set(place, running=machine.running | {step.unit}, fresh=fresh, at=at)


@_does(Verb.RECONNECT)
def _reconnect(ground: Ground, world: World, step: Step) -> World:
    """Wait for the proxy to connect by itself; the last resort is a restart."""
    place = ground.places[step.host]
    machine = world.machine(place)
    if step.unit == LOG_SERVER:
        return logbook.restarted(world, place) if world.reaches(place) else world
    if world.reaches(place) and world.runs(place, "proxy") and machine.cache and world.serves(machine.cache):
        return world.set(place, at=machine.cache)
    return _restart(ground, world, step)


@_does(Verb.CANARY)
def _canary(ground: Ground, world: World, step: Step) -> World:
    place = ground.places[step.host]
    able = world.reaches(place) and world.writable(place.region) and not world.hung(place.region)
    if not able:
        return world
    return world._replace(returned=True) if ground.back else world._replace(canary=True)


@_does(Verb.STEADY)
def _steady(_ground: Ground, world: World, _step: Step) -> World:
    if "writer" not in world.up:
        return world
    data = world.home if world.data == world.target else world.data  # named in the record only where it is apart
    return world._replace(state="steady", target=world.home, active=world.home, data=data, ours=False)
