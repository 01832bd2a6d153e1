"""Partial failover: the framework is lost, the DBMS works on and is moved in order; nothing may be lost."""

from dataclasses import replace

import pytest

from model.case import Case
from model.declaration import declare
from model.explore.effects import effect
from model.explore.goal import wrong_end
from model.explore.hazards import hazards
from model.explore.nature import caught_up, settle
from model.explore.quest import Memory
from model.explore.world import World
from model.judgement import done, opening_view, refusals
from model.runbooks import PARTIAL_FAILOVER
from model.step import Intent, Verb
from model.view import Fence, View
from model.words import title
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, ground, intent, steady, view, without

PARTIAL = Intent(runbook="partial_failover", target="region2", mode="unplanned", reason="test")


def lost(world: World | None = None) -> World:
    """Return the steady state without the framework of region 1."""
    return settle(without(world or steady(), *FRAMEWORK["region1"]))


def seen(world: World) -> View:
    return replace(view(world), intent=PARTIAL, lossy=False)


def refused(world: World) -> str:
    return " | ".join(refusals(seen(world)))


def test_it_stops_the_database_in_order_and_the_framework_by_its_power() -> None:
    steps = [(step.verb, step.host) for step in PARTIAL_FAILOVER.whole(seen(steady())).steps()]
    assert (Verb.STOP_DATABASE, "r1-db") in steps
    assert (Verb.DRAIN, "r1-db") in steps
    assert [host for verb, host in steps if verb is Verb.POWER_OFF] == ["r1-fw-p", "r1-fw-b"]
    assert not [host for verb, host in steps if verb is Verb.RESTART], "nobody holds what the database lacks"


def test_every_step_leads_to_a_target_that_has_lost_nothing() -> None:
    world = lost(steady()._replace(behind=True))
    for step in PARTIAL_FAILOVER.left(seen(world)).steps():
        world = caught_up(effect(ground(), world, step))
    memory = Memory("unplanned", runbook="partial_failover")
    assert memory.keeps
    assert wrong_end(ground(), world, memory, untouched=True) == ()
    assert not world.lost
    assert done(seen(world))


def test_it_is_for_a_lost_framework_and_a_database_that_works() -> None:
    assert refused(lost()) == ""
    assert "region1: its Primary works: use full_failover, mode planned" in refused(steady())
    both = without(lost(), SOURCE_DBMS)
    assert "r1-db: is stopped powered off: it cannot be stopped in order: use full_failover" in refused(both)
    assert "`gdr run full-failover lab --target region2 --mode unplanned --reason=" in refused(both)
    silent = lost().set(SOURCE_DBMS, silent=True)
    assert "r1-db: is unknown" in refused(silent)


def test_a_standby_that_does_not_stream_is_refused_as_it_would_lose_writes() -> None:
    assert "is not streaming: a planned switchover would lose writes" in refused(lost()._replace(fallen=True))


def test_a_case_that_has_begun_goes_on() -> None:
    begun = without(lost(), SOURCE_DBMS)._replace(state="switching", target="region2", ours=True, epoch=2)
    assert refused(begun) == ""


def test_the_gate_shows_that_nothing_may_be_lost_and_how_each_writer_is_fenced() -> None:
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=PARTIAL)
    known = opening_view(ground().environment, seen(lost()).seen, PARTIAL, case)
    assert not known.lossy
    shown = declare(known, case, PARTIAL_FAILOVER.left(known).steps())
    assert "May be lost: nothing" in shown.text
    assert shown.bounds.loss_changes == 0
    assert shown.levels == {"r1-db": Fence.STOPPED, "r1-fw-p": Fence.POWERED_OFF, "r1-fw-b": Fence.POWERED_OFF}
    assert title("lab", PARTIAL).startswith("Partial failover of lab to region2")


@pytest.mark.parametrize(
    ("opened", "wanted", "clashes"),
    [
        (PARTIAL, PARTIAL, False),
        (PARTIAL, intent("unplanned"), False),
        (PARTIAL, intent("planned"), True),
        (PARTIAL, replace(intent("unplanned"), target="region1"), True),
        (intent("unplanned"), PARTIAL, True),
        (intent("planned"), PARTIAL, True),
    ],
)
def test_more_may_be_given_up_for_the_same_target_and_never_less(opened: Intent, wanted: Intent, clashes: bool) -> None:  # noqa: FBT001
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=opened)
    assert case.clashes(wanted) is clashes


def test_what_would_lose_a_change_is_known() -> None:
    behind = lost(steady()._replace(behind=True, fallen=True))
    steps = {step.id: step for step in PARTIAL_FAILOVER.whole(seen(behind)).steps()}
    for name, words in (("stop-database:r1-db", "does not drain"), ("promote:r2-db", "a committed change is lost")):
        found = hazards(ground(), behind, steps[name], "unplanned", frozenset(), drains=True)
        assert any(words in text for text in found)
        assert not any(words in text for text in hazards(ground(), behind, steps[name], "unplanned", frozenset()))
