"""What the Prefect UI shows of a run. It is no evidence: a server that is down costs a debt, never the run."""

from collections.abc import Awaitable

import httpx

from tasks import evidence
from tasks.run import Run


async def shown(run: Run, what: str, artifact: Awaitable[object]) -> None:
    """Create an artifact, or record that it could not be."""
    try:
        await artifact
    except httpx.HTTPError as error:
        evidence.record(run, "debt", target=f"artifact {what}", what=f"not shown in the UI: {type(error).__name__}")
