"""Approval in Slack: slack_sdk unmodified, against a stand-in of Slack and a real Prefect server."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_UI_URL
from prefect.states import Completed

from gdr.slack import service
from model.approval import SLACK, Identity, identify, judge
from model.environment.environment import Environment
from model.errors import Refused
from tasks import evidence
from tasks.approvals import slack
from tasks.run import environment
from tests.fakes.slack import APP, BOT, TICKET, Slack, until
from tests.flow.chatting import (
    ALICE,
    BOB,
    LEFT_OPEN,
    Gate,
    answers,
    decide,
    posted_question,
    question,
    serving,
    state_of,
)

pytestmark = pytest.mark.filterwarnings(LEFT_OPEN)


async def test_a_go_resumes_the_run_with_an_answer_the_gate_believes(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        await decide(chat, ALICE, message, "go", "seen on the bridge")
        await until(lambda: not message.buttons())
    assert await state_of(run) != StateType.PAUSED
    (answer,) = await answers(run)
    assert (answer.approver, answer.member, answer.decision, answer.channel) == ("alice", ALICE, "go", "slack")
    assert answer.reason == "seen on the bridge"
    assert judge(answer, replace(question(gate.case), at=answer.at), known) == ()
    assert identify(answer, known, None, frozenset()) == Identity(word=SLACK)


async def test_the_message_shows_what_is_approved_and_mentions_nobody(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
    shown = "".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")
    assert shown.splitlines() == [
        "*Unplanned full failover of lab to region2*",
        "• May be lost: at most *12* changes &lt;@here&gt;",
        "• 25 steps",
    ]
    (way,) = [block["elements"][0]["text"] for block in message.blocks if block["type"] == "context"]
    assert way == f"<{PREFECT_UI_URL.value()}/v2/runs/flow-run/{run}|Open the run in the Prefect UI>"
    assert {json.loads(button["value"])[3] for button in message.buttons().values()} == {"go", "wait", "decline"}


async def test_a_decline_reaches_the_run_with_its_reason(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        await decide(chat, BOB, message, "decline", "the region answers again")
        await until(lambda: not message.buttons())
    (answer,) = await answers(run)
    assert (answer.approver, answer.decision, answer.reason) == ("bob", "decline", "the region answers again")


async def test_a_wait_reaches_the_run_with_its_minutes(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        await decide(chat, BOB, await posted_question(chat), "wait", "30", "the power company is on site")
        await until(lambda: not chat.shown()[0].buttons())
    (answer,) = await answers(run)
    assert (answer.approver, answer.decision, answer.minutes, answer.fault) == ("bob", "wait", 30, "")
    assert judge(answer, replace(question(gate.case), at=answer.at), known) == ()


async def test_the_message_says_who_answered_as_soon_as_that_is_recorded(known: Environment, chat: Slack) -> None:
    gate = Gate()
    await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        await decide(chat, ALICE, message, "wait", "30", "patience")
        await until(lambda: not message.buttons())
        said = {"approver": "alice", "reason": "patience", "channel": "slack", "until": 1_800_000_000.0}
        evidence.append("lab", gate.case, "a1", "gate.waiting", {"key": "k", "identity": SLACK, **said})
        await until(lambda: "alice" in message.text)


async def test_the_thread_follows_the_run(known: Environment, chat: Slack) -> None:
    gate = Gate()
    await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        evidence.append("lab", gate.case, "a1", "act.after", {"step": "promote:r2-db"})
        evidence.append("lab", gate.case, "a1", "debt", {"target": "r1-app-p", "what": "did not answer"})
        await until(lambda: "r1-app-p" in "".join(each.text for each in chat.shown(thread=message.ts)))
    said = "\n".join(each.text for each in chat.shown(thread=message.ts))
    assert said.splitlines() == ["promote:r2-db", "debt: r1-app-p: did not answer"]


async def test_a_service_that_was_killed_posts_nothing_twice_and_its_buttons_still_work(
    known: Environment, chat: Slack
) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
    async with serving(known, chat):
        await decide(chat, ALICE, message, "go", "after the restart")
        await until(lambda: not message.buttons())
    assert len([each for each in chat.shown() if each.thread is None]) == 1
    assert [answer.reason for answer in await answers(run)] == ["after the restart"]


async def test_a_socket_that_is_dropped_is_opened_again(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        before = chat.connections
        await chat.drop()
        await until(lambda: chat.connections > before)
        await decide(chat, ALICE, message, "go", "by the second socket")
        await until(lambda: not message.buttons())
    assert len(await answers(run)) == 1


async def test_while_slack_is_down_the_form_in_the_ui_works_and_slack_is_brought_up_to_date(
    known: Environment, chat: Slack
) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        chat.away = True
        await chat.drop()
        form = {"decision": "go", "approver": "alice", "reason": "in the interface"}
        async with get_client() as client:
            await client.resume_flow_run(run, run_input=form)
        chat.away = False
        await until(lambda: not message.buttons() and chat.is_connected())
    assert [answer.channel for answer in await answers(run)] == ["prefect-ui"]


async def test_a_question_whose_run_is_gone_loses_its_buttons(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        async with get_client() as client:
            await client.set_flow_run_state(run, Completed(), force=True)
        await until(lambda: not message.buttons())
    assert message.blocks[-1]["elements"][0]["text"] == "Not open any more: the run goes on."


async def test_no_token_no_ticket_and_no_key_stands_in_what_the_service_keeps_or_says(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture, state: Path
) -> None:
    gate = Gate()
    await gate.ask()
    async with serving(known, chat):
        await posted_question(chat)
        chat.shut = True
        await chat.drop()
        await until(lambda: chat.turned_away and "Failed to connect" in caplog.text)
        chat.away = True
        evidence.append("lab", gate.case, "a1", "act.after", {"step": "promote:r2-db"})
        await until(lambda: "looked in vain" in caplog.text)
    kept = "".join(file.read_text() for file in sorted(state.rglob("*.json*")))  # noqa: ASYNC240  (a test's own folder)
    secrets = (BOT, APP, TICKET, slack.key().hex())
    assert gate.case in kept
    assert [secret for secret in secrets if secret in caplog.text + kept] == []


async def test_an_environment_without_a_channel_says_what_is_missing() -> None:
    with pytest.raises(Refused, match=r"lab.yaml: approval.slack: is missing: name the block, the channel"):
        await service.serve(environment("lab"))
