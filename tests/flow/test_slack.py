"""Approval in Slack: slack_sdk unmodified, against a stand-in of Slack and a real Prefect server."""

import asyncio
import gc
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.input.actions import afilter_flow_run_input
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Completed, Suspended

from blocks import reach
from gdr.slack import service
from model.answered import question_data
from model.approval import SLACK, Answer, Bounds, Identity, Question, identify, judge
from model.environment.environment import Environment
from model.errors import Refused
from model.step import Intent
from tasks import evidence
from tasks.approvals import prefect_ui, slack
from tasks.run import digest, environment, environment_file
from tests.fakes.slack import APP, BOT, CHANNEL, Message, Slack, ticks, until

ALICE, BOB, EVE = "U0ALICE", "U0BOB", "U0EVE"
PLAN = "## Unplanned full failover of lab to region2\n- May be lost: at most **12** changes <@here>\n- 25 steps"


# A client that is ended in the middle of a request leaves its connection to the garbage collector, which says so.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what a test has left while its own filter of warnings holds."""
    yield
    gc.collect()


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """An environment with a channel, its blocks and the key of the service."""
    people = f"  slack: {{access: lab-slack, channel: {CHANNEL}, people: {{alice: {ALICE}, bob: {BOB}}}}}\n"
    text = environment_file("lab").read_text().replace("  four_eyes: false\n", "  four_eyes: false\n" + people)
    (tmp_path / "lab.yaml").write_text(text)
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    monkeypatch.setenv("GDR_BLOCKS_FROM", "file")
    monkeypatch.setattr(service, "LOOK_S", 0.2)
    for cached in (environment, digest):
        cached.cache_clear()
    reach.forget()
    yield environment("lab")
    for cached in (environment, digest):
        cached.cache_clear()
    reach.forget()


@pytest_asyncio.fixture
async def chat(known: Environment, tmp_path: Path) -> AsyncIterator[Slack]:
    assert known.approval.slack
    async with Slack(members=(ALICE, BOB, EVE)) as found:
        blocks = tmp_path / "blocks.yaml"
        fields = {"type": "slack-access", "bot_token": BOT, "app_token": APP, "api": found.api}
        blocks.write_text(json.dumps({"lab-slack": fields}))
        blocks.chmod(0o600)
        yield found


@asynccontextmanager
async def serving(known: Environment, chat: Slack) -> AsyncIterator[None]:
    """Run the service; what it raises fails the test."""
    before = chat.connections
    working = asyncio.ensure_future(service.serve(known))
    await until(lambda: working.done() or chat.connections > before)
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await ticks()


def question(case: str, number: int = 1) -> Question:
    return Question(
        key=f"declare-{case}-{number}".lower(),
        mode="unplanned",
        steps=frozenset({"promote:r2-db"}),
        bounds=Bounds(loss_changes=12, unreachable=frozenset(), waived=frozenset()),
        levels={"r1-db": 1},
        text=PLAN,
    )


@flow
async def stands_for_a_runbook() -> None:
    """Nothing runs: only its run is needed."""


class Gate:
    """A case that is open, and a run of it that is suspended at its question. The server knows those of other tests."""

    _numbers = itertools.count(100000)

    def __init__(self) -> None:
        self.case = f"lab-20261121T{next(self._numbers)}-region2"
        intent = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="a test")
        data = {"environment": "lab", "digest": digest("lab"), "intent": asdict(intent)}
        evidence.append("lab", self.case, "a1", "case.opened", data)
        self.rounds = 0

    async def ask(self) -> UUID:
        """Do as the gate does."""
        self.rounds += 1
        asked = question(self.case, self.rounds)
        evidence.append(
            "lab", self.case, "a1", "gate.asked", {"stage": "declare", "channel": "prefect-ui", **question_data(asked)}
        )
        paused = Suspended(timeout_seconds=600, pause_key=asked.key)
        keys = keyset_from_paused_state(paused)
        paused.state_details.run_input_keyset = dict(keys.items())
        async with get_client() as client:
            deployment = await client.create_deployment(await client.create_flow(stands_for_a_runbook), "of-a-test")
            run = await client.create_flow_run_from_deployment(deployment, state=paused)
        await prefect_ui.SignedForm.with_initial_data(description=PLAN).asave(keys, run.id)
        return UUID(str(run.id))


async def state_of(run: UUID) -> StateType:
    async with get_client() as client:
        found = (await client.read_flow_run(run)).state
    assert found is not None
    return found.type


async def answers(run: UUID) -> list[Answer]:
    found: Any = await afilter_flow_run_input(key_prefix="suspended-", limit=200, flow_run_id=run)
    return [
        prefect_ui._answer(prefect_ui._question(item.key), item.decoded_value, item.created.timestamp())
        for item in found
        if item.key.endswith("-response")
    ]


