"""What an act must not do to the world, whatever the plan says: judged by what is so, not by what was seen.

These are the reasons for the preconditions, in the vendor's and the database's own terms; the vacuity check asks of
each precondition which of them, or which rule of model/invariants.py, it prevents.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from model.environment.document import RegionKey
from model.explore.ground import Ground
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, PAIR, PAIRS, Place, World
from model.step import Mode, Step, Verb
from model.steps.bubble import DRILLS
from model.steps.parts import LOG_SERVER

WITHOUT_AGENT = ("lca", "message_server", LOG_SERVER)  # they start on a host without Local Control Agent, too
GIVING_UP = {Verb.TAKE_EPOCH, Verb.STOP, Verb.CLOSE_DATABASE, Verb.END_SESSIONS, Verb.STOP_DATABASE, Verb.POWER_OFF}
NO_AGENT = "started on a host without Local Control Agent, which counts as failed"
TAKES_PLACE = "the Backup is started before the Primary and takes its place"
AT_BOOT = (NO_AGENT, TAKES_PLACE)  # units start in their order, and of a pair whoever is first leads
Hazard = Callable[[Ground, World, Step, Mode, frozenset[str]], Iterator[str]]


def hazards(  # noqa: PLR0913
    ground: Ground, world: World, step: Step, mode: Mode, waived: frozenset[str], *, drains: bool = False
) -> tuple[str, ...]:
    """Return what is wrong with doing this step in this world; empty when nothing is.

    Args:
        drains: The source's framework is lost, but what its DBMS committed must not be.
    """
    found = [text for rule in RULES for text in rule(ground, world, step, mode, waived)]
    if drains or mode == "planned":
        found += _undrained(ground, world, step)
    return tuple(f"{step.id}: {text}" for text in found)


def _given_up(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    gives_up = step.verb in GIVING_UP and not ground.back and DRILLS not in step.command
    if gives_up and not world.database(ground.target).running:
        yield "the source is given up while the target cannot take over"


def _stopping(ground: Ground, world: World, step: Step, mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    if step.verb is not Verb.STOP:
        return
    place = ground.places[step.host]
    pair = FRAMEWORK[place.region]
    if step.unit != "scs" and any(world.runs(place, "scs") for place in pair):
        yield "Solution Control Server runs and takes the stop for a failure"
    works = not ground.back or place.region in world.database(ground.target).sessions
    orderly = (mode == "planned" and works) or place.region == world.home
    if (step.unit, place) == ("confserv", pair[0]) and orderly and world.runs(pair[1], "confserv"):
        yield "the Backup takes over from the Primary that is stopped"


def _draining(ground: Ground, world: World, step: Step, mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    source = world.database(ground.source)
    if step.verb is Verb.END_SESSIONS and not _is_closed(ground, world, ground.places[step.host].region):
        yield "ended sessions come back at once: the port is open"
    if step.verb is Verb.STOP_DATABASE and (source.sessions or source.guest):
        yield "a session is cut off in the middle of its work"
    served = world.alias(world.was) == ground.source
    framework = served and any(world.runs(place, "confserv") for place in FRAMEWORK[world.was])
    if mode == "planned" and step.verb is Verb.STOP_DATABASE and framework:
        yield "the database goes before its Configuration Servers"


def _is_closed(ground: Ground, world: World, database: RegionKey) -> bool:
    return world.database(database).blocked >= ground.shut_out(world, database)


def _undrained(ground: Ground, world: World, step: Step) -> Iterator[str]:
    source = world.database(ground.source)
    writes = source.running and not source.standby
    if step.verb is Verb.STOP_DATABASE and writes and not world.streams(ground.target):
        yield "a clean stop does not drain: the standby does not stream"
    if step.verb in (Verb.POWER_OFF, Verb.BLOCK_REPLICATION, Verb.PROMOTE) and _loses(ground, world):
        yield "a committed change is lost although the source's DBMS worked"


def _loses(ground: Ground, world: World) -> bool:
    return world.behind and world.database(ground.target).standby


def _taking_over(ground: Ground, world: World, step: Step, _mode: Mode, waived: frozenset[str]) -> Iterator[str]:
    mine = world.database(ground.target)
    if step.verb is Verb.PROMOTE and Place(ground.source, "dbms") not in mine.blocked:
        yield "promoted while the source's DBMS can still replicate with it"
    stays = world.was == world.home
    if step.verb is Verb.PROMOTE and stays and any(world.runs(place, "confserv") for place in FRAMEWORK[world.home]):
        yield "promoted while a Configuration Server goes on with what it remembers of the other database"
    if _commits(world, step) and writing(ground, world, waived):
        yield f"goes on while {', '.join(writing(ground, world, waived))} can write"
    if _commits(world, step) and world.away in mine.sessions:
        yield "goes on while a session of the framework that is given up is open: what is frozen in it comes later"
    if step.verb is Verb.OPEN_DATABASE and not world.writable(ground.target):
        yield "a standby is opened to Configuration Servers"
    if step.verb is Verb.OPEN_DATABASE and not _shut_out(ground, world):
        yield "opened while the source's framework is not shut out"


def _commits(world: World, step: Step) -> bool:
    """Whether a step makes the target one that writes, or sends others to it."""
    starts = (step.verb, step.unit) == (Verb.START, "confserv") and not world.walls
    first = starts and world.leader(world.home) is None
    return first or step.verb in (Verb.PROMOTE, Verb.MOVE_NAMES, Verb.STEADY)


def _shut_out(ground: Ground, world: World) -> bool:
    return {*FRAMEWORK[world.away]} <= world.database(ground.target).blocked


def writing(ground: Ground, world: World, waived: frozenset[str]) -> tuple[str, ...]:
    """Return the source's writers that can still write, and that nobody waived or everybody can see."""
    return tuple(
        name for name, place in _running(ground, world) if name not in waived or _is_seen(ground, world, place)
    )


