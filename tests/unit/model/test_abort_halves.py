"""Going back from a planned switch of one half: the DBMS until its promotion, the framework until the names move."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from model import commands, runbooks
from model.case import Case, too_late
from model.conditions import failing
from model.declaration import declare
from model.environment.document import RegionKey
from model.explore.bubble import CASE
from model.explore.conformance import violations
from model.explore.effects import effect
from model.explore.goal import given_up, wrong_end
from model.explore.nature import caught_up
from model.explore.quest import Memory
from model.explore.sight import observe
from model.explore.turning import begun
from model.explore.world import FRAMEWORK, World
from model.invariants import breaches
from model.judgement import abort, against, done, refusals
from model.record import Record
from model.runbooks import ABORT
from model.runbooks.abort_page import abort_page
from model.step import Intent, Step
from model.steps.switch import rests
from model.taken_back import taken_back
from model.view import View
from model.words import reached, title
from tests.unit.model.builders import SOURCE_DBMS, TARGET_DBMS, environment, ground, without
from tests.unit.model.test_conformance import Line, acted, journal, observed

BEGUN = {found.name: found for found in begun(ground())}
DBMS = Intent(
    runbook="dbms_failover", target="region2", mode="planned", reason="a test", home="region1"
)  # region1 has both
STAY = Intent(runbook="framework_failover", target="region2", mode="planned", reason="a test", home="region1")


def at(start: str) -> World:
    """Return the world that an abort finds after a step of an undisturbed switch."""
    return BEGUN[start].world


DRAINED = at("dbms_failover block-replication:r2-db")
WORKING = at("framework_failover await:r1-fw-b/message_server")
RESTING = at("framework_failover stop:r2-fw-p/scs")


def view(world: World, switch: Intent, **changes: Any) -> View:
    known: dict[str, Any] = {"case": CASE, "intent": switch.back} | changes
    return View(environment=ground().environment, seen=observe(ground(), world), **known)


def case(intent: Intent, **changes: Any) -> Case:
    known: dict[str, Any] = {"name": CASE, "opened_at": 0.0, "environment": "lab", "digest": "", "begun": True}
    return Case(**{**known, "intent": intent, **changes})


def walked(world: World, switch: Intent) -> list[tuple[World, Step, World]]:
    """Return every step of an undisturbed abort with the worlds before and after it; it plans anew after its epoch."""
    found: list[tuple[World, Step, World]] = []
    back, epoch = ground().going_back(world.had), 0
    while True:
        left = [
            step for step in ABORT.left(view(world, switch)).steps() if not (epoch and step.id.startswith("take-epoch"))
        ]
        if not left:
            return found
        after = effect(back, world, left[0])
        if failing(left[0].proves, view(after, switch, epoch=after.epoch), left[0]):
            after = caught_up(after)
        found.append((world, left[0], after))
        world, epoch = after, after.epoch


def ids(world: World, switch: Intent) -> list[str]:
    return [step.id for _, step, _ in walked(world, switch)]


def test_a_dbms_that_was_to_move_starts_where_it_stopped_and_its_framework_after_it() -> None:
    assert ids(DRAINED, DBMS)[:8] == [
        "take-epoch:ns1",
        "start:r1-db/dbms",
        "open-database:r1-db",
        "open-replication:r2-db",
        "start:r1-fw-p/confserv",
        "start:r1-fw-b/confserv",
        "start:r1-fw-p/scs",
        "start:r1-fw-b/scs",
    ]


def test_a_framework_that_works_elsewhere_is_stopped_in_order_and_shut_out_before_the_other_may_start() -> None:
    found = ids(WORKING, STAY)
    assert found[:14] == [
        "take-epoch:ns1",
        *(f"stop:r1-fw-{one}/{kind}" for kind in ("scs", "message_server", "confserv", "lca") for one in "bp"),
        "close-database:r2-db",
        "open-database:r2-db",
        "move-alias:ns1",
        "start:r2-fw-p/lca",
        "start:r2-fw-b/lca",
    ]
    assert not [step for step in found if step.startswith(("promote", "move-names"))]


def test_of_a_switch_that_has_stopped_little_only_that_is_undone_once_the_record_rests_no_more() -> None:
    found = ids(RESTING, STAY)
    assert found[:4] == ["take-epoch:ns1", "close-database:r2-db", "move-alias:ns1", "start:r2-fw-p/scs"]


@pytest.mark.parametrize("start", sorted(BEGUN))
def test_it_ends_where_the_switch_began_and_conforms(start: str) -> None:
    found, world = BEGUN[start], BEGUN[start].world
    switch = Intent(runbook=found.undoes, target="region2", mode="planned", reason="a test", home=home_of(found.world))
    steps = walked(world, switch)
    end = steps[-1][2]
    assert done(view(end, switch))
    assert (end.active, end.names, end.state, end.data) == (world.was, world.was, "steady", world.had)
    back, memory = ground().going_back(world.had), Memory("planned", runbook="abort", undoes=found.undoes)
    if "without power" not in start:
        assert wrong_end(back, end, memory, untouched=True) == ()
    lines: list[Line] = [observed(world), ("intent.aborted", {"intent": asdict(switch.back)}), observed(world)]
    for before, step, after in steps:
        lines += [*acted(before, step, after), observed(after)]
    assert violations(ground().environment, journal("planned", lines)) == ()


def home_of(world: World) -> RegionKey | None:
    """Return where the framework was to be in the end, by the record; None where that is with the database."""
    return None if world.target == "region2" else world.target


def test_the_record_rests_until_what_may_have_worked_on_the_same_database_is_fenced() -> None:
    known = ground().environment
    switching = Record(epoch=4, state="switching", active="region2", target="region1", case="c", database="region2")
    assert rests(known, STAY.back, switching)
    assert rests(known, STAY.back, None)
    taken = switching.taken(target="region2", case="c", head="-", database="region2", rests=True)
    assert (taken.state, taken.target) == ("resting", "region2")
    assert not rests(known, STAY.back, taken.repointed("-"))
    assert not rests(known, DBMS.back, replace(switching, state="resting"))
    again = taken.repointed("-").taken(target="region2", case="c", head="-", database="region2", rests=True)
    assert again.state == "switching"


def test_a_host_that_may_still_run_it_holds_up_the_start() -> None:
    silent = without(WORKING, FRAMEWORK["region1"][1], silent=True)
    (move,) = ABORT.whole(view(silent, STAY)).move_alias
    assert "r1-fw-p, r1-fw-b: not fenced" in failing(move.needs, view(silent, STAY), move)
    (last,) = [step for step in ABORT.whole(view(silent, STAY)).stop_confserv if step.host == "r1-fw-p"]
    assert any("r1-fw-b" in reason for reason in failing(last.needs, view(silent, STAY), last))
    assert ABORT.whole(view(silent, DBMS)).move_alias == ()


def test_two_frameworks_awake_on_one_database_break_a_rule() -> None:
    both = WORKING
    for place in FRAMEWORK["region2"]:
        both = both.set(place, running=frozenset({"scs"}))
    assert any(text.startswith("V7") for text in breaches(view(both, STAY)))
    whole = replace(STAY.back, undoes="full_failover")  # the other region's database is a standby: it works with none
    for undoes in ("full_failover", None):  # as journals have it that say nothing of halves
        assert not any(
            text.startswith("V7") for text in breaches(view(both, STAY, intent=replace(whole, undoes=undoes)))
        )


@pytest.mark.parametrize(
    ("known", "world", "switch", "says"),
    [
        (case(DBMS), DRAINED, DBMS, None),
        (case(STAY), WORKING, STAY, None),
        (
            case(DBMS, no_return=True),
            DRAINED,
            DBMS,
            "`gdr run reprotect lab --reason=...`, then move it back: `gdr run partial-failover lab --lost dbms",
        ),
        (case(STAY, no_return=True), WORKING, STAY, "--database stay --target region1 --mode planned"),
        (case(DBMS), DRAINED.set_database("region2", standby=False), DBMS, "r2-db: is primary: finish the switch"),
        (case(DBMS.back), DRAINED.set_database("region2", standby=False), DBMS, "--lost dbms --target region2"),
        (case(STAY), WORKING._replace(active="region1"), STAY, "region1 is active, the names have moved"),
        (case(replace(DBMS, mode="unplanned")), DRAINED, DBMS, "only a planned switch can be aborted"),
    ],
)
def test_the_point_of_no_return_is_the_promotion_of_the_one_and_the_names_of_the_other(
    known: Case, world: World, switch: Intent, says: str | None
) -> None:
    reasons = against(known, view(world, switch))
    assert bool(reasons) is (says is not None)
    assert says is None or says in reasons[0]


@pytest.mark.parametrize(
    ("world", "switch", "says"),
    [
        (without(DRAINED, SOURCE_DBMS, silent=True), DBMS, "--lost dbms --target region2 --mode unplanned"),
        (without(DRAINED, FRAMEWORK["region1"][0], silent=True), DBMS, "gdr run full-failover lab --target region2"),
        (without(WORKING, TARGET_DBMS, silent=True), STAY, "gdr run full-failover lab --target region1"),
        (
            without(WORKING, FRAMEWORK["region2"][0], silent=True),
            STAY,
            "--lost framework --database stay --target region1 --mode unplanned",
        ),
    ],
)
def test_what_is_lost_of_what_is_gone_back_to_is_given_up_as_the_switch_would_have(
    world: World, switch: Intent, says: str
) -> None:
    assert any(says in reason for reason in refusals(view(world, switch)))


def test_of_abort_and_point_of_no_return_the_first_recorded_is_done() -> None:
    moved = {"step": "move-names:ns1", "intent": asdict(STAY.back)}
    assert "no name moved, any more" in too_late(case(STAY.back), "act.before", moved)
    assert too_late(case(STAY), "act.before", moved) == ""
    assert "it cannot be aborted any more" in too_late(case(STAY, no_return=True), "intent.aborted", moved)


@pytest.mark.parametrize("switch", [DBMS, STAY])
def test_an_open_abort_becomes_what_its_switch_could_and_nothing_else(switch: Intent) -> None:
    unplanned, whole = replace(switch, mode="unplanned"), replace(switch, runbook="full_failover", home=None)
    assert not case(switch).clashes(switch.back)
    assert not case(switch.back).clashes(switch.back)
    assert not case(switch.back).clashes(unplanned)
    assert not case(switch.back).clashes(replace(whole, mode="unplanned"))
    assert case(switch.back).clashes(switch)
    assert case(switch).clashes(replace(switch.back, undoes="full_failover"))
    assert case(replace(switch, mode="unplanned")).clashes(switch.back)


def test_a_framework_may_come_back_without_proof_of_what_it_leaves() -> None:
    home = replace(STAY, mode="unplanned", home=None)
    assert home.framework == "region2"
    assert not case(STAY.back).clashes(home)
    assert not case(STAY).clashes(home)
    assert case(replace(STAY, mode="unplanned")).clashes(home)
    assert case(STAY).clashes(replace(home, target="region1"))
    assert case(STAY.back).clashes(replace(home, target="region1"))
    memory = Memory("planned", runbook="abort", undoes="framework_failover")
    assert list(given_up(WORKING, memory)) == [(STAY.runbook, "region1")], "a closed one is another case"
    for opened in (memory._replace(opened=True), Memory("planned", runbook="framework_failover", opened=True)):
        assert list(given_up(WORKING, opened)) == [(STAY.runbook, "region1"), (STAY.runbook, "region2")]
    assert list(given_up(WORKING, Memory("unplanned", runbook="framework_failover", opened=True))) == []
    assert list(given_up(DRAINED, memory._replace(undoes="dbms_failover"))) == [("dbms_failover", "region1")]


def test_the_way_there_and_back_is_one() -> None:
    for switch in (DBMS, STAY, replace(DBMS, home="region2"), replace(STAY, target="region1", home="region2")):
        there = replace(switch, home=None if switch.home == switch.target else switch.home)
        assert (there.back.forth, there.back.back, there.forth) == (there, there.back, there)
    assert (DBMS.back.target, DBMS.back.framework) == ("region1", "region1")
    assert (STAY.back.target, STAY.back.framework, STAY.back.moves_to) == ("region2", "region2", "region2")


def test_its_words_name_the_half() -> None:
    assert title("lab", DBMS.back).endswith("the database goes back to region1, the framework stays in region1")
    assert title("lab", STAY.back).endswith("the framework goes back to region2, the database stays in region2")
    assert reached(STAY.back).endswith("the framework in region2 as before, the switch is aborted")
    for switch in (DBMS, STAY):
        assert commands.run("lab", switch.back) == "gdr run partial-failover lab --abort '--reason=a test'"


def test_the_form_says_what_is_undone_and_who_is_fenced() -> None:
    text = "\n".join(taken_back(view(WORKING, STAY)))
    assert "Back to the framework in region2: its move to region1 is undone" in text
    assert "- Fence of r1-fw-p: not stopped yet: this run stops it" in text
    assert "level 2 (stopped" in "\n".join(taken_back(view(RESTING, STAY)))
    assert "Back to the database in region1: its move" in "\n".join(taken_back(view(DRAINED, DBMS)))


def test_the_gate_of_a_planned_move_names_the_point_until_which_it_goes_back() -> None:
    known = view(ground().together("region2")._replace(home="region1"), STAY, intent=STAY)
    left = list(runbooks.left(known).steps())
    assert "move-names ns1 (stage names) is that of an abort" in declare(known, case(STAY), left).text
    unplanned = replace(known, intent=replace(STAY, mode="unplanned"))
    text = declare(unplanned, case(unplanned.intent), list(runbooks.left(unplanned).steps())).text
    assert "Point of no return: none: no DBMS is promoted" in text
    assert "abort" not in text


def test_it_is_refused_where_nothing_is_open() -> None:
    assert abort.NONE_OPEN in against(None, view(DRAINED, DBMS))


def test_where_there_are_no_aliases_the_page_speaks_of_both_halves_only() -> None:
    bare = environment(("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", ""))
    assert "## region1 is gone back to, the framework of region2 alone" in abort_page(ground().environment)
    assert "the framework of region2 alone" not in abort_page(bare)
