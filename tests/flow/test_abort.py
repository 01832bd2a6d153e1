"""An abort takes the open switch over, asks, and is a straight list in the plan's order; of two, the first wins."""

from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import abort as runbook
from flows import full_failover
from flows.gate import Declined, gate
from model.errors import Overtaken, Unverified
from model.explore.effects import effect
from model.explore.sight import observe
from model.explore.turning import begun
from model.explore.world import World
from model.observation import Observation
from model.record import Record
from model.runbooks import ABORT, FULL_FAILOVER
from model.runbooks.abort import AbortPlan
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Intent, Mode
from model.view import View
from tasks import evidence
from tasks.run import Run, digest
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names
from tests.unit.model import logbook
from tests.unit.model.builders import ground, intent, remaining, steady
from tests.unit.model.logbook import BESIDE

FIELDS = tuple(each.name for each in fields(AbortPlan))
CASE = "lab-20261122T120000-region2"


def stopped_before(verb: str) -> World:
    """Return the world of an undisturbed switch just before its first step of a verb."""
    world = steady()
    for step in remaining(world, "planned"):
        if step.verb == verb:
            break
        world = effect(ground(), world, step)
    return world


def seen(world: World) -> Observation:
    """Return what is seen of it, with our case in the record."""
    found = observe(ground(), world)
    assert found.record is not None
    return replace(found, record=replace(found.record, case=CASE if found.record.is_switching else "-"))


def opened(mode: Mode = "planned", *acts: str) -> None:
    """Write the journal of an open switch that has begun these steps."""
    meant = asdict(intent(mode))
    evidence.append("lab", CASE, "a0", "case.opened", {"environment": "lab", "digest": digest("lab"), "intent": meant})
    for act in acts:
        evidence.append("lab", CASE, "a0", "act.before", {"step": act})


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, lambda: seen(stopped_before("promote")), runbook)
    monkeypatch.setattr(runbook, "ABORT", Fixed(plan_of_names(AbortPlan)))
    return found


async def aborted() -> State[str]:
    ended: Any = runbook.abort(environment="lab", reason="a test", beforehand=BEFOREHAND, return_state=True)
    state: State[str] = await ended
    return state


async def switched(mode: Mode = "planned") -> State[str]:
    ended: Any = full_failover.full_failover(
        environment="lab", target="region2", mode=mode, reason="a test", beforehand=BEFOREHAND, return_state=True
    )
    state: State[str] = await ended
    return state


def kinds() -> list[str]:
    return [entry.kind for entry in evidence.entries(CASE)]


async def test_every_line_of_the_plan_is_awaited_once_in_its_order(recorder: Recorder) -> None:
    opened("planned", "take-epoch:ns1", "drain:r1-db")
    state = await aborted()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    assert [line for line in recorder.lines if line.startswith("after ")] == [
        "after fence", "after database", "after framework", "after prove",
    ]  # fmt: skip
    assert "region1 is active as before, the switch is aborted. Report " in str(state.message)
    case = evidence.case_of(CASE)
    assert (case.intent.runbook, case.intent.target, case.outcome) == ("abort", "region1", "aborted")


async def test_every_line_is_given_to_the_act_of_its_verb(recorder: Recorder) -> None:
    opened("planned", "take-epoch:ns1")
    await aborted()
    back = Intent(runbook="abort", target="region1", mode="planned", reason="x", undoes="framework_failover")
    grounds = [logbook.ground(*edits) for edits in (BESIDE, [("dormant: stopped", "dormant: powered_off")] * 2)]
    views = [View(environment=known.environment, seen=observe(known, known.steady()), intent=back) for known in grounds]
    plans = [ABORT.whole(view) for view in views]
    verbs = {name: step.verb.replace("-", "_") for plan in plans for name in FIELDS for step in getattr(plan, name)}
    assert set(verbs) == set(FIELDS)
    assert {name: recorder.acts[name].removesuffix("_management_layer") for name in verbs} == verbs


