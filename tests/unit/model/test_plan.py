"""Resuming is planning again: cut anywhere, planning gives exactly the rest."""

import pytest

from model.conditions import CONDITIONS, failing
from model.explore.world import World
from model.invariants import breaches
from model.judgement import done, refusals
from model.runbooks import FULL_FAILOVER
from model.step import STAGES, Mode, Step, Verb
from model.view import View
from tests.unit.model.builders import (
    FRAMEWORK,
    SOURCE_DBMS,
    environment,
    intent,
    performed,
    planned_world,
    region1_lost,
    remaining,
    steady,
    switched,
    view,
    without,
)

MODES: tuple[Mode, Mode] = ("planned", "unplanned")


def ids(steps: tuple[Step, ...]) -> list[str]:
    return [step.id for step in steps]


@pytest.mark.parametrize("mode", MODES)
def test_a_failover_cut_after_any_step_resumes_with_exactly_the_rest(mode: Mode) -> None:
    steps = remaining(planned_world(mode), mode)
    proven: set[str] = set()
    for number, (_, step, after) in enumerate(performed(mode), 1):
        again = remaining(after, mode)
        proven |= {later.id for later in steps[number:] if not failing(later.proves, view(after, mode), later)}
        expected = [later.id for later in steps[number:] if later.id not in proven]
        mine = [found for found in ids(again) if found != "take-epoch:ns1"]
        assert mine == expected, f"cut after {step.id}"


@pytest.mark.parametrize("mode", MODES)
def test_every_rule_holds_at_every_cut(mode: Mode) -> None:
    for _, step, after in performed(mode):
        assert breaches(view(after, mode, truth=True)) == (), step.id


@pytest.mark.parametrize("mode", MODES)
def test_every_step_finds_its_needs_met_and_proves_itself(mode: Mode) -> None:
    for before, step, after in performed(mode):
        assert failing(step.needs, view(before, mode), step) == (), step.id
        assert failing(step.proves, view(after, mode), step) == (), step.id


@pytest.mark.parametrize("mode", MODES)
def test_a_finished_failover_leaves_nothing_to_do(mode: Mode) -> None:
    after = switched(mode)
    assert done(view(after, mode))
    assert refusals(view(after, mode)) == ()
    assert remaining(after, mode) == ()


def test_a_process_without_an_epoch_takes_one_before_anything_else_but_not_for_nothing() -> None:
    first = FULL_FAILOVER.left(view(steady(), "planned", epoch=None)).steps()
    assert next(first).verb is Verb.TAKE_EPOCH
    assert list(FULL_FAILOVER.left(view(switched(), "planned", epoch=None)).steps()) == []


def test_stages_come_in_the_order_of_the_page() -> None:
    for mode in MODES:
        stages = [STAGES.index(step.stage) for step in FULL_FAILOVER.whole(view(steady(), mode)).steps()]
        assert stages == sorted(stages)


def test_steps_are_told_apart_by_their_ids() -> None:
    for mode in MODES:
        found = ids(tuple(FULL_FAILOVER.whole(view(planned_world(mode), mode)).steps()))
        assert len(found) == len(set(found))


def test_every_named_condition_exists() -> None:
    for mode in MODES:
        for step in FULL_FAILOVER.whole(view(planned_world(mode), mode)).steps():
            assert set(step.needs + step.proves) <= set(CONDITIONS), step.id


def test_no_step_changes_anything_without_a_precondition() -> None:
    blind = steady()._replace(up=steady().up - {"power"})
    worlds: tuple[tuple[World, Mode], ...] = (
        (steady(), "planned"), (region1_lost(), "unplanned"), (blind, "unplanned"),
    )  # fmt: skip
    for world, mode in worlds:
        without_needs = {step.verb for step in FULL_FAILOVER.whole(view(world, mode)).steps() if not step.needs}
        assert without_needs <= {Verb.WAIVE}, "a waiver changes nothing"


def test_a_label_names_stage_verb_host_and_component() -> None:
    labels = [step.label for step in FULL_FAILOVER.whole(view(steady(), "planned")).steps()]
    assert "4/9 fence: stop r1-fw-p scs" in labels
    assert "5/9 database: promote r2-db" in labels


def test_promotion_alone_cannot_be_taken_back() -> None:
    for mode in MODES:
        steps = FULL_FAILOVER.whole(view(planned_world(mode), mode)).steps()
        assert [step.id for step in steps if step.no_return] == ["promote:r2-db"]


def test_an_unplanned_failover_of_a_dead_region_switches_it_off_and_stops_nothing() -> None:
    plan = FULL_FAILOVER.whole(view(region1_lost()))
    assert [step.host for step in plan.power_off] == ["r1-db", "r1-fw-p", "r1-fw-b"]
    assert plan.stop_scs == plan.close_database == plan.drain == ()


def test_a_silent_writer_without_a_power_source_must_be_waived() -> None:
    world = without(steady(), SOURCE_DBMS, *FRAMEWORK["region1"], silent=True)
    plan = FULL_FAILOVER.whole(view(world._replace(up=world.up - {"power"})))
    assert [step.host for step in plan.waive] == ["r1-db", "r1-fw-p", "r1-fw-b"]
    assert plan.power_off == ()


def test_an_answering_writer_without_a_power_source_is_stopped_by_hand() -> None:
    world = steady()._replace(up=steady().up - {"power"})
    plan = FULL_FAILOVER.whole(view(world))
    assert [step.host for step in plan.stop_lca] == ["r1-fw-p", "r1-fw-b"]
    assert len(plan.stop_database) == 1
    assert plan.drain == ()


def test_a_message_server_is_started_by_hand_where_the_management_layer_does_not() -> None:
    assert {step.verb for step in FULL_FAILOVER.whole(view(steady())).message_servers} == {Verb.AWAIT}
    known = environment((", started_by: management_layer", ""))
    seen = view(steady()).seen
    by_hand = FULL_FAILOVER.whole(View(environment=known, seen=seen, intent=intent()))
    assert {step.verb for step in by_hand.message_servers} == {Verb.START}


def test_a_clean_switchover_restarts_no_proxy() -> None:
    plan = FULL_FAILOVER.whole(view(steady(), "planned"))
    assert plan.restart_first == plan.restart_second == ()


def test_after_a_lossy_promotion_one_of_a_pair_restarts_after_the_other() -> None:
    plan = FULL_FAILOVER.whole(view(region1_lost()))
    assert {step.host for step in plan.restart_first} == {"r2-app-b"}
    assert {step.host for step in plan.restart_second} == {"r2-app-p"}


def test_a_component_the_file_does_not_have_is_a_fault_of_the_file() -> None:
    known = environment()
    region = known.regions.region2
    bare = tuple(host.model_copy(update={"components": host.components[:1]}) for host in region.hosts)
    regions = known.regions.model_copy(update={"region2": region.model_copy(update={"hosts": bare})})
    unjudged = known.model_copy(update={"regions": regions})
    for cached in ("_by_role", "_by_name", "_addresses", "_writer", "_framework_addresses"):
        unjudged.__dict__.pop(cached, None)
    with pytest.raises(LookupError, match="was not judged"):
        FULL_FAILOVER.whole(View(environment=unjudged, seen=view(steady()).seen, intent=intent()))


def test_who_takes_the_epoch_for_what_is_left_gives_it_back() -> None:
    """Killed after the last swap: only a secondary is left, and the record must not stay switching."""
    left = remaining(switched()._replace(secondary="region1"), "planned")
    assert [step.id for step in left] == ["take-epoch:ns1", "agree:ns2", "steady:ns1"]
    assert remaining(switched(), "planned") == ()
