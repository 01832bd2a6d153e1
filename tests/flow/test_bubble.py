"""A bubble and its discard are straight lists in the plan's order; what was begun as one may be ended by the other."""

from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import bubble as runbook
from flows import drill as drills
from model.errors import Unverified
from model.observation import Observation
from model.readiness.line import Line
from model.runbooks import BUBBLE, DISCARD
from model.runbooks.bubble import BubblePlan
from model.runbooks.discard import DiscardPlan
from model.step import Verb
from tasks import evidence, readiness
from tasks.run import digest
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names
from tests.unit.model.steady import RECORD
from tests.unit.model.test_bubble import CASE, INTENT, TOUCHING, Change, at, before, record, view

STAGES = ["after fence", "after database", "after framework", "after prove"]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    async def ready(_name: str) -> tuple[Line, ...]:
        return ()

    async def active(_name: str) -> str:
        return "region1"

    found = Recorder()
    found.install(monkeypatch, before, runbook)
    monkeypatch.setattr(runbook, "BUBBLE", Fixed(plan_of_names(BubblePlan)))
    monkeypatch.setattr(runbook, "DISCARD", Fixed(plan_of_names(DiscardPlan)))
    monkeypatch.setattr(readiness, "judge", ready)
    monkeypatch.setattr(drills, "active", active)
    return found


def apart(seen: Observation) -> Observation:
    """Return what is seen where framework and database are in two regions."""
    return replace(seen, record=replace(RECORD, database="region2"))


async def drilled() -> State[str]:
    ended: Any = drills.drill(
        environment="lab", kind="bubble", reason="a test", beforehand=BEFOREHAND, return_state=True
    )
    state: State[str] = await ended
    return state


async def discarded() -> State[str]:
    ended: Any = runbook.discard(environment="lab", reason="a test", beforehand=BEFOREHAND, return_state=True)
    state: State[str] = await ended
    return state


def done(recorder: Recorder) -> list[str]:
    return [line for line in recorder.lines if not line.startswith("after ")]


async def test_every_line_of_the_plan_is_awaited_once_in_its_order(recorder: Recorder) -> None:
    state = await drilled()
    assert (state.name, str(state.message).startswith("bubble drill: ")) == ("Completed", True), state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == [
        each.name for each in fields(BubblePlan)
    ]
    assert [line for line in recorder.lines if line.startswith("after ")] == STAGES
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.intent.target, case.outcome) == ("bubble", "region1", "reached")


async def test_every_line_is_given_to_the_act_of_its_verb(recorder: Recorder) -> None:
    await drilled()
    acts = {
        each.name: step.verb.replace("-", "_")
        for each in fields(BubblePlan)
        for step in getattr(BUBBLE.whole(view(before())), each.name)
    }
    assert {name: recorder.acts[name] for name in acts} == {**acts, "message_servers": "await_management_layer"}


async def test_a_bubble_that_was_begun_is_ended_by_a_discard_of_the_same_case(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"environment": "lab", "digest": digest("lab"), "intent": asdict(INTENT)}
    evidence.append("lab", CASE, "a1", "case.opened", told)
    evidence.append("lab", CASE, "a1", "act.before", {"step": "take-epoch:ns1", "facts": {}})
    recorder.install(monkeypatch, lambda: record(at(Verb.START, "scs")[0], "drill"), runbook)
    state = await discarded()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == [
        each.name for each in fields(DiscardPlan)
    ]
    verbs = {
        each.name: step.verb.replace("-", "_")
        for each in fields(DiscardPlan)
        for step in getattr(DISCARD.whole(view(before())), each.name)
    }
    assert {name: recorder.acts[name] for name in verbs} == verbs
    (case,) = evidence.cases("lab")
    assert (case.name, case.intent.runbook, case.outcome) == (CASE, "discard", "reached")


async def test_where_no_bubble_is_left_there_is_nothing_to_discard(recorder: Recorder) -> None:
    state = await discarded()
    assert (state.name, recorder.lines) == ("Not needed", [])
    assert state.message == "nothing of a bubble is left in region2: nothing to do"


@pytest.mark.parametrize(
    ("change", "said"),
    [*TOUCHING, (apart, "region1 is active, its database in region2: a bubble is made beside region1")],
)
async def test_a_bubble_that_could_touch_production_is_refused_and_nothing_is_done(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, change: Change, said: str
) -> None:
    recorder.install(monkeypatch, lambda: change(before()), runbook)
    recorder.bars(monkeypatch)
    state = await drilled()
    assert (state.name, recorder.lines, evidence.cases("lab")) == ("Refused", [], ()), state.message
    assert said in str(state.message)


async def test_walls_that_leak_let_nothing_be_copied_or_started(recorder: Recorder) -> None:
    recorder.fails["try_walls"] = Unverified("r2-fw-p: its walls leak: it reaches 198.18.0.53:53")
    state = await drilled()
    assert (state.name, recorder.lines) == ("Held", ["take_epoch", "raise_walls", "try_walls"])
    assert "its walls leak: it reaches 198.18.0.53:53" in str(state.message)
    assert "go on with `gdr run drill lab --kind bubble " in str(state.message)