def unanswered(ground: Ground, world: World, waived: frozenset[str]) -> tuple[str, ...]:
    """Return the source's writers that can still write and that nobody has ever waived."""
    return tuple(name for name, _ in _running(ground, world) if name not in waived)


def _running(ground: Ground, world: World) -> tuple[tuple[str, Place], ...]:
    places = [place for place in FRAMEWORK[world.away] if world.machine(place).awake and place not in world.walls]
    if world.writable(ground.source):
        places.append(Place(ground.source, "dbms"))
    return tuple((host.name, place) for place in places for host in ground.hosts[place])


def _is_seen(ground: Ground, world: World, place: Place) -> bool:
    """Whether the control host gets an answer from it, or about it."""
    return world.reaches(place) or ("power" in world.up and place in ground.switched)


def _starting(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    place = ground.places.get(step.host)
    if step.verb not in (Verb.START, Verb.AWAIT) or place is None:
        return
    dormant = place.region == world.away and step.unit != "dbms"
    yield from (_starting_inside(world, step, place) if dormant else _starting_outside(ground, world, step, place))


def _starting_outside(ground: Ground, world: World, step: Step, place: Place) -> Iterator[str]:
    if place in world.walls:
        yield "started within the walls of a drill: nobody reaches it, and it writes into a copy"
    if step.unit not in (*WITHOUT_AGENT, "dbms") and not world.runs(place, "lca"):
        yield NO_AGENT
    if (step.unit, place.region) == ("dbms", ground.target):
        yield from _awoken(ground, world)
        return
    if not world.writable(ground.target):
        yield "started without a database to follow"
    if _commits(world, step) and not _shut_out(ground, world):
        yield "started on a database that the source's framework can write into"
    yield from _too_early(ground, world, step, place)


def _too_early(ground: Ground, world: World, step: Step, place: Place) -> Iterator[str]:
    if step.unit == "confserv" and world.hung(ground.target):
        yield "its first commit hangs"
    if step.unit == "confserv" and world.alias(place.region) != ground.target:
        yield "started while its alias names the other DBMS"
    if step.unit in ("scs", "message_server", LOG_SERVER) and not world.serves(world.home):
        yield "started without a Primary to read its configuration from"
    if step.unit == "confserv" and place.role == "backup" and not world.leader(world.home):
        yield TAKES_PLACE


def _waking(ground: Ground, world: World, step: Step, mode: Mode, waived: frozenset[str]) -> Iterator[str]:
    """Say what is wrong with the power of a host whose guard is open: its Configuration Server starts with it."""
    place = ground.places.get(step.host)
    if step.verb is not Verb.POWER_ON or place not in FRAMEWORK[world.home] or ground.back:
        return
    if world.guard(place) != "open":
        return
    start = replace(step, verb=Verb.START, unit="confserv")
    yield from _taking_over(ground, world, start, mode, waived)
    yield from (text for text in _starting_outside(ground, world, start, place) if text not in AT_BOOT)


def _resting(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    if step.verb is Verb.POWER_DOWN and world.machine(ground.places[step.host]).running:
        yield "what runs is switched off"


def _awoken(ground: Ground, world: World) -> Iterator[str]:
    """Say what is wrong with starting the DBMS that was to be given up, as the primary it was."""
    if not world.database(ground.source).standby:
        yield "started as a primary beside one that was promoted"


def _starting_inside(world: World, step: Step, place: Place) -> Iterator[str]:
    """Name what a framework that is not active needs: it starts within walls, and on a copy, or not at all."""
    if place not in world.walls:
        yield "the framework that is not active is started outside of walls"
    if world.copy != (place.region, True):
        yield "started without a copy to work on"
    if step.unit not in WITHOUT_AGENT and not world.runs(place, "lca"):
        yield NO_AGENT
    if step.unit in ("scs", "message_server", LOG_SERVER) and not world.inside(place.region):
        yield "started without a Primary to read its configuration from"
    if step.unit == "confserv" and place.role == "backup" and not world.leader(place.region):
        yield TAKES_PLACE


def _bubbling(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    place = ground.places.get(step.host)
    if place is None:
        return
    if step.verb is Verb.RAISE_WALLS and place not in world.walls and world.machine(place).running:
        yield "walls are raised around what others use"
    if step.verb is Verb.COPY_DATABASE and not world.streams(place.region):
        yield "what is copied is no standby that follows"
    if step.verb is Verb.COPY_DATABASE and not world.database(place.region).blocked >= PAIRS:
        yield "walls that fell would leave the standby open to what works on its copy"
    if step.verb is Verb.COMMIT_INSIDE and not world.inside(place.region):
        yield "nobody works on the copy: what is committed there proves nothing"


def touches(before: World, after: World) -> tuple[str, ...]:
    """Say what of production a drill has changed: names, DBMS, and the record but for its lock."""
    kept = ("names", "secondary", "active", "data", "databases", "aliases", "slots", "waits")
    found = [name for name in kept if getattr(before, name) != getattr(after, name)]
    away = {*FRAMEWORK[before.away]}
    found += [
        f"{place.region} {place.role}"
        for place, one, two in zip(EVERYWHERE, before.machines, after.machines, strict=True)
        if one != two and place not in away
    ]
    return (f"a drill touches production: {', '.join(found)}",) if found else ()


def _naming(_ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    if step.verb is Verb.MOVE_NAMES and not world.serves(world.home):
        yield "names leave for a region without a Primary"
    if step.verb is Verb.FLUSH and world.names != world.home:
        yield "the emptied cache fills with the old answer"


def _restarting(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    if step.verb not in (Verb.RESTART, Verb.RECONNECT):
        return
    place = ground.places[step.host]
    if step.unit == LOG_SERVER:
        if place.role in PAIR and (world.guard(place) != "open" or not world.serves(world.home)):
            yield "stopped where its guard, or the want of a Primary, lets it not come back"
        return
    cache = world.machine(place).cache
    if cache is None or cache != world.home or not world.serves(cache):
        yield "restarted where it cannot find the new Primary: what it held is gone"
    others = [Place(place.region, role) for role in CLIENTS if role != place.role]
    living = [other for other in others if ground.hosts[other] and world.reaches(other)]
    stray = step.verb is Verb.RECONNECT  # it has its old configuration only, and so have the others
    if not world.runs(place, "proxy"):
        return
    if living and not any(world.runs(other, "proxy") if stray else world.normal(other) for other in living):
        yield "the last proxy of its region is taken away"


def _reseeding(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    source = world.database(ground.source)
    if step.verb is Verb.OPEN_REPLICATION and source.running and not source.standby:
        yield "the door is opened to a DBMS that writes"
    tidied = step.verb is Verb.FOLLOW and source.running and source.standby  # nothing of the cluster is touched
    if step.verb is Verb.FOLLOW and not world.exported and not tidied:
        yield "what only it has is overwritten unread"
    if step.verb in (Verb.EXPORT, Verb.FOLLOW) and source.running and not tidied:
        yield "a cluster that runs is read and overwritten under its server"
    if step.verb in (Verb.EXPORT, Verb.FOLLOW, Verb.CREATE_SLOT) and not world.writable(ground.target):
        yield "there is no primary to follow"
    if (step.verb, step.unit) == (Verb.START, "dbms") and not source.blocked >= PAIRS:
        yield "a standby is opened to Configuration Servers"


def _proving(ground: Ground, world: World, step: Step, _mode: Mode, _waived: frozenset[str]) -> Iterator[str]:
    if step.verb is Verb.CANARY and world.hung(ground.target):
        yield "a commit that hangs"
    if step.verb is Verb.CANARY and not world.writable(ground.target):
        yield "written into a standby"


RULES: tuple[Hazard, ...] = (
    _given_up,
    _stopping,
    _draining,
    _taking_over,
    _starting,
    _waking,
    _resting,
    _naming,
    _restarting,
    _bubbling,
    _reseeding,
    _proving,
)
