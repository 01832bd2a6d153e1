"""Where a search begins: the worlds that a runbook may find."""

from collections.abc import Iterator
from typing import NamedTuple

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.explore import cloning, drills, sites
from model.explore.faults import names_of
from model.explore.ground import Ground
from model.explore.nature import boot, settle
from model.explore.power import dies, power_off
from model.explore.turning import begun
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, Place, World
from model.step import Mode, Name


class Start(NamedTuple):
    """Where a search begins, how many faults may still happen, and of an abort the switch that goes back."""

    name: str
    world: World
    budget: int
    undoes: Name | None = None


def starts(ground: Ground, mode: Mode, runbook: Name = "full_failover") -> Iterator[Start]:
    """Yield the worlds that a runbook may find."""
    match runbook:
        case "dbms_failover":
            yield from _database_moves(ground, mode)
        case "framework_failover":
            yield from _framework_moves(ground, mode)
        case "reprotect":
            yield from _switched(ground)
        case "partial_failover":
            yield from _framework_lost(ground)
        case "return_guard":
            yield from _returned(ground)
        case "bubble" | "discard":
            yield from (Start(*found) for found in drills.dormant(ground))
        case "clone_and_isolate":
            yield from (Start(*found) for found in cloning.dormant(ground))
        case "deploy":
            yield from (Start(*found) for found in sites.found(ground))
        case "abort":
            yield from (Start(found.name, found.world, 1, found.undoes) for found in begun(ground))
        case _:
            yield from _steady(ground, mode)


def _framework_lost(ground: Ground) -> Iterator[Start]:
    """Yield the steady state, refused, and the source's framework lost in several ways while its DBMS works."""
    steady, pair = ground.steady(), FRAMEWORK[ground.source]
    yield Start("steady", steady, 0)
    late = steady._replace(behind=True)
    yield Start("framework without power", _lost(late, pair, None), 1)
    yield Start("Configuration Servers dead", _dead(late, pair), 1)
    silent = _silent(late, pair)._replace(up=late.up - {"power"})
    yield Start("framework silent, no power source", silent, 1)
    cut = _lost(late, pair, None)._replace(fallen=True)
    yield Start("framework without power, the standby does not stream", cut, 0)
    yield Start("everything without power", _lost(late, (*pair, Place(ground.source, "dbms")), None), 0)


def _framework_moves(ground: Ground, mode: Mode) -> Iterator[Start]:
    """Yield the framework with its database, which it leaves, and apart from it, where it comes back to it.

    The database stays in the target. The framework is there, works on, or is lost in several ways.
    """
    target, clients = ground.target, tuple(place for place in EVERYWHERE if place.role in CLIENTS)
    for name, known in ((f"all in {target}", ground.together(target)), ("apart", ground.apart(target))):
        world = known._replace(home=other(known.active))
        yield Start(name, world, 1)
        pair = FRAMEWORK[world.active]
        lost = (
            Start(f"{name}, framework without power", _lost(world, pair, None), 1),
            Start(f"{name}, framework without power, no client answers", _silent(_lost(world, pair, None), clients), 1),
            Start(f"{name}, Configuration Servers dead", _dead(world, pair), 1),
            Start(f"{name}, framework silent, no power source", _mute(world, pair), 1),
            Start(f"{name}, everything of {world.active} without power", _lost(world, _of(world.active), None), 0),
        )
        yield from (start if mode == "unplanned" else start._replace(budget=0) for start in lost)


def _dead(world: World, pair: tuple[Place, ...]) -> World:
    for place in pair:
        world = settle(dies(world, place, world.machine(place), "confserv"))
        world = world.set(place, running=world.machine(place).running - {"scs"})
    return world


