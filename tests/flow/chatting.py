"""What the tests of Slack share: an open case, a run of it that waits, the service, and people who press buttons."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.input.actions import afilter_flow_run_input
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Suspended

from gdr.slack import service
from model.answered import question_data
from model.approval import Answer, Bounds, Question
from model.environment.environment import Environment
from model.step import Intent
from tasks import evidence
from tasks.approvals import prefect_ui
from tasks.run import digest
from tests.fakes.slack import Message, Slack, ticks, until

ALICE, BOB, EVE = "U0ALICE", "U0BOB", "U0EVE"
PLAN = "## Unplanned full failover of lab to region2\n- May be lost: at most **12** changes <@here>\n- 25 steps"
INTENT = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="a test")
LEFT_OPEN = "ignore:unclosed transport:ResourceWarning"
"""A client that is ended in the middle of a request leaves its connection to the garbage collector, which says so."""


@asynccontextmanager
async def serving(known: Environment, chat: Slack, *, is_heard: bool = True) -> AsyncIterator[None]:
    """Run the service, first until Slack hears of it; what it raises fails the test."""
    before = chat.connections
    working = asyncio.ensure_future(service.serve(known))
    await until(lambda: working.done() or chat.connections > before or not is_heard)
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
        data = {"environment": "lab", "digest": digest("lab"), "intent": asdict(INTENT)}
        evidence.append("lab", self.case, "a1", "case.opened", data)
        self.rounds = 0

    async def ask(self, ago_s: float = 0.0) -> UUID:
        """Do as the gate does, or has done a while ago."""
        self.rounds += 1
        asked = question(self.case, self.rounds)
        run = await suspended(asked.key)
        with patch("tasks.evidence.time.time", return_value=time.time() - ago_s):
            data = question_data(replace(asked, flow_run=str(run)))
            self.records("gate.asked", stage="declare", channel="prefect-ui", **data)
        return run

    def records(self, kind: str, **data: Any) -> None:
        evidence.append("lab", self.case, "a1", kind, data)

    def refused(self) -> list[str]:
        """Return why somebody was turned away, of each record."""
        return [
            "; ".join(entry.data["reasons"]) for entry in evidence.entries(self.case) if entry.kind == "gate.refused"
        ]


async def suspended(question: str) -> UUID:
    """Make a run that is suspended at a question."""
    paused = Suspended(timeout_seconds=600, pause_key=question)
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