async def posted_question(chat: Slack, count: int = 1) -> Message:
    await until(lambda: len([each for each in chat.shown() if each.buttons()]) >= count)
    return [each for each in chat.shown() if each.buttons()][-1]


def whispers(chat: Slack, member: str) -> list[str]:
    return [each.text for each in chat.shown(only_for=member)]


async def decide(chat: Slack, member: str, message: Message, decision: str, *said: str) -> None:
    before = len(chat.views)
    await chat.press(member, message, decision)
    await until(lambda: len(chat.views) > before)
    envelope = await chat.submit(member, chat.views[-1], *said)
    await until(lambda: envelope in chat.acked)


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
    await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
    shown = "".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")
    assert shown.splitlines() == [
        "*Unplanned full failover of lab to region2*",
        "• May be lost: at most *12* changes &lt;@here&gt;",
        "• 25 steps",
    ]
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


async def test_somebody_who_is_no_approver_is_told_and_recorded_and_the_run_stays(
    known: Environment, chat: Slack
) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        await chat.press(EVE, await posted_question(chat), "go")
        await until(lambda: whispers(chat, EVE))
    assert whispers(chat, EVE) == ["Nothing was done: Slack member U0EVE: is no approver of lab"]
    assert (chat.views, await state_of(run)) == ([], StateType.PAUSED)
    last = evidence.entries(gate.case)[-1]
    assert (last.kind, last.data["reasons"]) == ("gate.refused", ["Slack member U0EVE: is no approver of lab"])


async def test_a_dialog_that_another_member_sends_in_is_refused(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        await chat.press(ALICE, await posted_question(chat), "go")
        await until(lambda: chat.views)
        await chat.submit(EVE, chat.views[0], "let me")
        await until(lambda: whispers(chat, EVE))
    assert await state_of(run) == StateType.PAUSED


async def test_a_second_press_and_a_second_dialog_change_nothing(known: Environment, chat: Slack) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        copy = Message(message.ts, message.text, list(message.blocks))
        await decide(chat, ALICE, message, "go", "the first one")
        await until(lambda: not message.buttons())
        await chat.submit(BOB, chat.views[0], "the second one")
        await chat.press(ALICE, copy, "go")
        await until(lambda: whispers(chat, ALICE) and whispers(chat, BOB))
    assert {*whispers(chat, ALICE), *whispers(chat, BOB)} == {service.OLD}
    assert [answer.reason for answer in await answers(run)] == ["the first one"]


async def test_a_button_of_an_earlier_round_answers_nothing_of_the_newer_one(known: Environment, chat: Slack) -> None:
    gate = Gate()
    first = await gate.ask()
    async with serving(known, chat):
        old = await posted_question(chat)
        copy = Message(old.ts, old.text, list(old.blocks))
        second = await gate.ask()
        await until(lambda: not old.buttons())
        await posted_question(chat)
        await chat.press(ALICE, copy, "go")
        await until(lambda: whispers(chat, ALICE))
    assert whispers(chat, ALICE) == [service.OLD]
    assert await answers(first) + await answers(second) == []


@pytest.mark.parametrize("value", ["", "{}", "[1, 2]", '["lab", "run", "question", "force"]'])
async def test_a_forged_button_is_none_of_ours(known: Environment, chat: Slack, value: str) -> None:
    gate = Gate()
    run = await gate.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        message.buttons()["go"]["value"] = value
        await chat.press(ALICE, message, "go")
        await until(lambda: whispers(chat, ALICE))
    assert whispers(chat, ALICE) == ["Nothing was done (Refused): answer in the Prefect UI, or try again."]
    assert await state_of(run) == StateType.PAUSED


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
        form = {"decision": "go", "approver": "alice", "reason": "in the interface"}
        async with get_client() as client:
            await client.resume_flow_run(run, run_input=form)
        chat.away = False
        await until(lambda: not message.buttons())
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


async def test_no_token_and_no_key_stands_in_what_the_service_keeps_or_says(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture, state: Path
) -> None:
    gate = Gate()
    await gate.ask()
    async with serving(known, chat):
        await posted_question(chat)
        chat.away = True
        evidence.append("lab", gate.case, "a1", "act.after", {"step": "promote:r2-db"})
        await until(lambda: "looked in vain" in caplog.text)
    kept = "".join(file.read_text() for file in sorted(state.rglob("*.json*")))  # noqa: ASYNC240  (a test's own folder)
    secrets = (BOT, APP, slack.key().hex())
    assert gate.case in kept
    assert [secret for secret in secrets if secret in caplog.text + kept] == []


async def test_an_environment_without_a_channel_says_what_is_missing() -> None:
    with pytest.raises(Refused, match=r"lab.yaml: approval.slack: is missing: name the block, the channel"):
        await service.serve(environment("lab"))
