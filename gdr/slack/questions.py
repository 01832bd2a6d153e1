"""The question that is open now: what the journal shows as asked last, and the suspended run that waits for it."""

from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.input.run_input import keyset_from_base_key

from gdr.progress import lines
from model.approval import Answer, Question
from tasks import evidence
from tasks.approvals import slack
from tasks.approvals.prefect_ui import SUSPENDED


class Open(NamedTuple):
    """One open question.

    Attributes:
        run: Id of the flow run that is suspended at it.
    """

    case: str
    run: str
    question: Question


async def open_question(environment: str) -> Open | None:
    """Return the question that can be answered now; None where nobody is asked, or not by a suspended run."""
    case = evidence.open_case(environment)
    if case is None or case.question is None:
        return None
    async with get_client() as client:
        async for run in _suspended(client, case.question.flow_run):
            if _waits_for(run, case.question.key):
                return Open(case.name, str(run.id), case.question)
    return None


async def _suspended(client: PrefectClient, named: str) -> AsyncIterator[FlowRun]:
    """Return the run that a journal names, if it is suspended; where an older one names none, all that are, by page."""
    state = FlowRunFilterState(name=FlowRunFilterStateName(any_=["Suspended"]))
    try:
        known = FlowRunFilter(state=state, id=FlowRunFilterId(any_=[UUID(named)]) if named else None)
    except ValueError:
        return  # no run has such an id
    read = 0
    while page := await client.read_flow_runs(flow_run_filter=known, sort=FlowRunSort.ID_DESC, offset=read):
        for run in page:
            yield run
        read += len(page)


def _waits_for(run: FlowRun, question: str) -> bool:
    keys = run.state.state_details.run_input_keyset if run.state else None
    return keys == keyset_from_base_key(f"{SUSPENDED}{question}")


async def resume(waiting: Open, answer: Answer) -> str:
    """Give a signed answer to the run that waits for it; return why the server did not take it, empty when it did.

    Between the look and this call somebody else may have answered: the server resumes a run once.
    """
    async with get_client() as client:
        result = await client.resume_flow_run(UUID(waiting.run), run_input=slack.form(answer))
    if result.status == SetStateStatus.ACCEPT:
        return ""
    return str(getattr(result.details, "reason", None) or result.status.value)


def outcome(case: str, key: str) -> str:
    """Say what became of a question."""
    gate = [entry for entry in evidence.entries(case) if entry.kind.startswith("gate.")]
    after = [index for index, entry in enumerate(gate) if entry.kind == "gate.asked" and entry.data["question"] == key]
    for entry in gate[after[-1] + 1 :] if after else []:
        if entry.kind in ("gate.answered", "gate.waiting", "gate.asked"):
            return "; ".join(lines(entry, str)) or "Asked again: the newest message counts."
    return f"Not open any more: {evidence.case_of(case).outcome or 'the run goes on'}."
