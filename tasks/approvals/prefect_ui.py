"""The Prefect UI as a channel: the run suspends, a person answers its form, the body starts again from the top."""

import asyncio
import logging
import os
from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRunInput
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from prefect.input.actions import afilter_flow_run_input
from prefect.settings import PREFECT_API_URL
from pydantic import Field

from blocks.place import PASSWORD, second_source
from model.approval import LONGEST_WAIT, Answer, Question
from model.errors import Refused, Transient
from tasks import private
from tasks.approvals import slack

SUSPENDED, RESPONSE = "suspended-", "-response"  # what Prefect puts around the key of a suspension
PAGE = 200
PATIENCE_S = 5.0  # with a server that `gdr run` does not need
AUTH = "PREFECT_API_AUTH_STRING"
STRANGE = "answer: is not what the form sends: read what is shown, and answer in the form"


class Place(NamedTuple):
    """Which run has a form, and the API that knows the run; empty where there is no form."""

    flow_run: str = ""
    api: str = ""


class Password(NamedTuple):
    """A password of the API, and what to say where the server does not take it."""

    word: str
    whence: str


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
    run = context.flow_run.id
    return _unjudged(str(run), await _inputs(run, f"{SUSPENDED}{stage}-"), set(judged))


async def _inputs(run: UUID, prefix: str) -> list[FlowRunInput]:
    """Read all inputs of a run: each round leaves three, and the server gives the oldest first, a page at a time."""
    found: list[FlowRunInput] = []
    while more := await afilter_flow_run_input(prefix, PAGE, {item.key for item in found}, run):
        found += more
    return found


def _unjudged(run: str, found: Iterable[Any], judged: Collection[str]) -> dict[str, Answer]:
    given = {f"{run}/{item.key}": item for item in found if item.key.endswith(RESPONSE)}
    return {
        key: _answer(_question(item.key), _decoded(item), item.created.timestamp())
        for key, item in sorted(given.items(), key=lambda pair: pair[1].created)
        if key not in judged
    }


async def left(asked: Question | None, judged: Collection[str]) -> dict[str, Answer]:
    """Return what was answered to the newest question in another run, whose process did not live to judge it.

    Raises:
        Transient: Whether somebody has answered there is not known: that run is gone, or its server is away.
    """
    if asked is None or not asked.flow_run or asked.flow_run == here().flow_run:
        return {}
    known = get_client() if is_deployed() else _server_of(asked)
    unread = f"run {asked.flow_run} asked before at {asked.api}, and what may be answered there counts no more"
    try:
        async with asyncio.timeout(None if is_deployed() else PATIENCE_S), known as client:
            run = await client.read_flow_run(UUID(asked.flow_run))
            found = await client.filter_flow_run_input(run.id, f"{SUSPENDED}{asked.key}{RESPONSE}", 1, set())
    except ObjectNotFound:
        raise Transient(f"{unread}: it was deleted") from None
    except (httpx.HTTPError, TimeoutError, ValueError) as error:
        if is_deployed():
            raise  # nobody could be asked here either: the question stays, and its answer
        raise Transient(f"{unread}: it cannot be read ({_why(error)})") from None
    return _unjudged(asked.flow_run, found, judged)


def _why(error: Exception) -> str:
    """Say why nothing could be read; of what a server said nothing is repeated."""
    if isinstance(error, ValueError):
        return f"{type(error).__name__}: what answers there is no Prefect server of this version"
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == httpx.codes.UNAUTHORIZED:
        return f"401: {_password().whence}"
    return type(error).__name__


def _server_of(asked: Question) -> PrefectClient:
    """Return a client of the server that a private API stands in for."""
    return PrefectClient(asked.api, auth_string=_password().word or None)


def _password() -> Password:
    """Look for the password of that server, which a shell need not have: the units read it from a file."""
    if word := os.environ.get("GDR_SERVER_AUTH_STRING"):
        return Password(word, f"{AUTH} is not that of the server")
    file = second_source().with_name(PASSWORD)
    try:
        word = private.setting(file, AUTH, "take a copy from the host of the server")
    except Refused as unread:
        return Password("", f"{AUTH} is not set, and {unread}")
    return Password(word, f"{AUTH} is not set, and in {file} it is {'not that of the server' if word else 'missing'}")


def here() -> Place:
    """Say it of this run, for who takes its case up after it."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return Place()
    api = httpx.URL(PREFECT_API_URL.value() or "").copy_with(userinfo=b"")
    return Place(str(context.flow_run.id), str(api))


def _question(key: str) -> str:
    return key.removeprefix(SUSPENDED).removesuffix(RESPONSE)


def _decoded(item: FlowRunInput) -> object:
    """Read what lies there as text: who has the API may have put anything there."""
    try:
        return item.decoded_value
    except ValueError:
        return None


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
        fault="" if isinstance(given, dict) else STRANGE,
    )


def is_deployed() -> bool:
    """Whether this flow run belongs to a deployment, and so can suspend."""
    return bool(deployed_run())


def deployed_run() -> str:
    """Return the id of this flow run, which is on the Prefect server; empty where it belongs to no deployment."""
    context = FlowRunContext.get()
    run = context and context.flow_run
    return str(run.id) if run and run.deployment_id else ""