def _database_moves(ground: Ground, mode: Mode) -> Iterator[Start]:
    """Yield the database with its framework, and apart from it, in order and lost in several ways.

    The framework stays where it is: in the source, which the database leaves, or in the target, where it is awaited.
    """
    together = ground.steady()._replace(home=ground.source)
    for name, world in ((f"all in {ground.source}", together), ("apart", ground.apart(ground.source))):
        yield Start(name, world, 1)
        late, host = world._replace(behind=True), (Place(ground.source, "dbms"),)
        lost = (
            Start(f"{name}, DBMS without power", _lost(late, host, None), 1),
            Start(f"{name}, DBMS silent, no power source", _mute(late, host), 1),
            Start(f"{name}, DBMS without power, no Backup", _lost(late, (*host, FRAMEWORK[world.home][1]), None), 1),
            Start(f"{name}, everything of {ground.source} without power", _lost(late, _of(ground.source), None), 0),
        )
        yield from (start if mode == "unplanned" else start._replace(budget=0) for start in lost)
    blocked = together.database(ground.target).blocked | {Place(ground.source, "dbms")}
    left = together.set_database(ground.target, blocked=blocked).set_database(ground.source, guest=True)
    yield Start("replication blocked already, an administrator's session open", left, 1)


def _of(region: RegionKey) -> tuple[Place, ...]:
    return tuple(place for place in EVERYWHERE if place.region == region)


def _mute(world: World, places: tuple[Place, ...]) -> World:
    return _silent(world, places)._replace(up=world.up - {"power"})


def _returned(ground: Ground) -> Iterator[Start]:
    """Yield the given-up region lost, back unprepared, following, and started against its guards."""
    for start in _switched(ground):
        stale = start.world._replace(forwarder=ground.source)
        for place in (place for place in EVERYWHERE if place.region == ground.source and place.role in CLIENTS):
            stale = stale.set(place, cache=ground.source, at=ground.source)
        yield start._replace(world=stale if start.world.home == ground.target else start.world)
    forced = ground.after_switchover()
    for place in FRAMEWORK[ground.source]:
        forced = forced.set(place, on=True, running=ground.parts[place], leads=place.role == "primary")
    forced = forced.set_database(ground.source, running=True, clean=False, blocked=frozenset(), guest=True)
    forced = forced.set_database(ground.target, blocked=frozenset())
    yield Start(f"{ground.source} started against its guards", settle(forced), 1)


def _switched(ground: Ground) -> Iterator[Start]:
    """Yield the world after a switchover, and after a failover from a region that is lost, or back unprepared."""
    switched = ground.after_switchover()
    yield Start("switched over", switched, 1)
    by_hand = switched
    for place in FRAMEWORK[ground.source]:
        by_hand = by_hand.set(place, on=True, running=frozenset({"lca", "message_server"}))
    yield Start("switched over, agents started by hand", by_hand, 1)
    hosts = tuple(place for place in EVERYWHERE if place.region == ground.source)
    lost = _lost(switched, hosts, ground.source)._replace(lost=True)
    lost = lost.set_database(ground.source, clean=False, blocked=frozenset())
    yield Start(f"{ground.source} without power, with writes of its own", lost, 1)
    back = lost._replace(up=switched.up)
    for place in hosts:
        back = boot(ground, back, place)
    yield Start(f"{ground.source} back unprepared, with writes of its own", back, 1)
    closed = back.set_database(ground.source, standby=True, blocked=switched.database(ground.source).blocked)
    follows = closed._replace(slots=frozenset({ground.source}), exported=True)
    yield Start("set up to follow, and left there", follows, 1)
    behind = follows._replace(slots=frozenset()).set_database(ground.source, gap=True)
    yield Start("a standby that runs, its slot lost", behind.set_database(ground.source, running=True), 1)
    yield Start("a standby that does not run, its slot lost", behind, 1)
    yield from _given_up_apart(ground)
    foreign = follows.set_database(ground.source, foreign=True)
    yield Start("a standby of somebody else that does not run", foreign, 0)


def _given_up_apart(ground: Ground) -> Iterator[Start]:
    """Yield the framework where it was and its database elsewhere: the DBMS it left is stopped, lost, back."""
    shut = frozenset({Place(ground.source, "dbms"), *FRAMEWORK[ground.target]})
    apart = ground.apart(ground.target)._replace(slots=frozenset(), waits=frozenset())
    apart = apart.set_database(ground.target, blocked=shut).set_database(ground.source, running=False, standby=False)
    yield Start("apart, the old DBMS stopped", apart.set_database(ground.source, clean=True), 1)
    old = (Place(ground.source, "dbms"),)
    lost = _lost(apart, old, None).set_database(ground.source, blocked=frozenset())._replace(lost=True)
    yield Start("apart, the old DBMS without power, with writes of its own", lost, 1)
    yield Start("apart, the old DBMS back unprepared", boot(ground, lost, old[0]), 1)


