"""Deploy: a straight list in the plan's order, and nothing at all where something foreign stands."""

from dataclasses import fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import deploy as runbook
from model.observation import Observation
from model.runbooks import DEPLOY
from model.runbooks.deploy import DeployPlan
from model.survey import DatabaseSurvey
from tasks import evidence
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names
from tests.unit.model.logbook import CROSS
from tests.unit.model.test_deploy import bare, deployed, fresh, role, view
from tests.unit.model.test_deploy_logs import site

FIELDS = tuple(each.name for each in fields(DeployPlan))
OTHERWISE = {  # lines whose act has another name than their verb
    "await": "await_management_layer",
}  # fmt: skip


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, bare, runbook)
    monkeypatch.setattr(runbook, "DEPLOY", Fixed(plan_of_names(DeployPlan)))
    return found


async def ended() -> State[str]:
    running: Any = runbook.deploy(
        environment="lab", target="region1", reason="a test", beforehand=BEFOREHAND, return_state=True
    )
    state: State[str] = await running
    return state


async def test_every_line_of_the_plan_is_awaited_once_in_its_order(recorder: Recorder) -> None:
    state = await ended()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    assert "both regions are deployed, region1 is active. Report " in str(state.message)
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.outcome) == ("deploy", "reached")


async def test_every_line_is_given_to_the_act_of_its_verb(recorder: Recorder) -> None:
    await ended()
    plans = [DEPLOY.whole(view(bare(), known)) for known in (site(), site(*CROSS))]
    verbs = {name: step.verb.replace("-", "_") for plan in plans for name in FIELDS for step in getattr(plan, name)}
    assert set(FIELDS) - set(verbs) == {"flush_log_resolvers"}, "no shared one answers where all is bare"
    assert {name: recorder.acts[name] for name in verbs} == {
        name: OTHERWISE.get(verb, verb) for name, verb in verbs.items()
    }


async def test_a_region_that_stands_as_rendered_is_left_alone(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.install(monkeypatch, deployed, runbook)
    state = await ended()
    assert (state.name, state.message) == ("Not needed", "both regions are deployed as rendered: nothing to do")
    assert (recorder.lines, evidence.cases("lab")) == ([], ())


async def test_what_would_interrupt_a_deployment_in_use_is_refused_before_any_change(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped() -> Observation:
        return role(deployed(), r1_fw_p="Backup", r1_fw_b="Primary")

    recorder.install(monkeypatch, swapped, runbook)
    state = await ended()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "switch-back:r1-fw-p/confserv: the pair serves, and would be switched over" in str(state.message)
    assert evidence.cases("lab") == ()


async def test_a_deploy_onto_foreign_tables_is_refused_before_any_change(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = replace(fresh("r1-db"), database=DatabaseSurvey(tables=7))

    def theirs() -> Observation:
        return replace(bare(), surveys={**bare().surveys, "r1-db": survey})

    recorder.install(monkeypatch, theirs, runbook)
    state = await ended()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "config has 7 tables that deploy did not make: give it an empty database" in str(state.message)
    assert evidence.cases("lab") == ()
