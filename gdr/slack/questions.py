"""The question that is open now: what the journal shows as asked last, and the suspended run that waits for it."""

from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateName
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import SetStateStatus
from prefect.input.run_input import keyset_from_base_key

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
    suspended = FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Suspended"])))
    async with get_client() as client:
        runs = await client.read_flow_runs(flow_run_filter=suspended)
    waiting = [str(run.id) for run in runs if _waits_for(run, case.question.key)]
    return Open(case.name, waiting[0], case.question) if waiting else None


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
