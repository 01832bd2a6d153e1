"""What must never be true: each rule has a world that breaks it, and is silent about what nobody saw."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from model.explore.nature import settle
from model.explore.world import Place, World
from model.invariants import INVARIANTS, breaches
from model.observation import ComponentSeen, DatabaseSeen, Observation
from model.view import View
from tests.unit.model.builders import (
    FRAMEWORK,
    SOURCE_DBMS,
    TARGET_DBMS,
    environment,
    intent,
    region1_lost,
    steady,
    switched,
    view,
)

R1_P, R1_B = FRAMEWORK["region1"]
R2_P, R2_B = FRAMEWORK["region2"]
ALL_PARTS = frozenset({"lca", "confserv", "scs", "message_server"})


def broken(world: World) -> list[str]:
    return [text.split(":")[0] for text in breaches(view(world, truth=True))]


def both_primary() -> World:
    """Both DBMS writable and open, both pairs running: the split brain of the vendor's warning."""
    world = steady().set_database("region2", standby=False, blocked=frozenset())._replace(waits=frozenset())
    return settle(world.set(R2_P, running=ALL_PARTS))


def returned() -> World:
    """A switched world whose old primary came back unprepared and past its guard."""
    world = switched("unplanned").set(SOURCE_DBMS, on=True).set(R1_P, on=True, running=ALL_PARTS)
    return settle(world.set_database("region1", running=True))


BREACHING: dict[str, tuple[Callable[[], World], str]] = {
    "two Primaries": (both_primary, "V1"),
    "a Primary in each host of a pair": (lambda: steady().set(R1_B, leads=True), "V1"),
    "two writable databases": (returned, "V2"),
    "names that left without the record": (lambda: steady()._replace(names="region2"), "V6"),
    "steady names without their Primary": (
        lambda: settle(switched()._replace(active="region1", target="region1", names="region1")),
        "V6",
    ),
    "main SCS in both regions": (lambda: steady().set(R2_P, running=frozenset({"scs"})), "V7"),
    "both regions awake": (lambda: steady().set(R2_P, running=frozenset({"confserv"})), "V8"),
    "both databases open": (lambda: steady().set_database("region2", blocked=frozenset()), "V9"),
    "an old primary with clients": (returned, "V10"),
}


@pytest.mark.parametrize("what", BREACHING)
def test_a_world_that_must_not_be_is_named(what: str) -> None:
    build, rule = BREACHING[what]
    assert rule in broken(build()), what


@pytest.mark.parametrize("world", [steady(), region1_lost(), switched("planned"), switched("unplanned")])
def test_lawful_worlds_break_nothing(world: World) -> None:
    assert broken(world) == []


@pytest.mark.parametrize("rule", INVARIANTS, ids=lambda rule: rule.__name__)
def test_what_nobody_saw_is_no_breach(rule: Callable[[View], str | None]) -> None:
    assert rule(View(environment=environment(), seen=Observation(at=1.0), intent=intent())) is None


def test_each_rule_says_its_number_and_its_reason_in_the_first_line() -> None:
    for rule in INVARIANTS:
        assert (rule.__doc__ or "").startswith("V"), rule.__name__


def test_a_target_host_that_boots_while_the_source_is_fenced_is_harmless() -> None:
    world = steady()._replace(state="switching", target="region2", epoch=2, ours=True)
    assert broken(world.set(R2_B, running=ALL_PARTS)) == []
    promoted = world.set(R2_B, running=ALL_PARTS).set_database("region2", standby=False)
    assert {"V7", "V8"} <= set(broken(promoted))


def test_names_may_point_where_no_primary_is_while_switching() -> None:
    world = switched()._replace(state="switching")
    for place in (R2_P, R2_B):
        world = world.set(place, running=frozenset(), leads=False)
    assert broken(settle(world)) == []


def test_a_silent_writer_of_names_breaks_no_rule() -> None:
    world = steady()._replace(up=steady().up - {"writer"})
    assert breaches(view(world)) == ()


def test_an_old_primary_that_runs_and_is_open_is_named_even_if_nobody_can_log_in() -> None:
    """V2 needs to see what it is; V10 needs to see only that it runs and that its port is open."""
    known = view(returned(), truth=True)
    mute = DatabaseSeen(fault="login refused")
    host = replace(known.seen.hosts["r1-db"], components={"dbms": ComponentSeen(running=True)})
    seen = replace(
        known.seen, hosts={**known.seen.hosts, "r1-db": host}, databases={**known.seen.databases, "region1": mute}
    )
    named = [text.split(":")[0] for text in breaches(replace(known, seen=seen))]
    assert "V10" in named
    assert "V2" not in named
    shut = replace(host, blocked={5432: frozenset(environment().framework_addresses())})
    closed = replace(seen, hosts={**seen.hosts, "r1-db": shut})
    assert "V10" not in [text.split(":")[0] for text in breaches(replace(known, seen=closed))]


def test_places_are_told_apart() -> None:
    assert Place("region1", "dbms") != TARGET_DBMS
