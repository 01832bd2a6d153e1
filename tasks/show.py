"""What the Prefect UI shows of a run. It is no evidence: a server that is down costs a debt, never the run."""

from collections.abc import Awaitable
from typing import Literal

import httpx
from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, aupdate_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.runtime import flow_run

from tasks import evidence
from tasks.run import Run


async def shown(run: Run, what: str, artifact: Awaitable[object]) -> None:
    """Create an artifact, or record that it could not be."""
    try:
        await artifact
    except httpx.HTTPError as error:
        evidence.record(run, "debt", target=f"artifact {what}", what=f"not shown in the UI: {type(error).__name__}")


async def page(run: Run, what: Literal["plan", "observation"], text: str) -> None:
    """Show what a gate is about to ask about: the plan, and the observation it was made of."""
    artifact = acreate_markdown_artifact(markdown=text, key=f"{what}-{run.environment}", description=run.case)
    await shown(run, what, artifact)


async def advance(run: Run, share: float, text: str) -> None:
    """Move the flow run's one progress bar; the first stage that is done makes it."""
    await shown(run, "progress", _advance(f"progress-{run.environment}", share, text))


async def _advance(key: str, share: float, text: str) -> None:
    its_own = ArtifactFilter(
        key=ArtifactFilterKey(any_=[key]), flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run.get_id()])
    )
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=its_own, limit=1)
    if found:
        await aupdate_progress_artifact(found[0].id, share, text)
    else:
        await acreate_progress_artifact(share, key, text)
