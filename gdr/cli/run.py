"""`gdr run`: a runbook from a shell, on a private Prefect API, for the day the server is gone."""

import asyncio
import signal
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from gdr.cli.app import BAD_INPUT, DECLINED, HELD, INTERRUPTED, REACHED, REFUSED, app, finish, leave, tell
from gdr.private_api import PrivateApi
from tasks import evidence
from tasks.run import environment

STATUS = {"Completed": REACHED, "Not needed": REACHED, "Refused": REFUSED, "Held": HELD, "Declined": DECLINED}
run = App(name="run", help="Run a runbook here, without the Prefect server.")
app.command(run)


@run.command(name="full-failover")
def full_failover(  # noqa: PLR0913  (the operator's words)
    name: Annotated[str, Parameter(help="name of the environment file")],
    /,
    *,
    target: Literal["region1", "region2"],
    mode: Literal["planned", "unplanned"],
    reason: str,
    approver: str | None = None,
    answer: Literal["go"] | None = None,
    answer_reason: str | None = None,
    json: bool = False,
) -> None:
    """Move the configuration layer to the target; run it again after any failure."""
    finish(_judged(name))
    beforehand = _beforehand(approver, answer, answer_reason)
    api = PrivateApi()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        api.start()
        api.wait()
        state = _flow(environment=name, target=target, mode=mode, reason=reason, beforehand=beforehand)
    except KeyboardInterrupt:
        leave(INTERRUPTED, where_it_stands(name))
    finally:
        api.stop()
    tell({"state": state.name, "message": state.message}, f"{state.name}: {state.message}", as_json=json)
    raise SystemExit(STATUS.get(state.name or "", HELD))


async def _judged(name: str) -> None:
    environment(name)


def _beforehand(approver: str | None, answer: str | None, reason: str | None) -> dict[str, str] | None:
    given = (approver, answer, reason)
    if not any(given):
        return None
    if not all(given):
        leave(BAD_INPUT, "an answer given beforehand needs --approver, --answer and --answer-reason together")
    return {"approver": str(approver), "reason": str(reason)}


def _flow(**parameters: Any) -> Any:
    """Import Prefect only now that it knows where its API is."""
    from flows.full_failover import full_failover as runbook  # noqa: PLC0415

    ended: Any = runbook(**parameters, return_state=True)
    return asyncio.run(ended)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def where_it_stands(name: str) -> str:
    """Say what an interrupted run leaves behind, and how to go on."""
    case = evidence.open_case(name)
    if case is None:
        return "interrupted: no case is open, nothing was changed"
    last = evidence.entries(case.name)[-1]
    subject = last.data.get("step") or last.data.get("stage") or ""
    flight = "; that act may still be under way on its host" if last.kind == "act.before" else ""
    intent = case.intent
    return (
        f"interrupted: case {case.name} is open; last record {last.n}: {last.kind} {subject}{flight}. "
        f"Go on with: gdr run full-failover {name} --target {intent.target} --mode {intent.mode} --reason '{intent.reason}'"
    )


