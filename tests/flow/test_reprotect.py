"""The ways back: reprotect is a straight list in the plan's order; failback is three cases, each found done or done."""

from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import failback as way_back
from flows import full_failover
from flows import reprotect as runbook
from model.environment.document import RegionKey
from model.errors import Refused, Unverified
from model.explore.ground import Ground
from model.explore.nature import settle
from model.explore.power import power_off
from model.explore.sight import observe
from model.explore.world import EVERYWHERE
from model.observation import Observation
from model.record import Record
from model.runbooks import REPROTECT
from model.runbooks.full_failover import FullFailoverPlan
from model.runbooks.reprotect import ReprotectPlan
from model.step import Mode
from tasks import cases, evidence
from tasks.cases import NotNeeded
from tasks.run import digest, environment
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names
from tests.unit.model import logbook
from tests.unit.model.logbook import BESIDE
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
    grounds = (BESIDE, (("dormant: stopped", "dormant: powered_off"),) * 2)
    others = [logbook.view(logbook.ground(*edits).after_switchover(), edits=edits) for edits in grounds]
    plans = (plan, *[REPROTECT.whole(replace(known, intent=INTENT)) for known in others])
    verbs = {name: step.verb.replace("-", "_") for one in plans for name in FIELDS for step in getattr(one, name)}
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


@pytest.mark.parametrize("error", [Unverified("r1-db: nobody knows"), ValueError("not foreseen")])
async def test_a_reprotect_that_is_held_says_the_way_on_and_the_way_out(recorder: Recorder, error: Exception) -> None:
    recorder.fails["follow"] = error
    way_out = "To leave it: swap the record to steady by hand (last update of docs/runbooks/reprotect.md), decline."
    assert way_out not in str((await reprotected()).message), "nothing was begun"
    (case,) = evidence.cases("lab")
    evidence.append("lab", case.name, "a1", "act.before", {"step": "take-epoch:ns1"})
    state = await reprotected()
    assert (state.name, way_out in str(state.message)) == ("Held", True)
    assert "then go on with `gdr run reprotect lab" in str(state.message)


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
        *("planned to region1", "region1 is protected"),
    ]


def test_a_case_is_gone_on_with_while_it_is_open() -> None:
    assert not cases.goes_on_with("lab", "reprotect")
    opened = {"environment": "lab", "digest": "", "intent": {"runbook": "reprotect", "target": INTENT.target}}
    opened["intent"] |= {"mode": "planned", "reason": "test"}  # type: ignore[operator]
    evidence.append("lab", "lab-1", "a1", "case.opened", opened)
    assert cases.goes_on_with("lab", "reprotect")
    assert not cases.goes_on_with("lab", "full_failover")


def opened_reprotect() -> None:
    opened = {"environment": "lab", "digest": digest("lab"), "intent": asdict(INTENT)}
    evidence.append("lab", "lab-0", "a0", "case.opened", opened)


async def failed_over(monkeypatch: pytest.MonkeyPatch, mode: Mode = "unplanned") -> State[str]:
    recorder = Recorder()
    recorder.install(monkeypatch, active_region_lost, full_failover)
    monkeypatch.setattr(full_failover, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    ended: Any = full_failover.full_failover(
        environment="lab", target="region1", mode=mode, reason="a test", beforehand=BEFOREHAND, return_state=True
    )
    state: State[str] = await ended
    return state


def active_region_lost() -> Observation:
    """Return what is seen when region 2 is lost while region 1 follows it and the reprotect is not closed yet."""
    mirrored = Ground(environment("lab"), "region1")
    steady = mirrored.steady()
    for place in (place for place in EVERYWHERE if place.region == "region2"):
        steady = settle(power_off(steady, place))
    seen = observe(mirrored, steady)
    record = Record(epoch=7, state="switching", active="region2", target="region2", case="lab-0")
    return replace(seen, record=record)


async def test_the_loss_of_the_active_region_ends_a_reprotect_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may stand before a lost region with a case that can be neither finished nor closed."""
    opened_reprotect()
    state = await failed_over(monkeypatch)
    assert state.name == "Completed", state.message
    assert evidence.case_of("lab-0").outcome == "superseded"
    assert {case.outcome for case in evidence.cases("lab")} == {"superseded", "reached"}


async def test_an_emergency_killed_after_it_has_ended_a_reprotect_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    opened_reprotect()
    evidence.append("lab", "lab-0", "a0", "case.closed", {"outcome": evidence.SUPERSEDED})
    assert (await failed_over(monkeypatch)).name == "Completed"


async def test_a_planned_switchover_ends_no_reprotect(monkeypatch: pytest.MonkeyPatch) -> None:
    opened_reprotect()
    state = await failed_over(monkeypatch, "planned")
    assert (state.name, evidence.case_of("lab-0").outcome) == ("Refused", None)
    assert "case lab-0 is open: continue it with `gdr run reprotect lab" in str(state.message)
