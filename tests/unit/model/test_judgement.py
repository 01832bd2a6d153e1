"""Whether a failover may begin: every reason against it, before anything is touched."""

from dataclasses import replace
from typing import Any

import pytest

from model.case import Case
from model.environment.document import RegionKey
from model.explore.nature import settle
from model.explore.world import Place, World
from model.judgement import done, idle, may_close, opening_view, refusals
from model.observation import DatabaseRole
from model.record import Record
from model.step import Mode, Name
from model.view import View
from tests.unit.model.builders import (
    FRAMEWORK,
    SOURCE_DBMS,
    TARGET_DBMS,
    ground,
    intent,
    performed,
    region1_lost,
    steady,
    switched,
    view,
    without,
)

R1_P, R1_B = FRAMEWORK["region1"]


def reasons(world: World, mode: Mode = "unplanned", **changes: Any) -> str:
    return " | ".join(refusals(view(world, mode, **changes)))


def test_both_modes_may_begin_where_they_are_meant_to() -> None:
    assert reasons(steady(), "planned") == ""
    assert reasons(region1_lost()) == ""


@pytest.mark.parametrize(
    ("runbook", "home", "world"),
    [
        ("full_failover", "region2", steady()),
        ("dbms_failover", "region1", steady()._replace(home="region1")),
        ("framework_failover", "region1", ground().together("region2")._replace(home="region1")),
    ],
)
def test_a_planned_switch_whose_last_proof_could_not_come_about_does_not_begin(
    runbook: Name, home: RegionKey, world: World
) -> None:
    known = replace(view(world, "planned"), intent=replace(intent("planned"), runbook=runbook, home=home))
    assert refusals(known) == ()
    blind = replace(known.seen.database("region2"), canaries=None, barred=True, fault="login as genesys refused")
    seen = replace(known.seen, databases={**known.seen.databases, "region2": blind})
    (line,) = (line for line in refusals(replace(known, seen=seen)) if "gdr_canary" in line)
    assert line.startswith("r2-db: the Configuration Server account cannot read gdr_canary")
    assert "login as genesys refused: create gdr_canary on the primary, or correct the account's login" in line
    silent = replace(blind, barred=False, fault="TooManyConnectionsError")
    assert refusals(replace(known, seen=replace(seen, databases={**seen.databases, "region2": silent}))) == ()


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_case_that_has_begun_may_go_on_from_everywhere(mode: Mode) -> None:
    for _, step, after in performed(mode):
        assert reasons(after, mode) == "", step.id


def test_without_a_record_nothing_begins() -> None:
    world = region1_lost()
    assert "no activation record" in reasons(world._replace(up=world.up - {"writer"}))


def test_another_open_case_is_named() -> None:
    world = steady()._replace(state="switching", target="region2", ours=True)
    assert "case C-1 is open (switching to region2)" in reasons(world, "planned", case="C-2")


@pytest.mark.parametrize("place", [TARGET_DBMS, Place("region2", "primary")])
def test_the_target_cannot_do_without_its_dbms_and_its_primary_host(place: Place) -> None:
    assert "the target cannot do without it" in reasons(without(region1_lost(), place))


def test_the_target_can_do_without_its_backup_host() -> None:
    assert reasons(without(region1_lost(), Place("region2", "backup"))) == ""


def test_a_stopped_dbms_cannot_take_over() -> None:
    assert "no standby that could take over" in reasons(region1_lost().set_database("region2", running=False))


def test_a_forbidden_state_is_not_built_upon() -> None:
    doubled = settle(steady().set_database("region2", standby=False, blocked=frozenset())._replace(waits=frozenset()))
    assert "the present state is forbidden" in reasons(doubled, "planned")


def test_a_failover_to_the_active_region_is_no_remedy() -> None:
    world = switched()
    for place in FRAMEWORK["region2"]:
        world = world.set(place, running=frozenset(), leads=False)
    assert "is already the active region" in reasons(settle(world), "planned")


def test_a_working_region_is_switched_over_not_failed_over() -> None:
    assert "use mode planned" in reasons(steady())


def test_one_lost_member_of_a_pair_is_the_pairs_business() -> None:
    assert "that is the HA pair's business" in reasons(settle(without(steady(), R1_B)))


def test_a_primary_without_its_database_is_failed_over() -> None:
    assert reasons(without(steady(), SOURCE_DBMS)) == ""


