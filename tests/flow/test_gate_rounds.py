"""A run that has asked very often hears the newest answer as it heard the first, and overhears none."""

import json
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client

from model.approval import Answer
from tasks.approvals import prefect_ui

STAGE = "declare-lab-20261121t120000-region2"
ROUNDS = 70


async def put(run: str, number: int) -> None:
    """Leave what the server keeps of a round that was asked and answered."""
    said = {"decision": "go", "approver": "alice", "reason": f"round {number}"}
    kept = {"schema": {"type": "object"}, "description": "what is shown", "response": said}
    async with get_client() as client:
        for what, value in kept.items():
            await client.create_flow_run_input(UUID(run), f"suspended-{STAGE}-{number}-{what}", json.dumps(value))


async def test_after_seventy_rounds_every_answer_nobody_has_judged_is_read_and_the_newest_last() -> None:
    found: list[dict[str, Answer]] = []

    @flow
    async def asks() -> None:
        run = prefect_ui.here().flow_run
        for number in range(1, ROUNDS + 1):
            await put(run, number)
        all_of_them = await prefect_ui.answers(STAGE, ())
        found.extend((all_of_them, await prefect_ui.answers(STAGE, list(all_of_them)[1:-1])))

    await asks()
    everything, left = found
    assert [answer.reason for answer in everything.values()] == [f"round {n}" for n in range(1, ROUNDS + 1)]
    assert [answer.question for answer in left.values()] == [f"{STAGE}-1", f"{STAGE}-{ROUNDS}"]
