"""Where a case may end, in the world's own terms: independent of the plan and its proofs."""

from collections.abc import Iterator, Mapping

from model.environment.document import RegionKey
from model.environment.environment import other
from model.explore.cloning import is_made, uncloned
from model.explore.deploying import ends, unmade
from model.explore.ground import Ground
from model.explore.hazards import unanswered, writing
from model.explore.nature import caught_up
from model.explore.quest import Memory
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, PAIR, Place, World
from model.step import Mode, Name

GIVEN_UP: Mapping[tuple[Name, Mode], Name] = {
    ("full_failover", "planned"): "full_failover",
    ("partial_failover", "unplanned"): "full_failover",
    ("dbms_failover", "planned"): "dbms_failover",
    ("bubble", "planned"): "discard",
}  # people may escalate these to mode unplanned
AIMS: Mapping[Name, frozenset[str]] = {
    "full_failover": frozenset({"source", "target", "back"}),
    "partial_failover": frozenset({"source", "target"}),
    "dbms_failover": frozenset({"source", "target"}),
    "framework_failover": frozenset({"source", "target"}),
    "reprotect": frozenset({"protected"}),
    "return_guard": frozenset({"guarded"}),
    "abort": frozenset({"back", "source", "target"}),
    "bubble": frozenset({"drilled", "discarded"}),
    "discard": frozenset({"discarded"}),
    "clone_and_isolate": frozenset({"cloned"}),
    "deploy": frozenset({"deployed", "left alone"}),
}  # the ends that somebody who goes on must be able to reach from anywhere


def given_up(world: World, memory: Memory) -> Iterator[tuple[Name, RegionKey]]:
    """Yield what people may escalate a case to, and where its framework is in the end.

    A framework that moves in order may be lost in either region: it goes on, or back, without proof of what it left.
    """
    undoes = memory.undoes
    if "framework_failover" in (undoes, memory.runbook):
        yield from (("framework_failover", region) for region in _lost_in(world, memory))
    elif undoes is not None:
        yield undoes, world.was if undoes == "dbms_failover" else other(world.was)
    elif found := GIVEN_UP.get((memory.runbook, memory.mode)):
        yield found, world.home


def _lost_in(world: World, memory: Memory) -> Iterator[RegionKey]:
    """Yield where a framework that was moved in order goes without proof; home only while its case is open."""
    if memory.mode == "planned":
        yield other(world.was)
        yield from (world.was,) if memory.opened else ()


def aim(ground: Ground, world: World, memory: Memory) -> str | None:
    """Return which good end this is: the target serves, the source serves, or none. No case is left open by one."""
    if world.state != "steady" or memory.opened:
        return None
    region = world.active
    if memory.runbook == "deploy":
        return ends(ground, world)
    if memory.runbook == "reprotect" and region == world.home and world.streams(ground.source):
        return "protected"
    if memory.runbook == "return_guard" and region == world.home and not _loose(ground, world):
        return "guarded"
    if memory.runbook == "bubble" and world.drilled and not tuple(_left(world)):
        return "drilled"
    if memory.runbook == "clone_and_isolate" and all(is_made(ground, world, place) for place in FRAMEWORK[world.away]):
        return "cloned"
    if memory.runbook == "discard" and not tuple(_left(world)):
        return "discarded"
    return _served(ground, world, memory)


def _served(ground: Ground, world: World, memory: Memory) -> str | None:
    """Return which end of a switch this is, by the region that serves."""
    region = world.active
    if not world.serves(region) or world.names != region:
        return None
    held = world.held(region)
    if memory.runbook == "abort":
        return "back" if (region, held) == (world.was, world.had) else None
    if (region, held) == (world.home, ground.target):
        return None if unanswered(ground, world, memory.waived) else "target"
    return "source" if (region, held) == (world.was, world.had) else None


