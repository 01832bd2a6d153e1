"""The ways back: reprotect is a straight list in the plan's order; failback is three cases, each found done or done."""

from dataclasses import fields
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import failback as way_back
from flows import reprotect as runbook
from model.environment.document import RegionKey
from model.errors import Refused
from model.observation import Observation
from model.runbooks import REPROTECT
from model.runbooks.reprotect import ReprotectPlan
from tasks import cases, evidence
from tasks.cases import NotNeeded
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names
from tests.unit.model.test_reprotect import INTENT, protected, switched, view

FIELDS = tuple(each.name for each in fields(ReprotectPlan))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, lambda: view(switched()).seen, runbook)
    monkeypatch.setattr(runbook, "REPROTECT", Fixed(plan_of_names(ReprotectPlan)))
    return found


async def reprotected() -> State[str]:
    ended: Any = runbook.reprotect(environment="lab", reason="a test", beforehand=BEFOREHAND, return_state=True)
    state: State[str] = await ended
    return state


async def test_every_line_of_the_plan_is_awaited_once_in_its_order(recorder: Recorder) -> None:
    state = await reprotected()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    assert [line for line in recorder.lines if line.startswith("after ")] == [
        "after fence", "after database", "after prove",
    ]  # fmt: skip
    assert "region1 follows region2. Report " in str(state.message)
    (case,) = evidence.cases("lab")
    assert (case.intent.target, case.outcome) == ("region2", "reached")


async def test_every_line_is_given_to_the_act_of_its_verb(recorder: Recorder) -> None:
    await reprotected()
    plan = REPROTECT.whole(view(switched()))
    verbs = {name: step.verb.replace("-", "_") for name in FIELDS for step in getattr(plan, name)}
    assert set(verbs) == set(FIELDS)
    assert {name: recorder.acts[name] for name in verbs} == verbs


async def test_a_region_that_follows_already_is_left_alone(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.install(monkeypatch, lambda: view(protected()).seen, runbook)
    state = await reprotected()
    assert (state.name, state.message) == ("Not needed", "region1 follows region2 already: nothing to do")
    assert (recorder.lines, evidence.cases("lab")) == ([], ())


async def test_without_the_record_nobody_knows_which_region_is_active(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.install(monkeypatch, lambda: Observation(at=0.0, record_fault="ns1 is silent"), runbook)
    state = await reprotected()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "which region is active is not known: ns1 is silent" in str(state.message)


class Parts:
    """The parts of a failback: what was asked of them, and where that left the environment."""

    def __init__(self) -> None:
        self.active: RegionKey = "region2"
        self.done: set[str] = set()
        self.fails: str = ""
        self.asked: list[str] = []

    async def protect(self, *_: Any) -> str:
        return self._part(f"{self.active} is protected")

    async def fail_over(self, _name: str, target: RegionKey, mode: str, *_: Any) -> str:
        said = self._part(f"{mode} to {target}")
        self.active = target
        return said

    def _part(self, what: str) -> str:
        self.asked.append(what)
        if what == self.fails:
            raise Refused("not yet")
        if what in self.done:
            raise NotNeeded("nothing to do")
        self.done.add(what)
        return what


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    found = Parts()

    async def active(_name: str) -> RegionKey:
        return found.active

    monkeypatch.setattr(way_back, "active", active)
    monkeypatch.setattr(way_back, "protect", found.protect)
    monkeypatch.setattr(way_back, "fail_over", found.fail_over)
    return found


async def back(target: RegionKey = "region1") -> State[str]:
    ended: Any = way_back.failback(environment="lab", target=target, reason="a test", return_state=True)
    state: State[str] = await ended
    return state


async def test_a_failback_protects_switches_and_protects_again(parts: Parts) -> None:
    state = await back()
    assert (state.name, state.message) == ("Completed", "region1 is protected")
    assert parts.asked == ["region2 is protected", "planned to region1", "region1 is protected"]


async def test_what_is_done_is_found_done(parts: Parts) -> None:
    parts.fails = "planned to region1"
    assert (await back()).name == "Refused"
    parts.fails = ""
    assert (await back()).name == "Completed"
    assert parts.asked[2:] == ["region2 is protected", "planned to region1", "region1 is protected"]
    assert (await back()).name == "Not needed"


async def test_a_switchover_that_is_open_is_gone_on_with(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "goes_on_with", lambda _name, runbook: runbook == "full_failover")
    assert (await back()).name == "Completed"
    parts.active = "region1"
    assert (await back()).name == "Not needed"
    assert parts.asked == [
        *("planned to region1", "region1 is protected"),
        *("planned to region1",),
    ]


def test_a_case_is_gone_on_with_while_it_is_open() -> None:
    assert not cases.goes_on_with("lab", "reprotect")
    opened = {"environment": "lab", "digest": "", "intent": {"runbook": "reprotect", "target": INTENT.target}}
    opened["intent"] |= {"mode": "planned", "reason": "test"}  # type: ignore[operator]
    evidence.append("lab", "lab-1", "a1", "case.opened", opened)
    assert cases.goes_on_with("lab", "reprotect")
    assert not cases.goes_on_with("lab", "full_failover")