@pytest.mark.parametrize("place", [SOURCE_DBMS, R1_P, R1_B])
def test_a_planned_switchover_needs_every_writer_of_the_source(place: Place) -> None:
    assert "use mode unplanned" in reasons(without(steady(), place, silent=True), "planned")


def test_a_planned_switchover_needs_a_streaming_standby() -> None:
    assert "not streaming" in reasons(steady()._replace(fallen=True), "planned")


def test_lag_refuses_in_planned_mode_only() -> None:
    def lagging(mode: Mode, world: World, **changes: Any) -> str:
        known = view(world, mode)
        assert known.seen.sample is not None
        return " | ".join(refusals(replace(known, seen=replace(known.seen, sample=changes["sample"]))))

    sample = view(steady()).seen.sample
    assert sample is not None
    late = replace(sample, primary=sample.primary + 10_000, lag_s=600.0)
    assert "wait for it to catch up" in lagging("planned", steady(), sample=late)
    assert "lag is unknown" in lagging("planned", steady(), sample=None)
    assert lagging("unplanned", region1_lost(), sample=late) == ""
    assert lagging("unplanned", region1_lost(), sample=None) == ""


def test_a_database_that_takes_writes_and_cannot_be_fenced_is_not_waived() -> None:
    """Its host does not answer, its port does."""
    world = without(steady(), SOURCE_DBMS, R1_P, R1_B, silent=True)
    known = view(world._replace(up=world.up - {"power"}))
    primary = replace(view(steady()).seen.databases["region1"], role=DatabaseRole.PRIMARY)
    seen = replace(known.seen, databases={**known.seen.databases, "region1": primary})
    assert refusals(known) == ()
    assert "r1-db: takes writes" in " | ".join(refusals(replace(known, seen=seen)))


def opened(**changes: Any) -> Case:
    return Case(name="C-1", opened_at=0.0, environment="lab", digest="x", intent=intent(), **changes)


def test_a_decline_closes_no_case_in_the_middle_of_a_switch() -> None:
    steady_ = Record(epoch=2, state="steady", active="region1", target="region1", case="C-1")
    switching = replace(steady_, state="switching", target="region2")
    assert may_close(opened(), steady_)
    assert may_close(opened(begun=True), steady_), "its epoch was never taken, or it is steady again"
    assert not may_close(opened(begun=True), switching)
    assert may_close(opened(), None), "nothing was done, so nothing can be switching"
    assert may_close(opened(), replace(switching, case="lab-1-GUARD")), "another's switch, which this one has ended"
    assert not may_close(opened(begun=True), None)


def test_an_open_case_is_idle_before_its_epoch_and_after_it_was_taken_back() -> None:
    record = Record(epoch=2, state="steady", active="region1", target="region1")
    assert idle(opened(), record)
    assert not idle(opened(), None)
    assert not idle(opened(), replace(record, state="switching", target="region2"))
    assert not idle(opened(), replace(record, active="region2", target="region2")), "it is done: it can be closed well"


def waived_and_done() -> View:
    """Return a finished failover whose silent source was waived, as the next process of its case sees it."""
    world = without(switched("unplanned"), SOURCE_DBMS, R1_P, R1_B, on=True, silent=True)
    seen = view(world._replace(up=world.up - {"power"})).seen
    case = opened(waived=frozenset({"r1-db", "r1-fw-p", "r1-fw-b"}))
    return opening_view(view(world).environment, seen, intent(), case)


def test_a_waived_failover_that_was_killed_before_its_case_was_closed_can_be_closed() -> None:
    known = waived_and_done()
    assert done(known)
    assert refusals(known) == ()


def test_an_open_case_that_is_done_may_go_on_even_from_a_forbidden_state() -> None:
    """The waived region has come back: another run of the case is what fences it."""
    back = without(switched("unplanned"), SOURCE_DBMS, R1_P, R1_B, on=True, silent=False)
    back = back.set_database("region1", running=True)
    known = opening_view(view(back).environment, view(back).seen, intent(), opened())
    assert done(known)
    assert refusals(known) == ()
    assert "forbidden" in " ".join(refusals(replace(known, case="-")))


def test_done_is_steady_with_a_primary_and_a_writable_database() -> None:
    assert done(view(switched()))
    assert not done(view(steady()))
    assert not done(view(switched()._replace(state="switching")))
