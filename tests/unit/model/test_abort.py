"""Going back from a planned switch: allowed until its promotion was begun, and only by what is seen."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from model import commands
from model.case import Case, too_late
from model.conditions import failing
from model.declaration import declare
from model.explore.bubble import CASE
from model.explore.conformance import violations
from model.explore.effects import effect
from model.explore.goal import wrong_end
from model.explore.hazards import hazards
from model.explore.nature import caught_up
from model.explore.quest import Memory
from model.explore.sight import observe
from model.explore.world import World
from model.judgement import abort, against, done, refusals
from model.report.facts import report
from model.report.markdown import page
from model.runbooks import ABORT
from model.step import Intent, Step
from model.taken_back import taken_back
from model.view import View
from model.words import reached, title
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, TARGET_DBMS, ground, intent, remaining, steady, without
from tests.unit.model.test_conformance import Line, acted, journal, observed

BACK = Intent(runbook="abort", target="region1", mode="planned", reason="a test", undoes="full_failover")
LINES = [
    "take-epoch:ns1",
    "start:r1-db/dbms",
    "open-database:r1-db",
    "open-replication:r2-db",
    "start:r1-fw-p/lca",
    "start:r1-fw-b/lca",
    "start:r1-fw-p/confserv",
    "start:r1-fw-b/confserv",
    "start:r1-fw-p/scs",
    "start:r1-fw-b/scs",
    "await:r1-fw-p/message_server",
    "await:r1-fw-b/message_server",
]


def stopped_before(verb: str) -> World:
    """Return the world of an undisturbed switch just before its first step of a verb."""
    world = steady()
    for step in remaining(world, "planned"):
        if step.verb == verb:
            return world
        world = effect(ground(), world, step)
    raise AssertionError(verb)


def turned(world: World) -> World:
    return world._replace(home="region1", turned=True)


def view(world: World, **changes: Any) -> View:
    known: dict[str, Any] = {"case": CASE} | changes
    return View(environment=ground().environment, seen=observe(ground(), world), intent=BACK, **known)


def case(**changes: Any) -> Case:
    known: dict[str, Any] = {"name": CASE, "opened_at": 0.0, "environment": "lab", "digest": "", "begun": True}
    return Case(**{**known, "intent": intent("planned"), **changes})


def walked(world: World) -> list[tuple[World, Step, World]]:
    """Return every step of an undisturbed abort with the worlds before and after it."""
    back, found = ground().going_back("region1"), []
    for step in ABORT.left(view(world)).steps():
        after = effect(back, world, step)
        if failing(step.proves, view(after, epoch=after.epoch), step):
            after = caught_up(after)
        found.append((world, step, after))
        world = after
    return found


def test_it_undoes_what_was_done_in_the_vendors_order_and_stops_nothing() -> None:
    left = [step.id for step in ABORT.left(view(turned(stopped_before("promote")))).steps()]
    assert left[: len(LINES)] == LINES
    assert left[-1] == "steady:ns1"
    assert not [step for step in left if step.startswith(("stop", "promote", "move-names"))]


def test_a_switch_that_has_stopped_nothing_yet_is_left_by_its_record_alone() -> None:
    world = turned(effect(ground(), steady(), remaining(steady(), "planned")[0]))
    left = [step.id for step in ABORT.left(view(world)).steps()]
    assert left == ["take-epoch:ns1", "close-database:r1-db", "canary:r1-db", "steady:ns1"]


def test_it_ends_where_the_switch_began() -> None:
    end = walked(turned(stopped_before("promote")))[-1][2]
    assert done(view(end))
    assert (end.active, end.names, end.state, end.data) == ("region1", "region1", "steady", "region1")
    assert end.database("region2") == steady().database("region2")
    assert end.database("region1").blocked == frozenset(FRAMEWORK["region2"])


def test_the_old_database_is_not_started_beside_one_that_was_promoted() -> None:
    world = turned(stopped_before("promote"))
    step = next(one for one in ABORT.left(view(world)).steps() if one.id == LINES[1])
    back = ground().going_back("region1")
    assert not hazards(back, world, step, "planned", frozenset())
    (said,) = hazards(back, world.set_database("region2", standby=False), step, "planned", frozenset())
    assert said == "start:r1-db/dbms: started as a primary beside one that was promoted"


def test_whom_the_standby_shuts_out_must_be_known() -> None:
    known = view(turned(stopped_before("promote")))
    (step,) = ABORT.left(known).let_in
    blind = replace(known.seen.hosts["r2-db"], torn=frozenset({5432}))
    unknown = replace(known, seen=replace(known.seen, hosts={**known.seen.hosts, "r2-db": blind}))
    assert failing(step.proves, unknown, step) == ("r2-db: whom its rules shut out of 5432/tcp is unknown",)


def test_a_run_of_it_conforms_and_one_that_promotes_does_not() -> None:
    stopped = stopped_before("promote")
    lines = [observed(stopped), ("intent.aborted", {"intent": {**vars_of(BACK)}}), observed(stopped)]
    for before, step, after in walked(turned(stopped)):
        lines += [*acted(before, step, after), observed(after)]
    assert violations(ground().environment, journal("planned", lines)) == ()
    promoted = stopped.set_database("region2", standby=False)
    found = violations(ground().environment, journal("planned", [*lines[:3], observed(promoted)]))
    assert any("region2: standby is False" in text for text in found)


def vars_of(meant: Intent) -> dict[str, Any]:
    names = ("runbook", "target", "mode", "reason", "home", "undoes")
    return {name: getattr(meant, name) for name in names}


@pytest.mark.parametrize(
    ("known", "world", "says"),
    [
        (case(), stopped_before("promote"), None),
        (
            case(no_return=True),
            stopped_before("promote"),
            "its promotion, or the move of its names, was begun, and whether that took effect",
        ),
        (case(intent=intent("unplanned")), stopped_before("promote"), "only a planned switch can be aborted"),
        (case(), steady(), "nothing of it is in force"),
        (case(), stopped_before("promote").set_database("region2", standby=False), "r2-db: is primary: finish"),
        (case(intent=BACK), stopped_before("promote"), None),
        (
            case(intent=BACK),
            stopped_before("promote").set_database("region2", standby=False),
            "`gdr run full-failover lab --target region2 --mode unplanned",
        ),
        (case(), stopped_before("promote")._replace(active="region2"), "region2 is active, the names have moved"),
        (None, steady(), "no case is open"),
    ],
)
def test_its_own_records_and_the_point_of_no_return_decide(known: Case | None, world: World, says: str | None) -> None:
    reasons = against(known, view(world))
    assert bool(reasons) is (says is not None)
    assert says is None or says in reasons[0]


def test_other_runbooks_are_judged_by_what_is_seen_alone() -> None:
    assert against(None, replace(view(steady()), intent=intent("planned"))) == ()


@pytest.mark.parametrize(
    ("world", "says"),
    [
        (without(stopped_before("promote"), TARGET_DBMS, silent=True), "whether it was promoted is not known"),
        (
            without(stopped_before("promote"), SOURCE_DBMS, silent=True),
            "r1-db: does not answer: nothing works without it",
        ),
        (
            without(stopped_before("promote"), FRAMEWORK["region1"][0], silent=True),
            "`gdr run full-failover lab --target region2 --mode unplanned",
        ),
        (without(stopped_before("promote"), SOURCE_DBMS, TARGET_DBMS), "whether it was the primary is not known"),
        (stopped_before("promote").set_database("region1", standby=True), "r1-db: is a standby"),
    ],
)
def test_what_is_not_seen_is_not_taken_for_harmless(world: World, says: str) -> None:
    assert any(says in reason for reason in refusals(view(world)))


def test_a_region_without_power_is_woken() -> None:
    world = without(stopped_before("promote"), SOURCE_DBMS, *FRAMEWORK["region1"])
    assert refusals(view(turned(world))) == ()
    left = [step.id for step in ABORT.left(view(turned(world))).steps()]
    assert {"power-on:r1-db", "power-on:r1-fw-p", "power-on:r1-fw-b"} <= set(left)


def test_the_form_says_how_it_stands_in_the_end() -> None:
    known = view(turned(stopped_before("promote")))
    assert "region2 sleeps behind its guard, r2-db follows." in "\n".join(taken_back(known))
    silent = view(turned(without(stopped_before("promote"), TARGET_DBMS)))
    assert "not seen to follow now" in "\n".join(taken_back(silent))


@pytest.mark.parametrize(
    ("known", "kind", "step", "late"),
    [
        (case(no_return=True), "intent.aborted", "", True),
        (case(), "intent.aborted", "", False),
        (case(intent=BACK), "intent.aborted", "", False),
        (case(intent=intent("unplanned")), "intent.aborted", "", True),
        (case(intent=BACK), "act.before", "promote:r2-db", True),
        (case(intent=BACK), "act.before", "start:r1-db/dbms", False),
        (case(), "act.before", "promote:r2-db", False),
        (None, "act.before", "promote:r2-db", False),
    ],
)
def test_of_abort_and_promotion_the_first_recorded_is_done(
    known: Case | None,
    kind: str,
    step: str,
    late: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    assert bool(too_late(known, kind, {"step": step, "intent": asdict(BACK)})) is late


def test_who_set_out_for_what_the_case_no_longer_is_turns_it_no_more() -> None:
    planned, unplanned = asdict(intent("planned")), asdict(intent("unplanned"))
    taken = "another process has taken it over"
    assert taken in too_late(case(intent=BACK), "intent.escalated", {"intent": planned})
    assert taken in too_late(case(intent=intent("unplanned")), "intent.escalated", {"intent": planned})
    assert too_late(case(intent=BACK), "intent.escalated", {"intent": unplanned}) == ""


def test_an_open_abort_goes_on_as_itself_and_gives_up_only_the_region_it_goes_back_to() -> None:
    unplanned = intent("unplanned")
    assert not case().clashes(BACK)
    assert not case(intent=BACK).clashes(BACK)
    assert not case(intent=BACK).clashes(unplanned)
    assert case(intent=BACK).clashes(intent("planned"))
    assert case(intent=BACK).clashes(replace(unplanned, target="region1"))
    assert case().clashes(replace(BACK, target="region2"))
    assert case(intent=replace(BACK, runbook="reprotect")).clashes(BACK)
    assert abort.against(case(intent=replace(BACK, runbook="reprotect")), view(steady()))


def test_its_words_name_what_goes_back_to_where() -> None:
    assert title("lab", BACK) == "Abort of the switch of lab: back to region1, region2 follows on"
    assert reached(BACK) == "region1 is active as before, the switch is aborted"
    assert (BACK.back, intent("planned").back) == (BACK, replace(BACK, reason="test"))
    assert BACK.forth == replace(intent("planned"), reason="a test")
    assert commands.run("lab", BACK) == "gdr run full-failover lab --abort '--reason=a test'"
    assert commands.failback("lab", "region1", "x") == "gdr run failback lab --target region1 --reason=x"


def test_the_gate_shows_it_and_no_bound_is_a_loss() -> None:
    known = view(turned(stopped_before("promote")))
    shown = declare(known, case(), ABORT.left(known).steps())
    assert "Back to region1: the switch to region2 is undone" in shown.text
    assert (shown.bounds.loss_changes, shown.bounds.waived, dict(shown.levels)) == (0, frozenset(), {})


def test_commits_must_return_before_a_primary_is_started() -> None:
    (step,) = ABORT.whole(view(turned(stopped_before("promote")))).start_primary
    hung = steady()._replace(waits=frozenset({"region1"}))
    assert failing(("commits_return",), view(steady()), step) == ()
    assert failing(("commits_return",), view(hung), step) == ()
    (reason,) = failing(("commits_return",), view(hung._replace(fallen=True)), step)
    assert reason == "r1-db: commits wait for synchronous_standby_names = 'lost_standby', and nobody streams"


def test_its_canary_is_a_row_of_its_own_that_proves_no_later_promotion() -> None:
    world = steady()._replace(returned=True)
    assert view(world).canary == f"{CASE}/abort"
    (step,) = ABORT.whole(view(world)).canary
    assert failing(("canary_committed",), view(world), step) == ()
    unplanned = replace(view(world), intent=intent("unplanned"))
    assert failing(("canary_committed",), unplanned, step)


def test_the_report_says_that_it_was_taken_back() -> None:
    lines: list[Line] = [("intent.aborted", {"intent": vars_of(BACK)}), ("case.closed", {"outcome": "aborted"})]
    text = page(report(journal("planned", lines), ground().environment.objectives))
    assert text.splitlines()[0] == f"# {title('lab', BACK)}: ABORTED"
    assert "Taken back: nothing was promoted, no name has moved; what was to move is where it was" in text
    assert "RTO" not in text


def test_a_block_that_is_left_standing_is_a_wrong_end() -> None:
    end = walked(turned(stopped_before("promote")))[-1][2]
    back, memory = ground().going_back("region1"), Memory("planned", runbook="abort")
    assert wrong_end(back, end, memory, untouched=True) == ()
    shut = end.set_database("region2", blocked=end.database("region2").blocked | {SOURCE_DBMS})
    (text,) = wrong_end(back, shut, memory, untouched=True)
    assert "the block that was to keep the source out of the survivor stands" in text
