"""The open question is found however many runs wait beside the one that asks it."""

from dataclasses import replace
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateName
from prefect.client.schemas.objects import FlowRun

from gdr.slack import questions
from model.answered import question_data
from tests.flow.chatting import LEFT_OPEN, Gate, question, suspended

pytestmark = pytest.mark.filterwarnings(LEFT_OPEN)
SUSPENDED = FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Suspended"])))
PAGE = 2


@pytest.fixture(autouse=True)
def _pages_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server tell of two runs at once; by itself it tells of two hundred."""
    read = PrefectClient.read_flow_runs

    async def a_page(self: PrefectClient, **given: Any) -> list[FlowRun]:
        return await read(self, limit=PAGE, **given)

    monkeypatch.setattr(PrefectClient, "read_flow_runs", a_page)


@pytest.mark.parametrize("journal", ["names the run", "of an earlier version"])
async def test_the_run_is_found_that_is_not_on_the_first_page(journal: str) -> None:
    gate = Gate()
    keys = {str(await suspended(asked.key)): asked.key for asked in (question(gate.case, each) for each in range(5))}
    async with get_client() as client:
        told = {str(run.id) for run in await client.read_flow_runs(flow_run_filter=SUSPENDED)}
    assert len(told) == PAGE
    left = next(run for run in keys if run not in told)
    asked = replace(question(gate.case), key=keys[left], flow_run=left if journal == "names the run" else "")
    gate.records("gate.asked", stage="declare", channel="prefect-ui", **question_data(asked))
    found = await questions.open_question("lab")
    assert found
    assert (found.run, found.question.key) == (left, keys[left])


async def test_another_run_that_waits_at_the_same_question_is_not_the_one_its_journal_names() -> None:
    gate = Gate()
    run = await gate.ask()
    await suspended(question(gate.case).key)
    found = await questions.open_question("lab")
    assert found
    assert found.run == str(run)
    async with get_client() as client:
        await client.delete_flow_run(run)
    assert await questions.open_question("lab") is None
