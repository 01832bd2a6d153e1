"""What the Prefect UI shows of a run: one progress bar a run, and a debt where the server does not take it."""

from uuid import UUID

import httpx
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact
from prefect.runtime import flow_run

from tasks import evidence, show
from tasks.run import Run
from tests.unit.model.builders import intent

RUN = Run(environment="lab", case="lab-1", attempt="a1", intent=intent())


@flow
async def asking() -> str:
    await show.page(RUN, "observation", "# Observation of lab\n\n| host |\n|---|\n| r1-db |\n")
    await show.page(RUN, "plan", "# A failover\n")
    return str(flow_run.get_id())


@flow
async def two_stages() -> str:
    await show.advance(RUN, 25, "lab-1: fence done")
    await show.advance(RUN, 75, "lab-1: names done")
    return str(flow_run.get_id())


async def test_a_run_shows_what_was_seen_beside_its_plan_each_under_a_key_of_the_environment() -> None:
    found = {page.key: page for page in await shown_by(await asking())}
    assert found.keys() == {"observation-lab", "plan-lab"}
    assert {(page.type, page.description) for page in found.values()} == {("markdown", "lab-1")}
    assert "| r1-db |" in str(found["observation-lab"].data)


async def shown_by(run: str) -> list[Artifact]:
    its_own = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(run)]))
    async with get_client() as client:
        return await client.read_artifacts(artifact_filter=its_own)


async def test_a_run_has_one_progress_bar_that_moves() -> None:
    (bar,) = await shown_by(await two_stages())
    assert (bar.data, bar.description) == (75, "lab-1: names done")


async def test_every_run_has_its_own_bar() -> None:
    first, second = await two_stages(), await two_stages()
    assert [len(await shown_by(run)) for run in (first, second)] == [1, 1]


async def test_a_server_that_does_not_take_an_artifact_costs_a_debt_and_not_the_run() -> None:
    async def artifact() -> object:
        raise httpx.ConnectError("gone")

    await show.shown(RUN, "plan", artifact())
    (debt,) = evidence.entries("lab-1")
    assert (debt.kind, debt.data["target"]) == ("debt", "artifact plan")
