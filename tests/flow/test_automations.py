"""Each automation fires on a real server, as it is shipped: what it tells, and that it changes no run."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.events.schemas.automations import Automation
from prefect.states import Crashed, Failed, Running, Suspended

from gdr import automations
from gdr.registration import register
from tests.fakes.slack import HOOK, Slack, until
from tests.flow.servers import Server
from tests.unit.gdr import shell

UI = "https://prefect.example"
RUNBOOK, GUARD, READINESS = "full-failover lab", "return-guard lab", "readiness lab"
LONG = "genesys-dr: an approval has waited for half an hour"
SECRETS = (HOOK.rpartition("/")[2], "bm9uZQ==")
CHANGES_RUNS = ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "REPOSSESSOR")
WRITES_TOO = ("EVENT_PERSISTER", "TASK_RUN_RECORDER", "CLEANUP_RECONCILER")
SETTINGS = {
    "PREFECT_UI_URL": UI,
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT0.2S",
    **{f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in (*CHANGES_RUNS, *WRITES_TOO)},
}
HALF_AN_HOUR_PASSES = """
    update automation_bucket set "start" = datetime("start", '-1800 seconds'), "end" = datetime("end", '-1800 seconds')
    where automation_id = (select id from automation where name like '%half an hour')
"""
UNHURRIED_S = 240.0  # the machine may be busy
WAITS = Suspended(timeout_seconds=86400, pause_key="k")
HELD = Failed(name="Held", message="fence r1-db: no answer")
ENDS = (HELD, Failed(name="Refused", message="is active"), Failed(message="KeyError"), Crashed(message="killed"))
RED = Failed(name="Red", message="r2-db: 9000 changes behind")
Told = set[tuple[str, str]]


@flow
async def stands_for_a_runbook() -> None:
    """Nothing runs: only its runs are needed."""


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "blocks.yaml"
    shell.blocks(path)
    monkeypatch.setenv("GDR_BLOCKS", str(path))
    return path


def tells(file: Path, chat: Slack) -> None:
    """Let the block file name the channel's incoming webhook, which is told the automation's name as well."""
    hook = {"url": "{{hook}}", "secrets": {"hook": chat.api.replace("/api/", HOOK)}}
    notify = {"type": "custom-webhook", "name": "chat", "json_data": {"text": "{{subject}}\n{{body}}"}, **hook}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"notify": notify}))


@pytest.mark.timeout(900)
def test_each_automation_fires_once_tells_no_secret_and_changes_no_run(
    own_server: Server, server_database: Path, file: Path
) -> None:
    """A held guard and red readiness tell once in their time. To register again forgets neither that nor who waits."""
    own_server.begin_with(server_database)
    own_server.start(services=True, **SETTINGS)
    with own_server.asked():
        asyncio.run(each_fires(own_server, file))


async def each_fires(server: Server, file: Path) -> None:
    async with Slack(members=()) as chat, get_client() as client:
        tells(file, chat)
        assert await registered() == {"created"}
        waits, told = await all_but_the_long_wait(client)
        await until(lambda: heard(chat) >= told, UNHURRIED_S)
        assert await registered() == {"unchanged"}
        await called(client, GUARD, "guard", HELD)
        await called(client, READINESS, "readiness", RED)
        runs = await states(client)
        await until(lambda: server.statement(HALF_AN_HOUR_PASSES) == 1, UNHURRIED_S)
        there = await evaluated_now(client)
        told.add((LONG, line(f"{RUNBOOK} has waited for half an hour for an approval:", waits)))
        await until(lambda: heard(chat) >= told, UNHURRIED_S)
        assert sorted(chat.notices) == sorted("\n".join(words) for words in told)
        assert await states(client) == runs
    assert {name for name, _ in told} == {found.name for found in there}
    shown = "".join([*chat.notices, *(found.model_dump_json() for found in there)])
    assert [secret for secret in SECRETS if secret in shown] == []
    actions = [
        action for found in there for action in (*found.actions, *found.actions_on_trigger, *found.actions_on_resolve)
    ]
    assert {action.type for action in actions} == {"send-notification"}


async def registered() -> set[str]:
    """Return what `gdr register` says of the automations."""
    return {what for name, what in (await register(schedules=False)).items() if name.startswith("automation ")}


async def all_but_the_long_wait(client: PrefectClient) -> tuple[UUID, Told]:
    """Let runs come to what is told of at once; return the one that waits, and what must be told."""
    waits = await called(client, RUNBOOK, "runbook", WAITS)
    ended = [await called(client, RUNBOOK, "runbook", state) for state in ENDS]
    held, red = await called(client, GUARD, "guard", HELD), await called(client, READINESS, "readiness", RED)
    return waits, {
        ("genesys-dr: an approval is asked for", line(f"{RUNBOOK} waits for an approval:", waits)),
        *(
            ("genesys-dr: a run needs somebody", line(f"{RUNBOOK}: {state.name}: {state.message}", run))
            for run, state in zip(ended, ENDS, strict=True)
        ),
        ("genesys-dr: the return guard needs somebody", line(f"{GUARD}: Held: {HELD.message}", held)),
        ("genesys-dr: readiness is red", line(f"{READINESS}: Red: {RED.message}", red)),
    }


async def called(client: PrefectClient, name: str, tag: str, state: State[Any]) -> UUID:
    """Let the server hold a run that ran and came to a state."""
    run = await client.create_flow_run(stands_for_a_runbook, name=name, tags=["genesys-dr", tag], state=Running())
    known: UUID = run.id
    await client.set_flow_run_state(known, state, force=True)
    return known


def line(said: str, run: UUID) -> str:
    return f"{said} {UI}/v2/runs/flow-run/{run}"


async def states(client: PrefectClient) -> set[tuple[UUID, UUID | None]]:
    """Return each run of the server with its state's id."""
    return {(run.id, run.state_id) for run in await client.read_flow_runs()}


def heard(chat: Slack) -> Told:
    """Return what was told, with the name of the automation."""
    return {(name, words) for name, _, words in (notice.partition("\n") for notice in chat.notices)}


async def evaluated_now(client: PrefectClient) -> list[Automation]:
    """Let the server look now for what has not happened: it does when it loads an automation. Return what is there."""
    names = [item["name"] for item in automations.written()["automations"]]
    (long_wait,) = await client.read_automations_by_name(LONG)
    await client.pause_automation(long_wait.id)
    await client.resume_automation(long_wait.id)
    return [found for name in names for found in await client.read_automations_by_name(name)]
