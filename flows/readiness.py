"""Readiness: whether each runbook would begin now and reach its end."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.forms import EnvironmentName
from model.errors import Refused
from model.readiness.line import Line, not_ready
from model.readiness.page import ending, verdict
from tasks.readiness import judged, publish


@flow(name="readiness", flow_run_name="readiness of {environment}", retries=0)
async def readiness(environment: EnvironmentName) -> State[str]:
    """Judge every precondition that can be seen while nothing has happened, and touch nothing.

    Ends `Completed` as Ready, or `Failed` as Red with every line that is not as it should be, and the runbooks it
    blocks. What nobody could see blocks as well. An environment that is not there ends as Refused.

    Source: none of the vendor's pages asks for it; it is the list of what their procedures take for granted.

    Args:
        environment: Name of the environment file that lies beside the code.
    """
    try:
        lines = await judged(environment)
    except Refused as error:
        return Failed(name="Refused", message=str(error))
    await publish(environment, lines)
    return _ended(lines)


def _ended(lines: tuple[Line, ...]) -> State[str]:
    if not_ready(lines):
        return Failed(name="Red", message=ending(lines))
    return Completed(name="Ready", message=verdict(lines))