def _steady(ground: Ground, mode: Mode) -> Iterator[Start]:
    """Yield the steady state, and it with a region, or the heart of one, already lost; its last change had not arrived.

    A region lost in several ways gets its further fault in those that differ in what can be seen and switched off; in
    planned mode none does, as all of them are refused until the case is escalated.
    """
    steady = ground.steady()
    blocked = steady.database(ground.target).blocked | {Place(ground.source, "dbms")}
    left = steady.set_database(ground.target, blocked=blocked).set_database(
        ground.source, guest=True, blocked=frozenset(FRAMEWORK[ground.target])
    )
    left = left.set_alias(ground.target, ground.source)  # of a day on which the DBMS moved alone
    yield Start("steady", steady, 1)
    yield Start("steady, replication blocked already, an administrator's session open, a stale alias", left, 1)
    apart = ground.apart(ground.target)._replace(home=ground.target)
    yield Start("apart, the database in the target", apart, 1)
    begun = cloning.left_half(ground)
    gone = Start("apart, the framework's region without power", _lost(apart, _of(ground.source), ground.source), 1)
    mute = Start("apart, the framework silent, no power source", _mute(apart, FRAMEWORK[ground.source]), 1)
    for start in (
        gone,
        mute,
        *_lost_regions(ground),
        *_left_over(ground),
        *(Start(*found) for found in drills.standing(ground)),
        Start("half a copy was left, the other region lost", _lost(begun, _of(ground.source), ground.source), 1),
    ):
        yield start if mode == "unplanned" else start._replace(budget=0)


def _left_over(ground: Ground) -> Iterator[Start]:
    """Yield the source without power, and what earlier days left behind: rules not all there, clients gone."""
    hosts = tuple(place for place in EVERYWHERE if place.region == ground.source)
    lost = _lost(ground.steady(), hosts, ground.source)
    closed = lost.set_database(ground.source, blocked=frozenset((*FRAMEWORK[ground.source], *FRAMEWORK[ground.target])))
    opened = closed.set_database(
        ground.target, blocked=frozenset((Place(ground.source, "dbms"), *FRAMEWORK[ground.target]))
    )
    free = _silent(opened, (Place(ground.target, "rest"),))._replace(waits=frozenset())
    yield Start("open to the source, commits wait for nobody, one proxy left", free, 1)
    clients = tuple(place for place in EVERYWHERE if place.role in CLIENTS)
    alone = _lost(_silent(closed, clients), FRAMEWORK[ground.target][1:], None)
    gaping = alone.set_database(ground.target, blocked=frozenset({Place(ground.source, "dbms")}))
    yield Start("open to both frameworks, nobody uses it, and no Backup", gaping, 1)
    pair = _silent(_lost(ground.steady(), FRAMEWORK[ground.source], None), clients)
    yield Start("framework lost, no power source", pair._replace(up=pair.up - {"power"}), 1)


def _lost_regions(ground: Ground) -> Iterator[Start]:
    """Yield each region lost in each way; how two proxies restart in turn is searched in the first of them only."""
    late = ground.steady()._replace(behind=True)
    alone = _silent(late, (Place(ground.target, "rest"),))
    for region in REGION_KEYS:
        hosts = tuple(place for place in EVERYWHERE if place.region == region)
        up = late.up - names_of(region)
        yield Start(f"{region} without power", _lost(late, hosts, region), 1)
        yield Start(f"{region} cut off", alone._replace(cut=frozenset({region}), up=up), 1)
        yield Start(f"{region} silent, no power source", _silent(alone, hosts)._replace(up=up - {"power"}), 1)
        yield Start(f"{region} silent", _silent(late, hosts)._replace(up=up), 0)
        yield Start(f"{region}: DBMS without power", _lost(late, hosts[:1], None), 0)
        yield Start(f"{region}: framework without power", _lost(late, hosts[1:3], None), 0)


def _lost(world: World, places: tuple[Place, ...], region: str | None) -> World:
    for place in places:
        world = settle(power_off(world, place))
    return world._replace(up=world.up - names_of(region))


def _silent(world: World, places: tuple[Place, ...]) -> World:
    for place in places:
        world = world.set(place, silent=True)
    return world
