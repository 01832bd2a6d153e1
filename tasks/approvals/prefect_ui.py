"""The Prefect UI as a channel: the run suspends, a person answers its form, the body starts again from the top."""

import logging
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from prefect.context import FlowRunContext
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from prefect.input.actions import afilter_flow_run_input
from pydantic import Field

from model.approval import LONGEST_WAIT, Answer
from tasks.approvals import slack

SUSPENDED, RESPONSE = "suspended-", "-response"  # what Prefect puts around the key of a suspension


class ApprovalForm(RunInput):
    """What the server checks is this schema only; the policy is judged in the flow, in rounds."""

    decision: Literal["go", "wait", "decline"]
    approver: Annotated[str, Field(min_length=1, max_length=64, description="Your name on the approver list")]
    reason: Annotated[str, Field(min_length=3, max_length=500, description="Why, for the auditor")]

    wait_minutes: Annotated[int, Field(ge=0, le=LONGEST_WAIT, description="With wait: for how many minutes")] = 0


class SignedForm(ApprovalForm):
    """Nobody has a code, and who answers in Slack is vouched for."""

    code: Annotated[str, Field(pattern=rf"^({slack.CODE})?$", description="Empty: the Slack service signs here")] = ""


class SomeCodesForm(ApprovalForm):
    """Some of the approvers prove by a one-time code who they are."""

    code: Annotated[
        str, Field(pattern=rf"^([0-9]{{6}}|{slack.CODE})?$", description="One-time code, if you have one")
    ] = ""


class CodesForm(ApprovalForm):
    """Each approver proves by a one-time code who he is."""

    code: Annotated[
        str, Field(pattern=rf"^([0-9]{{6}}|{slack.CODE})$", description="The one-time code that your device shows now")
    ]


FORMS: dict[str, type[ApprovalForm]] = {"none": ApprovalForm, "some": SomeCodesForm, "all": CodesForm}


async def ask(question: str, text: str, codes: Literal["none", "some", "all"], *, in_slack: bool) -> None:
    """Suspend with the form. Never returns: the process ends, and a new one starts when somebody answers.

    Args:
        question: Key of the round; the server keeps it with the answer.
        codes: How many of the approvers give a one-time code.
        in_slack: Whether the question is asked in Slack as well.
    """
    plain = SignedForm if in_slack and codes == "none" else FORMS[codes]
    form = plain.with_initial_data(description=text)
    logging.getLogger("prefect.flow_runs").addFilter(waits)
    await asuspend_flow_run(wait_for_input=form, key=question)


def waits(record: logging.LogRecord) -> bool:
    """Let the log of a run that waits for its answer show no error: Prefect calls every end so but Completed."""
    if record.getMessage().startswith("Finished in state Suspended("):
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


async def answers(stage: str, judged: Iterable[str]) -> dict[str, Answer]:
    """Return the answers of this flow run that nobody has judged yet, by key, oldest first."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return {}
    found: Any = await afilter_flow_run_input(
        key_prefix=f"{SUSPENDED}{stage}-", limit=200, flow_run_id=context.flow_run.id
    )
    given = {f"{context.flow_run.id}/{item.key}": item for item in found if item.key.endswith(RESPONSE)}
    return {
        key: _answer(_question(item.key), item.decoded_value, item.created.timestamp())
        for key, item in sorted(given.items(), key=lambda pair: pair[1].created)
        if key not in set(judged)
    }


def _question(key: str) -> str:
    return key.removeprefix(SUSPENDED).removesuffix(RESPONSE)


def _answer(question: str, given: object, at: float) -> Answer:
    """Read an input; one that somebody made by hand may lack anything, and is for the gate to refuse."""
    value: dict[str, Any] = given if isinstance(given, dict) else {}
    if slack.is_signed(value):
        return slack.heard(question, value)
    return Answer(
        question=question,
        approver=str(value.get("approver", "")),
        decision=str(value.get("decision", "")),
        reason=str(value.get("reason", "")),
        channel="prefect-ui",
        at=at,
        code=str(value.get("code", "")),
        minutes=slack.minutes(value.get("wait_minutes")),
    )


def is_deployed() -> bool:
    """Whether this flow run belongs to a deployment, and so can suspend."""
    context = FlowRunContext.get()
    return bool(context and context.flow_run and context.flow_run.deployment_id)