def wrong_end(ground: Ground, world: World, memory: Memory, *, untouched: bool) -> tuple[str, ...]:
    """Say what is wrong with a world in which a process says it is finished.

    Args:
        untouched: No fault happened: then nothing may be left over either.
    """
    if memory.runbook == "reprotect":
        return tuple(_unprotected(ground, world, untouched=untouched))
    if memory.runbook == "return_guard":
        return tuple(_unguarded(ground, world, memory, untouched=untouched))
    if memory.runbook in ("bubble", "discard"):
        return tuple(_undrilled(ground, world, memory, untouched=untouched))
    if memory.runbook == "clone_and_isolate":
        return tuple(uncloned(ground, world, untouched=untouched))
    if memory.runbook == "deploy":
        return tuple(unmade(ground, world, untouched=untouched))
    found = list(_core(ground, world, memory.waived))
    if not (world.returned if ground.back else world.canary):
        found.append("wrong end: nothing was ever committed in the target")
    if memory.keeps and world.lost:
        found.append("wrong end: a committed change is lost although the source's DBMS worked")
    if untouched:
        found += _rest(ground, world, memory)
        found += _left_shut(ground, world)
    return tuple(found)


def _core(ground: Ground, world: World, waived: frozenset[str]) -> Iterator[str]:
    target = ground.target
    if (world.state, world.active, world.data) != ("steady", world.home, target):
        yield f"wrong end: the record says {world.state} {world.active}, database {world.data}"
    if world.names != world.home:
        yield f"wrong end: names answer {world.names}"
    if not world.writable(target):
        yield "wrong end: the target's DBMS is not primary"
    if not world.renewed(target):
        yield "wrong end: the target has no Primary that works"
    clients = [place for place in EVERYWHERE if place.region == world.home and place.role in CLIENTS]
    living = [place for place in clients if world.reaches(place) and world.runs(place, "proxy")]
    if living and not any(caught_up(world).normal(place) for place in living):
        yield "wrong end: no proxy of the target is in normal mode"
    if world.waits & {target}:
        yield "wrong end: commits of the target hang"
    if writing(ground, world, waived):
        yield f"wrong end: {', '.join(writing(ground, world, waived))} can write"


def _unprotected(ground: Ground, world: World, *, untouched: bool) -> Iterator[str]:
    yield from _core(ground, world, frozenset())
    if not world.streams(ground.source):
        yield "wrong end: the source's DBMS does not follow"
    if world.lost and not world.exported:
        yield "wrong end: what only the source's DBMS had is gone unread"
    if not untouched:
        return
    if world.database(ground.target).blocked != {*FRAMEWORK[world.away]}:
        yield "wrong end: the target's DBMS is not closed to exactly the source's framework"
    for place in (place for place in EVERYWHERE if place.region == ground.source and ground.hosts[place]):
        if place in ground.switched and world.machine(place).on is (
            place in ground.rests_off and place in FRAMEWORK[world.away]
        ):
            yield f"wrong end: {place.region} {place.role}: its power is not as where it rests"


def _undrilled(ground: Ground, world: World, memory: Memory, *, untouched: bool) -> Iterator[str]:
    if (world.state, world.active, world.data, world.names) != ("steady", world.home, ground.target, world.home):
        yield f"wrong end: the record says {world.state} {world.active}, names answer {world.names}"
    yield from _left(world)
    if memory.runbook == "bubble" and not world.drilled:
        yield "wrong end: nothing was ever committed in a copy"
    if untouched and not world.streams(ground.source):
        yield "wrong end: the standby follows no more"
    for place in FRAMEWORK[world.home] if untouched else ():
        if world.machine(place).running != ground.parts[place]:
            yield f"wrong end: {place.region} {place.role} does not run as before"


def _left(world: World) -> Iterator[str]:
    """Say what is left of a bubble."""
    yield from (f"wrong end: walls are left around {place.region} {place.role}" for place in sorted(world.walls))
    if world.copy is not None and world.machine(Place(world.copy[0], "dbms")).on:
        yield f"wrong end: a copy is left in {world.copy[0]}"


