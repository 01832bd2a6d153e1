"""The return guard is a straight list in the plan's order; it asks nobody and stands back while a case is open."""

import re
from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import return_guard as runbook
from model.runbooks import RETURN_GUARD
from model.runbooks.return_guard import ReturnGuardPlan
from tasks import evidence
from tasks.framework import act as framework
from tasks.run import digest
from tests.flow.recorders import Fixed, Recorder, plan_of_names
from tests.unit.model import logbook
from tests.unit.model.logbook import BESIDE
from tests.unit.model.test_return_guard import FAILOVER, INTENT, forced, returned, view

FIELDS = tuple(each.name for each in fields(ReturnGuardPlan))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, lambda: view(forced()).seen, runbook)
    monkeypatch.setattr(framework, "arrival", nothing)
    monkeypatch.setattr(runbook, "RETURN_GUARD", Fixed(plan_of_names(ReturnGuardPlan)))
    return found


async def nothing(*_: Any) -> None:
    return None


async def guarded() -> State[str]:
    ended: Any = runbook.return_guard("lab", return_state=True)
    state: State[str] = await ended
    return state


async def test_every_line_is_awaited_once_in_its_order_and_nobody_is_asked(recorder: Recorder) -> None:
    state = await guarded()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    assert "region1 is kept out. Report " in str(state.message)
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.outcome, case.rounds, case.approvals) == ("return_guard", "reached", 0, ())
    assert ("r1-app-p", "did not answer") not in case.debts


async def test_every_line_is_given_to_the_act_of_its_verb(recorder: Recorder) -> None:
    await guarded()
    owed = frozenset({"r1-app-p", "r2-app-p", "r2-app-b", "fwd"})
    plan = RETURN_GUARD.whole(view(forced(), owed=owed, lossy=True))
    runs = logbook.ground(*BESIDE).steady()  # region 1 works: what is given up is seen to run
    plans = (plan, RETURN_GUARD.whole(replace(logbook.view(runs, edits=BESIDE), intent=INTENT)))
    verbs = {name: step.verb.replace("-", "_") for one in plans for name in FIELDS for step in getattr(one, name)}
    assert set(verbs) == set(FIELDS)
    assert {name: recorder.acts[name] for name in verbs} == verbs


async def test_where_nothing_does_harm_nothing_is_done(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.install(monkeypatch, lambda: view(returned("switched over")).seen, runbook)
    assert (await guarded()).name == "Not needed"
    assert (recorder.lines, evidence.cases("lab")) == ([], ())


async def test_a_scheduled_guard_leaves_alone_what_is_at_work_and_a_person_need_not_wait(recorder: Recorder) -> None:
    opened = {"environment": "lab", "digest": digest("lab"), "intent": asdict(INTENT)}
    evidence.append("lab", "lab-1-GUARD", "a1", "case.opened", opened)
    state = await guarded()
    assert state.name == "Not needed"
    assert re.search(r"case lab-1-GUARD: its newest record is \d+ s old: left alone", str(state.message))
    assert recorder.lines == []
    ended: Any = runbook.return_guard("lab", "I want it now", return_state=True)
    assert (await ended).name == "Completed"
    assert recorder.lines


async def test_a_guards_case_of_another_environment_file_is_begun_anew(recorder: Recorder) -> None:
    opened = {"environment": "lab", "digest": "of another file", "intent": asdict(INTENT)}
    evidence.append("lab", "lab-1-GUARD", "a1", "case.opened", opened)
    ended: Any = runbook.return_guard("lab", "the unit is corrected", return_state=True)
    assert (await ended).name == "Completed"
    assert recorder.lines
    assert {case.outcome for case in evidence.cases("lab")} == {"superseded", "reached"}


async def test_an_open_case_has_the_word(recorder: Recorder) -> None:
    opened = {"environment": "lab", "digest": digest("lab"), "intent": asdict(FAILOVER)}
    evidence.append("lab", "lab-1", "a1", "case.opened", opened)
    state = await guarded()
    assert (state.name, state.message) == ("Not needed", "case lab-1 is open: it has the word")
    assert recorder.lines == []
