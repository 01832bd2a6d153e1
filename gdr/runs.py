"""What the Prefect server says of the runs of an environment: those it holds for alive, and those asked for by id."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    Operator,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import PrefectException
from prefect.settings import get_current_settings

ANSWERS_S = 3.0
ALIVE = (StateType.PENDING, StateType.RUNNING)
TAGS = {"runbook", "guard"}  # of deployments/prefect.yaml: readiness works on no case


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run.

    Attributes:
        words: What its runbook was told.
        state: As a person reads it.
        since: When it came into that state, seconds of the epoch.
    """

    runbook: str
    words: Mapping[str, str]
    state: str
    type: StateType
    since: float


Runs = Mapping[str, Run]


async def runs(environment: str, ids: Iterable[str]) -> Runs | None:
    """Return the runs by their ids; None where no server is named, or it does not answer."""
    if not get_current_settings().api.url:
        return None
    try:
        async with asyncio.timeout(ANSWERS_S), get_client() as client:
            return await _runs(client, environment, ids)
    except (httpx.HTTPError, PrefectException, TimeoutError, OSError, ValueError):
        return None


async def _runs(client: PrefectClient, environment: str, ids: Iterable[str]) -> Runs:
    alive = FlowRunFilterState(type=FlowRunFilterStateType(any_=list(ALIVE)))
    asked = FlowRunFilterId(any_=[UUID(run) for run in ids])
    found = await client.read_flow_runs(flow_run_filter=FlowRunFilter(operator=Operator.or_, state=alive, id=asked))
    ours = [run for run in found if run.parameters.get("environment") == environment and TAGS & set(run.tags)]
    return {str(run.id): await _run(client, run, run.state) for run in ours if run.state}


async def _run(client: PrefectClient, run: FlowRun, state: State) -> Run:
    return Run(
        runbook=(await client.read_flow(run.flow_id)).name,
        words={word: value for word, value in run.parameters.items() if isinstance(value, str)},
        state=str(state.name),
        type=state.type,
        since=state.timestamp.timestamp(),
    )