def _unguarded(ground: Ground, world: World, memory: Memory, *, untouched: bool) -> Iterator[str]:
    if (world.state, world.active, world.names) != ("steady", world.home, world.home):
        yield f"wrong end: the record says {world.state} {world.active}, names answer {world.names}"
    for place in _loose(ground, world):
        yield f"wrong end: {place.region} {place.role} answers and runs what must not run"
    if not untouched:
        return
    database, host = world.database(ground.source), Place(ground.source, "dbms")
    if world.reaches(host) and not {place for place in EVERYWHERE if place.role in PAIR} <= database.blocked:
        yield "wrong end: the source's DBMS is not closed to the framework"
    if "forwarder" in world.up and world.forwarder != world.home:
        yield "wrong end: the shared resolver answers the source"
    for place in EVERYWHERE:
        if place.role in CLIENTS and ground.hosts[place] and world.reaches(place):
            yield from _client(world, place, memory)


def _loose(ground: Ground, world: World) -> list[Place]:
    """Return the writers of the source that answer and run."""
    found = [place for place in FRAMEWORK[world.away] if world.reaches(place) and world.machine(place).awake]
    host = Place(ground.source, "dbms")
    return found + ([host] if world.reaches(host) and world.writable(ground.source) else [])


def _rest(ground: Ground, world: World, memory: Memory) -> Iterator[str]:
    yield from _left(world)
    yield from _powers(ground, world, memory)
    for place in FRAMEWORK[world.home]:
        if _is_whole(world, place) and world.machine(place).running != ground.parts[place]:
            missing = ground.parts[place] - world.machine(place).running
            yield f"wrong end: {place.region} {place.role}: {', '.join(sorted(missing))} does not run"
    follows = memory.runbook in ("framework_failover", "abort")
    if follows and not world.streams(ground.source):
        yield "wrong end: the standby follows no more"
    source = () if follows else (Place(ground.source, "dbms"),)
    if world.database(ground.target).blocked != {*source, *FRAMEWORK[world.away]}:
        yield "wrong end: the target's DBMS is not closed to exactly the source"
    closed = {place for place in EVERYWHERE if place.role in PAIR} <= world.database(ground.source).blocked
    if world.reaches(Place(ground.source, "dbms")) and not closed:
        yield "wrong end: the source's DBMS is not closed to the framework"
    if "secondary" in world.up and world.secondary != world.home:
        yield "wrong end: the secondary DNS answers the source"
    if world.forwarder != world.home:
        yield "wrong end: the shared resolver answers the source"
    yield from _clients(ground, world, memory)


def _is_whole(world: World, place: Place) -> bool:
    machine = world.machine(place)
    return machine.on and (machine.made is None or machine.made.reached)


def _powers(ground: Ground, world: World, memory: Memory) -> Iterator[str]:
    """Name the framework hosts that rest without power and have none where they work, or have some where they rest."""
    for place in sorted(ground.rests_off):
        works, on = place in FRAMEWORK[world.home], world.machine(place).on
        if works and not on and memory.runbook != "dbms_failover":
            yield f"wrong end: {place.region} {place.role} has no power"
        if not works and on and memory.mode == "planned":
            yield f"wrong end: {place.region} {place.role} has power, and rests without"


def _clients(ground: Ground, world: World, memory: Memory) -> Iterator[str]:
    moves = ground.environment.database.log and not ground.environment.is_crossed
    if moves and world.log != ground.target:
        yield "wrong end: the name of the log database answers the source"
    for place in EVERYWHERE:
        if place.role in CLIENTS and ground.hosts[place] and world.reaches(place):
            yield from _client(world, place, memory)


def _left_shut(ground: Ground, world: World) -> Iterator[str]:
    if ground.back and Place(ground.target, "dbms") in world.database(ground.source).blocked:
        yield "wrong end: the block that was to keep the source out of the survivor stands"


def _client(world: World, place: Place, memory: Memory) -> Iterator[str]:
    machine = world.machine(place)
    if machine.cache != world.home:
        yield f"wrong end: {place.region} {place.role} resolves {machine.cache}"
    if not world.normal(place) or machine.at != world.home:
        yield f"wrong end: {place.region} {place.role}: proxy is not in normal mode"
    if not memory.keeps and not machine.fresh >= {"proxy", "scs"}:
        yield f"wrong end: {place.region} {place.role} holds what the database may lack"