async def test_the_case_goes_back_once_that_is_approved_and_not_before(recorder: Recorder) -> None:
    opened("planned", "take-epoch:ns1")
    await aborted()
    assert recorder.lines
    assert kinds().index("gate.answered") < kinds().index("intent.aborted")
    (asked,) = (entry for entry in evidence.entries(CASE) if entry.kind == "gate.asked")
    text = asked.data["text"]
    assert "Back to region1: the switch to region2 is undone" in text
    assert "May be lost: nothing: r2-db was not promoted" in text


async def test_without_a_switch_there_is_nothing_to_abort(recorder: Recorder) -> None:
    state = await aborted()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "no case is open: there is no switch to abort" in str(state.message)


async def test_a_switch_of_which_nothing_is_in_force_is_left_to_who_asked_for_it(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.install(monkeypatch, lambda: seen(steady()), runbook)
    opened()
    state = await aborted()
    assert (state.name, recorder.lines, evidence.case_of(CASE).outcome) == ("Refused", [], None)
    assert "nothing to take back: decline it where it asks, or run it again and decline: `gdr run" in str(state.message)
    assert "To go back instead" not in str(state.message)


async def test_an_unplanned_failover_is_not_aborted(recorder: Recorder) -> None:
    opened("unplanned", "take-epoch:ns1")
    state = await aborted()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "only a planned switch can be aborted: go on with it: `gdr run full-failover" in str(state.message)


async def test_a_promotion_that_was_begun_is_the_point_of_no_return_whatever_is_seen(recorder: Recorder) -> None:
    opened("planned", "take-epoch:ns1", "promote:r2-db")
    state = await aborted()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "its promotion, or the move of its names, was begun, and whether that took effect" in str(state.message)
    assert "finish the switch: `gdr run full-failover lab --target region2 --mode planned" in str(state.message)
    assert "`gdr run failback lab --target region1 --reason=...`" in str(state.message)
    assert "--abort" not in str(state.message)


async def test_a_promotion_that_begins_while_people_think_wins(recorder: Recorder) -> None:
    opened("planned", "take-epoch:ns1")
    evidence.append("lab", CASE, "a0", "act.before", {"step": "promote:r2-db"})
    with pytest.raises(Overtaken, match="it cannot be aborted any more"):
        evidence.append("lab", CASE, "a1", "intent.aborted", {"intent": asdict(intent("planned"))})
    assert recorder.lines == []


async def test_once_it_goes_back_an_older_process_promotes_nothing(recorder: Recorder) -> None:
    opened("planned", "take-epoch:ns1")
    recorder.fails["take_epoch"] = Unverified("nobody knows")
    assert (await aborted()).name == "Held"
    with pytest.raises(Overtaken, match="it is being aborted: nothing is promoted, and no name moved, any more"):
        evidence.append("lab", CASE, "a0", "act.before", {"step": "promote:r2-db"})
    evidence.append("lab", CASE, "a0", "act.before", {"step": "start:r1-db/dbms"})


async def test_a_process_of_the_switch_that_waited_at_its_gate_turns_no_abort_back(recorder: Recorder) -> None:
    """It observed before somebody else had the abort approved, and is answered only now."""
    opened("planned", "take-epoch:ns1")
    waiting = Run(environment="lab", case=CASE, attempt="a1", intent=intent("planned"))
    recorder.fails["take_epoch"] = Unverified("nobody knows")
    assert (await aborted()).name == "Held"
    before = kinds()
    with pytest.raises(Overtaken, match="it is planned abort to region1 by now: another process has taken it over"):
        await gate(FULL_FAILOVER, waiting, seen(stopped_before("promote")), None)
    with pytest.raises(Overtaken, match="by now: another process has taken it over"):
        evidence.record(waiting, "intent.escalated", intent=asdict(intent("planned")))
    assert kinds() == before


async def test_the_switch_is_refused_while_it_goes_back_with_both_commands(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("planned", "take-epoch:ns1")
    recorder.fails["start_lca"] = Unverified("r1-fw-p: nobody knows")
    held = await aborted()
    assert (held.name, "go on with `gdr run full-failover lab --abort" in str(held.message)) == ("Held", True)
    recorder.install(monkeypatch, lambda: seen(stopped_before("promote")), full_failover)
    state = await switched()
    assert state.name == "Refused"
    assert "continue it with `gdr run full-failover lab --abort '--reason=a test'`" in str(state.message)
    assert "afterwards `gdr run full-failover lab --target region2 --mode planned" in str(state.message)
    recorder.fails.clear()
    recorder.install(monkeypatch, lambda: seen(stopped_before("promote")), runbook)
    assert (await aborted()).name == "Completed"
    assert (kinds().count("gate.answered"), kinds().count("intent.aborted")) == (1, 1)


async def test_a_source_that_is_lost_meanwhile_is_given_up_in_the_same_case(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("planned", "take-epoch:ns1")
    recorder.fails["start_lca"] = Unverified("r1-fw-p: nobody knows")
    await aborted()
    recorder.fails.clear()
    recorder.install(monkeypatch, lambda: seen(stopped_before("promote")), full_failover)
    monkeypatch.setattr(full_failover, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    assert (await switched("unplanned")).name == "Completed"
    assert FULL_FAILOVER.plan is FullFailoverPlan
    case = evidence.case_of(CASE)
    assert (case.intent.runbook, case.intent.mode, case.intent.target) == ("full_failover", "unplanned", "region2")
    assert [kind for kind in kinds() if kind.startswith("intent.")] == ["intent.aborted", "intent.escalated"]
    assert kinds().count("sample.declared") == 1, "the source has written since the switch was declared"


async def test_a_held_switch_names_the_way_back_until_its_promotion_is_begun(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.install(monkeypatch, lambda: seen(stopped_before("promote")), full_failover)
    monkeypatch.setattr(full_failover, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    opened("planned", "take-epoch:ns1")
    recorder.fails["drain"] = Unverified("nobody knows")
    way = "To go back instead, while nothing is promoted: `gdr run full-failover lab --abort --reason=...`"
    held = await switched()
    assert (held.name, way in str(held.message), "deployment abort" in str(held.message)) == ("Held", True, True)
    evidence.append("lab", CASE, "a0", "act.before", {"step": "promote:r2-db"})
    assert "--abort" not in str((await switched()).message)


async def test_a_framework_that_moves_alone_goes_back_by_the_same_lines_until_its_names_are_moved(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = Intent(runbook="framework_failover", target="region2", mode="planned", reason="test", home="region1")
    world = next(each.world for each in begun(ground()) if each.name.startswith("framework_failover start:r1-fw-p/scs"))
    recorder.install(monkeypatch, lambda: seen(world), runbook)
    data = {"environment": "lab", "digest": digest("lab"), "intent": asdict(stay)}
    evidence.append("lab", CASE, "a0", "case.opened", data)
    recorder.fails["move_alias"] = Unverified("nobody knows")
    held = await aborted()
    assert (held.name, "go on with `gdr run partial-failover lab --abort" in str(held.message)) == ("Held", True)
    with pytest.raises(Overtaken, match="nothing is promoted, and no name moved, any more"):
        evidence.append("lab", CASE, "a0", "act.before", {"step": "move-names:ns1"})
    recorder.fails.clear()
    state = await aborted()
    assert state.name == "Completed", state.message
    case = evidence.case_of(CASE)
    assert (case.intent, case.outcome) == (replace(stay.back, reason="a test"), "aborted")
    assert "the database is in region2, the framework in region2 as before" in str(state.message)


async def test_a_declined_abort_leaves_what_is_lost_to_its_refusal(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which command gives up what is lost depends on the half that moves: only the refusal knows."""
    opened("planned", "take-epoch:ns1")
    recorder.fails["start_lca"] = Unverified("nobody knows")
    await aborted()
    recorder.fails.clear()

    async def declines(*_: object) -> None:
        raise Declined("bob declined: seen")

    monkeypatch.setattr(runbook, "gate", declines)
    monkeypatch.setattr("flows.ending.observe.record", record)
    state = await aborted()
    said = str(state.message)
    assert (state.name, "it is refused, and names the command without that" in said) == ("Held", True), said


async def record(_known: object) -> tuple[Record | None, str]:
    return seen(stopped_before("promote")).record, ""
