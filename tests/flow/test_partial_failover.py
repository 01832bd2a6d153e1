"""A partial failover carries out its lines in order, and says what it is not for."""

from dataclasses import fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import full_failover
from flows import partial_failover as runbook
from model.explore.nature import settle
from model.explore.sight import observe
from model.explore.world import FRAMEWORK, Place, World
from model.runbooks import DBMS_FAILOVER, FRAMEWORK_FAILOVER
from model.runbooks.dbms_failover import DbmsFailoverPlan
from model.runbooks.framework_failover import FrameworkFailoverPlan
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Intent, Mode
from model.view import View
from tasks import evidence
from tests.flow.recorders import BEFOREHAND, FIELDS, Fixed, Recorder, plan_of_names
from tests.unit.model import logbook
from tests.unit.model.builders import ground, view, without
from tests.unit.model.logbook import BESIDE
from tests.unit.model.test_partial_failover import lost, seen


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, lambda: seen(lost()).seen, full_failover)
    found.install(monkeypatch, lambda: seen(lost()).seen, runbook)
    monkeypatch.setattr(runbook, "DBMS_FAILOVER", Fixed(plan_of_names(DbmsFailoverPlan)))
    monkeypatch.setattr(runbook, "FRAMEWORK_FAILOVER", Fixed(plan_of_names(FrameworkFailoverPlan)))
    monkeypatch.setattr(runbook, "PARTIAL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    return found


async def run(**words: Any) -> State[str]:
    ended: Any = runbook.partial_failover(
        environment="lab", target="region2", reason="a test", beforehand=BEFOREHAND, **words, return_state=True
    )
    state: State[str] = await ended
    return state


async def test_every_line_of_a_dbms_failover_is_given_to_the_act_of_its_verb_in_order(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = ground().steady()._replace(home="region1")
    dead = without(dead, Place("region1", "dbms"))
    recorder.install(monkeypatch, lambda: observe(ground(), dead), runbook)
    state = await run(lost="dbms")
    assert state.name == "Completed", state.message
    names = [each.name for each in fields(DbmsFailoverPlan)]
    assert [line for line in recorder.lines if not line.startswith("after ")] == names
    (case,) = evidence.cases("lab")
    wanted = ("dbms_failover", "region2", "region1", "reached")
    assert (case.intent.runbook, case.intent.target, case.intent.home, case.outcome) == wanted
    assert "the database is in region2, the framework in region1" in str(state.message)
    whole = [dbms_view(dead, mode) for mode in ("planned", "unplanned")]
    verbs = {name: step.verb for view in whole for name in names for step in getattr(DBMS_FAILOVER.whole(view), name)}
    named = {name: verb.replace("-", "_") for name, verb in verbs.items()}
    assert {name: recorder.acts[name].removesuffix("_management_layer") for name in verbs} == named


def dbms_view(world: World, mode: Mode) -> View:
    intent = Intent(runbook="dbms_failover", target="region2", mode=mode, reason="test", home="region1")
    return replace(view(world), intent=intent, lossy=True)


async def test_every_line_of_a_framework_that_moves_alone_is_given_to_the_act_of_its_verb_in_order(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = settle(without(ground().steady(), *FRAMEWORK["region1"]))
    recorder.install(monkeypatch, lambda: observe(ground(), dead), runbook)
    state = await run(database="stay")
    assert state.name == "Completed", state.message
    names = [each.name for each in fields(FrameworkFailoverPlan)]
    assert [line for line in recorder.lines if not line.startswith("after ")] == names
    (case,) = evidence.cases("lab")
    wanted = ("framework_failover", "region1", "region2", "reached")
    assert (case.intent.runbook, case.intent.target, case.intent.home, case.outcome) == wanted
    assert "the database is in region1, the framework in region2" in str(state.message)
    whole = [stay_view(dead, mode) for mode in ("planned", "unplanned")]
    logs = logbook.view(logbook.ground(*BESIDE).steady(), edits=BESIDE)
    left = [FRAMEWORK_FAILOVER.whole(view) for view in (*whole, replace(logs, intent=whole[0].intent))]
    assert left[-1].start_log_servers
    verbs = {name: step.verb for plan in left for name in names for step in getattr(plan, name)}
    named = {name: verb.replace("-", "_") for name, verb in verbs.items()}
    assert {name: recorder.acts[name].removesuffix("_management_layer") for name in verbs} == named


def stay_view(world: World, mode: Mode) -> View:
    intent = Intent(runbook="framework_failover", target="region1", mode=mode, reason="test", home="region2")
    return replace(view(world), intent=intent, lossy=False)


async def test_every_line_is_awaited_once_in_the_order_of_a_full_failover(recorder: Recorder) -> None:
    state = await run()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.intent.mode, case.outcome) == ("partial_failover", "unplanned", "reached")


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ({"lost": "dbms", "database": "stay"}, "database is about a framework; a lost DBMS moves alone"),
        ({"mode": "planned"}, "what works is moved by full_failover, mode planned, or alone by database=stay"),
    ],
)
async def test_what_makes_no_sense_names_the_way_that_does(recorder: Recorder, words: dict[str, Any], way: str) -> None:
    state = await run(**words)
    assert (state.name, recorder.lines, evidence.cases("lab")) == ("Refused", [], ())
    assert way in str(state.message)
