"""What an approver reads: the form's lines, and the pages beside it."""

from typing import NoReturn

import pytest
from prefect.types.names import raise_on_name_alphanumeric_dashes_underscores_only

from model.environment.approvers import ApprovalPolicy
from model.moment import minute
from model.runbooks import FULL_FAILOVER
from model.step import Verb
from tasks import evidence
from tasks.approvals import terminal
from tests.flow.test_gate import CASE, EXPIRES_S, LOST, Form, Suspended, opened, suspended
from tests.unit.model.builders import region1_lost, view
from tests.unit.model.test_switched import behind, stop


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> Form:
    return Form(monkeypatch)


async def test_what_was_seen_and_the_plan_lie_beside_the_form_of_their_round(form: Form) -> None:
    run = opened()
    await suspended(run, LOST)
    ((seen, observation), (planned, page)), ((question, text),) = form.pages, form.shown
    assert text.endswith("- Tab Artifacts of this run: plan-lab, each step; observation-lab, what was seen")
    assert (seen, planned) == ("observation", "plan")
    assert f"question `{question}`" in observation
    assert "| r1-db | dbms | off |" in observation
    assert f"Case `{CASE}`, from region1 to region2, unplanned; plan `" in page
    assert f"Question `{question}`: " in page
    assert f", for question `{question}`\n" in text
    asked = evidence.case_of(CASE).question
    assert asked is not None
    cells = [line.split(" | ")[1].partition(": ")[2] for line in page.splitlines() if line.startswith("| ")]
    named = {cell.strip("*").split(":")[0] for cell in cells}
    assert {step.replace(":", " ").replace("/", " ") for step in asked.steps} <= named


async def test_the_form_says_in_a_line_for_each_stage_what_a_go_approves(form: Form) -> None:
    run = opened()
    await suspended(run, LOST)
    ((_, text),) = form.shown
    asked = evidence.case_of(CASE).question
    assert asked is not None
    lines = [line for line in text.splitlines() if line.startswith("- **")]
    stages = {line.split("**")[1]: line for line in lines}
    for label in (step.label for step in FULL_FAILOVER.left(view(region1_lost())).steps() if step.id in asked.steps):
        stage, _, act = label.partition(" ")[2].partition(": ")
        verb, host, *_ = act.split()
        assert f"{verb} " in stages[stage]
        assert host in stages[stage]


async def test_the_form_says_until_when_an_answer_counts_and_what_sends_it(form: Form) -> None:
    await suspended(opened(), LOST)
    ((_, text),) = form.shown
    assert f"- It counts until {minute(LOST.at + EXPIRES_S)}, for question" in text
    assert "the button Resume sends your answer, whichever it is" in text


async def test_a_terminal_has_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(_key: str, text: str, _policy: ApprovalPolicy) -> NoReturn:
        assert text.splitlines()[-1].startswith("- It counts until 1970-01-13 13:46 UTC, for question `declare-lab-")
        raise Suspended

    monkeypatch.setattr(terminal, "ask", ask)
    await suspended(opened(), LOST)


async def test_who_is_asked_in_the_middle_of_a_switch_reads_for_how_long_there_is_no_primary(form: Form) -> None:
    run, (_, kind, data) = opened("planned"), stop(0, "Primary")
    evidence.record(run, kind, **data)
    await suspended(run, behind(Verb.PROMOTE).seen)
    ((_, text),) = form.shown
    assert "limited mode (no Primary) for 0 s;" in text
    assert "Waiting costs no calls" in text


async def test_prefect_saves_the_form_under_the_key_of_the_question(form: Form) -> None:
    """A key it refuses leaves a suspended run without a form."""
    await suspended(opened(), LOST)
    key = form.shown[0][0]
    assert raise_on_name_alphanumeric_dashes_underscores_only(key) == key
