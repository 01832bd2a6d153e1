"""Reprotect: what it does, when it must not, what is shown, and what would be wrong."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from model import runbooks
from model.case import Case
from model.conditions import CONDITIONS, failing
from model.declaration import declare
from model.explore.effects import effect
from model.explore.goal import aim, wrong_end
from model.explore.hazards import hazards
from model.explore.nature import boot, settle
from model.explore.quest import Memory
from model.explore.sight import EXPORTED, observe
from model.explore.world import Place, World
from model.judgement import done, idle, refusals
from model.observation import DatabaseRole, DatabaseSeen, HostSeen
from model.record import Record
from model.runbooks import REPROTECT
from model.runbooks.pages import reprotect_page
from model.step import Intent, Step, Verb
from model.steps.protect import powering_on
from model.view import View
from model.way_back import way_back
from model.words import nothing_to_do, reached, title
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, TARGET_DBMS, environment, ground, without

INTENT = Intent(runbook="reprotect", target="region2", mode="planned", reason="test")
MEMORY = Memory("planned", runbook="reprotect", opened=True)


def switched() -> World:
    return ground().after_switchover()


def lost() -> World:
    """Return the world after a failover from a region that lost its power, with writes of its own."""
    world = without(switched(), SOURCE_DBMS, *FRAMEWORK["region1"])
    return world.set_database("region1", clean=False, blocked=frozenset())._replace(lost=True)


def view(world: World, **changes: Any) -> View:
    known: dict[str, Any] = {"epoch": world.epoch if world.ours else None, "case": "C-1"}
    return View(environment=ground().environment, seen=observe(ground(), world), intent=INTENT, **(known | changes))


def left(world: World) -> list[Step]:
    """Return what is left to do; application hosts that the explorer folds into one class are that one."""
    return [step for step in runbooks.left(view(world)).steps() if step.host not in ground().crowd]


def performed(world: World) -> Iterator[tuple[World, Step, World]]:
    for step in left(world):
        after = effect(ground(), world, step)
        yield world, step, after
        world = after


def protected() -> World:
    return list(performed(switched()))[-1][2]


def seen(known: View, host: str, **changes: Any) -> View:
    found = replace(known.seen.host(host), **changes)
    return replace(known, seen=replace(known.seen, hosts={**known.seen.hosts, host: found}))


def database(known: View, region: str, **changes: Any) -> View:
    found = replace(known.seen.database(region), **changes)  # type: ignore[arg-type]
    return replace(known, seen=replace(known.seen, databases={**known.seen.databases, region: found}))  # type: ignore[dict-item]


@pytest.mark.parametrize("world", [switched(), lost()], ids=["switched over", "lost"])
def test_every_step_finds_its_needs_and_proves_itself_and_then_nothing_is_left(world: World) -> None:
    for before, step, after in performed(world):
        assert failing(step.needs, view(before), step) == (), step.id
        assert failing(step.proves, view(after, epoch=2), step) == (), step.id
        world = after
    assert done(view(world))
    assert {step.verb for step in left(world)} == {Verb.TAKE_EPOCH, Verb.STEADY}, "but for the folded host, nothing"
    assert world.streams("region1")
    assert world.exported


def test_the_database_is_exported_before_it_is_overwritten_and_closed_before_it_starts() -> None:
    ids = [step.id for _, step, _ in performed(lost())]
    order = [
        *("power-on:r1-db", "close-database:r1-db", "open-replication:r2-db", "create-slot:r2-db", "export:r1-db"),
        *("follow:r1-db", "start:r1-db/dbms", "power-on:r1-fw-p", "steady:ns1"),
    ]
    assert [step for step in ids if step in order] == order


def test_a_host_without_a_power_source_is_not_given_power() -> None:
    (host, _) = ground().environment.framework("region1")
    bare = replace_power(host)
    assert powering_on(bare, "framework", must=False) == ()


def replace_power(host: Any) -> Any:
    return host.model_copy(update={"hypervisor": host.hypervisor.model_copy(update={"power": None})})


# --- when it must not ---


def refused(known: View) -> str:
    return " | ".join(refusals(known))


def test_it_may_begin_after_a_switchover_and_after_a_loss() -> None:
    assert refused(view(switched())) == ""
    assert refused(view(lost())) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda known: replace(known, intent=replace(INTENT, target="region1")), "region1: is not the active region"),
        (lambda known: database(known, "region2", role=DatabaseRole.STANDBY), "r2-db: is standby, not the primary"),
        (lambda known: seen(known, "r2-fw-p", components={}), "region2: no Configuration Server is proven Primary"),
        (lambda known: seen(known, "r1-fw-b", answers=False, fault="silent"), "r1-fw-b: does not answer and is not"),
        (lambda known: database(known, "region1", role=DatabaseRole.PRIMARY), "r1-db: is primary, too"),
        (lambda known: database(known, "region1", role=DatabaseRole.UNKNOWN), "r1-db: its DBMS is neither proven"),
        (
            lambda known: database(known, "region1", role=DatabaseRole.STANDBY, follows="198.18.9.9"),
            "r1-db: is a standby of 198.18.9.9, not of r2-db: if it is not needed there, stop it",
        ),
        (
            lambda known: database(known, "region1", follows="198.18.9.9"),
            "r1-db: is a standby of 198.18.9.9, not of r2-db: if it is not needed there",
        ),
        (
            lambda known: database(known, "region1", role=DatabaseRole.STANDBY, follows=None),
            "r1-db: is a standby of nobody known",
        ),
    ],
)
def test_what_it_cannot_do_without_is_said_before_anything_is_changed(change: Any, words: str) -> None:
    assert words in refused(change(view(switched())))


def test_a_framework_that_runs_in_the_other_region_is_named() -> None:
    world = switched().set(FRAMEWORK["region1"][0], running=frozenset({"scs"}))
    assert "r1-fw-p: scs runs although region2 is active" in refused(view(world))


def test_a_standby_of_the_target_is_no_hindrance() -> None:
    assert refused(view(protected())) == ""


def test_a_case_is_closed_by_a_refusal_while_the_record_is_steady() -> None:
    """Begun or not: nothing of it is in force, and a case that nothing can close would forbid every other."""
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=INTENT)
    steady = Record(epoch=1, state="steady", active="region2", target="region2")
    assert idle(case, steady)
    assert idle(replace(case, begun=True), steady)
    assert not idle(case, replace(steady, state="switching"))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("source_silenced", {"role": DatabaseRole.PRIMARY}, "r1-db: not proven stopped"),
        ("source_database_stopped", {"role": DatabaseRole.STANDBY}, "r1-db: is standby, not proven stopped"),
        ("slot_exists", {}, "r2-db: replication slot r1_db is not there"),
        ("stranded_exported", {}, "r1-db: what only it has is not exported against timeline 2"),
        ("stranded_exported", {"stranded": replace(EXPORTED, primary_timeline=1)}, "is not exported"),
        ("follows_target", {"reseeding": True}, "r1-db: follows nobody, reseed half done"),
        ("follows_target", {"reseeding": None}, "reseed unknown"),
        ("follows_target", {"follows": "198.18.2.31", "reseeding": True}, "reseed half done"),
        ("source_streams", {}, "r1-db: is stopped, not proven to stream"),
        ("source_caught_up", {}, "r1-db: received None"),
        ("source_caught_up", {"received": -(2**24)}, "bytes behind"),
    ],
)
def test_a_condition_that_does_not_hold_says_why(name: str, change: dict[str, Any], words: str) -> None:
    (step, *_) = REPROTECT.whole(view(switched())).export
    known = database(view(switched()), "region1", **change)
    assert words in (CONDITIONS[name](known, step) or "")


def test_rules_that_nobody_could_read_open_nothing() -> None:
    (step, *_) = REPROTECT.whole(view(switched())).open_replication
    known = seen(view(switched()), "r2-db", blocked={})
    assert "is unknown" in (CONDITIONS["replication_open"](known, step) or "")
    assert "is closed to r1-db" in (CONDITIONS["replication_open"](view(switched()), step) or "")


@pytest.mark.parametrize(
    ("active", "switching", "left"),
    [
        ("region2", False, (True, True)),
        ("region2", True, (False, True)),
        ("region1", True, (False, True)),
        ("region1", False, (False, False)),
    ],
)
def test_what_is_left_of_a_failback(active: Any, left: tuple[bool, bool], *, switching: bool) -> None:
    assert way_back(active, "region1", switching=switching) == left


# --- what is shown, and said ---


def test_the_gate_shows_what_is_overwritten_and_how_much_as_soon_as_it_is_known() -> None:
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=INTENT)
    known = view(switched())
    shown = declare(known, case, REPROTECT.left(known).steps())
    assert "what only r1-db has (how much is not known yet); it is exported there first" in shown.text
    assert (shown.bounds.loss_changes, shown.bounds.waived) == (0, frozenset())
    exported = database(known, "region1", stranded=EXPORTED)
    assert "1 transactions, 1 rows written, 0 deleted, 0 files" in declare(exported, case, ()).text
    assert "objective" not in shown.text


def test_the_gate_shows_how_each_writer_of_the_other_region_is_kept_from_writing() -> None:
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=INTENT)
    agent = lost().set(FRAMEWORK["region1"][1], on=True, running=frozenset({"lca"}))
    text = declare(view(agent), case, ()).text
    assert "- Fence of r1-fw-p: level 1 (powered off)" in text
    assert "- Fence of r1-fw-b: not stopped yet: this run stops it" in text
    assert "- Fence of r1-db: level 1" in text
    assert "- Fence of r1-db: runs as a standby, which writes nothing" in declare(view(protected()), case, ()).text


def test_an_export_of_another_day_is_not_shown() -> None:
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=INTENT)
    old = database(view(switched()), "region1", stranded=replace(EXPORTED, primary_timeline=1))
    assert "how much is not known yet" in declare(old, case, ()).text


@pytest.mark.parametrize(
    ("runbook", "mode", "target", "ends"),
    [
        ("full_failover", "unplanned", "region1", True),
        ("full_failover", "planned", "region1", False),
        ("full_failover", "unplanned", "region2", False),
        ("reprotect", "planned", "region1", False),
    ],
)
def test_only_the_loss_of_the_active_region_ends_a_reprotect(
    runbook: Any, mode: Any, target: Any, *, ends: bool
) -> None:
    case = Case(name="C-1", opened_at=0.0, environment="lab", digest="", intent=INTENT)
    intent = Intent(runbook=runbook, mode=mode, target=target, reason="test")
    assert case.superseded_by(intent) is ends
    assert not replace(case, intent=replace(INTENT, runbook="full_failover")).superseded_by(intent)


def test_the_record_of_a_case_that_this_one_has_ended_is_no_hindrance() -> None:
    record = Record(epoch=7, state="switching", active="region2", target="region2", case="lab-0")
    known = view(switched())
    other = replace(known, seen=replace(known.seen, record=record))
    assert "case lab-0 is open" in refused(other)
    assert refused(replace(other, superseded="lab-0")) == ""


def test_it_is_named_by_who_follows_whom() -> None:
    assert title("lab", INTENT) == "Reprotect of lab: region1 follows region2"
    assert nothing_to_do(view(switched())) == "region1 follows region2 already: nothing to do"
    assert reached(INTENT) == "region1 follows region2"
    full = replace(INTENT, runbook="full_failover")
    assert reached(full) == "region2 is active"
    assert nothing_to_do(replace(view(switched()), intent=full)) == "region2 is active and steady: nothing to do"


def test_the_printed_page_has_both_directions_and_both_updates() -> None:
    page = reprotect_page(environment())
    assert "## region2 is active, region1 follows it" in page
    assert "## region1 is active, region2 follows it" in page
    assert page.count("state=switching") == page.count("update add _genesys-dr.gen.test 0 TXT") / 2 + 2


# --- what would be wrong ---


def wrong(world: World, step_id: str) -> str:
    step = next(known for known in REPROTECT.whole(view(world)).steps() if known.id == step_id)
    return " | ".join(hazards(ground(), world, step, "planned", frozenset()))


def test_what_must_not_be_done_is_known() -> None:
    writes = settle(switched().set_database("region1", running=True))
    assert "the door is opened to a DBMS that writes" in wrong(writes, "open-replication:r2-db")
    assert "overwritten unread" in wrong(lost(), "follow:r1-db")
    assert "overwritten under its server" in wrong(writes, "export:r1-db")
    assert "there is no primary to follow" in wrong(without(switched(), TARGET_DBMS), "create-slot:r2-db")
    open_ = switched().set_database("region1", blocked=frozenset())
    assert "opened to Configuration Servers" in wrong(open_, "start:r1-db/dbms")


def test_an_act_that_cannot_succeed_changes_nothing() -> None:
    world = lost()._replace(up=lost().up - {"power"})
    for name in ("power-on:r1-db", "export:r1-db", "follow:r1-db", "start:r1-db/dbms"):
        step = next(known for known in REPROTECT.whole(view(world)).steps() if known.id == name)
        assert effect(ground(), world, step) == world
    silent = switched().set(TARGET_DBMS, silent=True)
    step = next(known for known in REPROTECT.whole(view(silent)).steps() if known.id == "open-replication:r2-db")
    assert effect(ground(), silent, step) == silent


def ends(world: World, *, untouched: bool = True) -> str:
    return " | ".join(wrong_end(ground(), world, MEMORY, untouched=untouched))


def test_a_good_end_is_one_that_protects() -> None:
    assert ends(protected()) == ""
    assert aim(ground(), protected(), MEMORY._replace(opened=False)) == "protected"
    assert aim(ground(), switched(), MEMORY._replace(opened=False)) == "target"


def test_a_wrong_end_is_known() -> None:
    assert "does not follow" in ends(switched())
    assert "is gone unread" in ends(protected()._replace(lost=True, exported=False))
    shut = protected().set_database("region2", blocked=frozenset())
    assert "not closed to exactly" in ends(shut)
    assert "not closed to exactly" not in ends(shut, untouched=False)
    dark = without(protected(), Place("region1", "primary"))
    assert "region1 primary: its power is not as where it rests" in ends(dark)


def test_a_standby_starts_at_boot_whatever_region_is_active() -> None:
    dark = without(protected(), SOURCE_DBMS)
    assert boot(ground(), dark, SOURCE_DBMS).database("region1").running


def test_an_unseen_host_or_database_is_no_answer() -> None:
    known = replace(view(switched()), seen=replace(view(switched()).seen, hosts={}, databases={}))
    assert HostSeen().answers is False
    assert DatabaseSeen().role is DatabaseRole.UNKNOWN
    for name in ("source_silenced", "source_closed", "replication_open", "slot_exists", "follows_target"):
        (step, *_) = REPROTECT.whole(known).export
        assert CONDITIONS[name](known, step) is not None, name
