"""A run whose process and worker were killed: the server calls it Running for ever, and people are told. Real kills."""

import asyncio
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Pause
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Pending, Running, Suspended

import gdr.runs
from flows import full_failover as runbook
from flows.ending import ends_in_words
from gdr import deaths, watchdog
from gdr.deaths import Watch
from gdr.runs import runs
from model.errors import Refused
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Intent
from tasks import evidence, presence
from tasks.run import digest, environment
from tests.fakes.slack import HOOK, Slack
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names

CASE = "lab-20261121T120000-region2"
WORDS = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "a test"}
AGAIN = "gdr run full-failover lab --target region2 --mode planned '--reason=a test'"
PROCESS = f"""
    import signal, sys
    from tasks import presence

    with presence.at_work("lab", "full-failover", {WORDS!r}, sys.argv[1], KeyError):
        print("at work", flush=True)
        signal.pause()
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no busy machine decide what is seen of the server."""
    monkeypatch.setattr(gdr.runs, "ANSWERS_S", 60.0)
    monkeypatch.setattr(deaths, "SENT_S", 60.0)


@flow(name="full-failover")
async def stands_for_a_failover() -> None:
    """Nothing runs: only its runs are needed."""


@pytest_asyncio.fixture
async def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    """A channel with an incoming webhook, which the block file names."""
    async with Slack(members=()) as found:
        blocks = tmp_path / "blocks.yaml"
        url = {"url": "{{hook}}", "secrets": {"hook": found.api.replace("/api/", HOOK)}}
        notify = {"type": "custom-webhook", "name": "chat", "json_data": {"text": "{{body}}"}, **url}
        blocks.write_text(json.dumps({"notify": notify}))
        blocks.chmod(0o600)
        monkeypatch.setenv("GDR_BLOCKS", str(blocks))
        yield found


@pytest.fixture
def case() -> str:
    """A case that is open."""
    intent = Intent(runbook="full_failover", target="region2", mode="planned", reason="a test")
    data = {"environment": "lab", "digest": digest("lab"), "intent": asdict(intent)}
    evidence.append("lab", CASE, "a1", "case.opened", data)
    return CASE


@pytest_asyncio.fixture
async def over() -> AsyncIterator[list[UUID]]:
    """Runs that are taken off the server at the end: other tests have the same one."""
    found: list[UUID] = []
    yield found
    async with get_client() as client:
        for run in found:
            await client.delete_flow_run(run)


async def called(over: list[UUID], state: State[Any], tag: str = "runbook", **words: str) -> str:
    """Let the server hold a run for this; return its id."""
    async with get_client() as client:
        run = await client.create_flow_run(
            stands_for_a_failover, parameters=WORDS | words, tags=["genesys-dr", tag], state=state
        )
    over.append(run.id)
    return str(run.id)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    found: list[subprocess.Popen[str]] = []
    yield found
    for process in found:
        process.kill()
        process.communicate()


def begin(processes: list[subprocess.Popen[str]], run: str) -> subprocess.Popen[str]:
    """Begin a process that is at work for a run."""
    argv = [sys.executable, "-c", textwrap.dedent(PROCESS), run]
    process = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": "."}, stdout=subprocess.PIPE, text=True)
    processes.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


async def runs_there() -> list[tuple[UUID, str]]:
    async with get_client() as client:
        found: list[FlowRun] = await client.read_flow_runs()
    return sorted((run.id, str(run.state and run.state.id)) for run in found)


async def look(watch: Watch, times: int) -> None:
    for _ in range(times):
        await watch.look()


def touched(path: Path) -> None:
    path.parent.mkdir()
    path.touch()


def died() -> list[dict[str, Any]]:
    return [dict(entry.data) for entry in evidence.entries(CASE) if entry.kind == "attempt.died"]


async def test_a_run_killed_with_its_worker_is_told_once_and_left_as_it_is(
    chat: Slack, case: str, over: list[UUID], processes: list[subprocess.Popen[str]]
) -> None:
    run = await called(over, Running())
    process, watch = begin(processes, run), Watch(environment("lab"))
    await look(watch, 3)
    assert (chat.notices, died()) == ([], [])

    before = await runs_there()
    process.kill()
    process.wait()
    await look(watch, 4)
    (record,), (notice,) = died(), chat.notices
    assert (record["run"], record["server"], record["way"]) == (run, "Running", AGAIN)
    assert notice.startswith(f"lab: process {process.pid} on ")
    assert f"Case {case} stays open" in notice
    assert AGAIN in notice
    assert await runs_there() == before, "no state was set, and nothing was begun"

    begin(processes, run).kill()
    processes[-1].wait()
    await look(watch, 2)
    assert len(died()) == len(chat.notices) == 2


async def test_while_the_server_is_away_a_death_is_told_and_that_it_is(
    chat: Slack, case: str, over: list[UUID], processes: list[subprocess.Popen[str]]
) -> None:
    process = begin(processes, await called(over, Running()))
    process.kill()
    process.wait()
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        await look(Watch(environment("lab")), 3)
    assert case
    assert died()[0]["server"] is None
    assert "it does not answer" in chat.notices[0]


async def test_what_the_receiver_calls_unfit_is_left_to_the_log(
    chat: Slack, tmp_path: Path, processes: list[subprocess.Popen[str]], caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "blocks.yaml"
    file.write_text(file.read_text().replace('"text"', '"words"'))
    process = begin(processes, "")
    process.kill()
    process.wait()
    await look(Watch(environment("lab")), 4)
    assert (chat.notices, presence.roll_call("lab")) == ([], ((), ()))
    assert [line for line in caplog.messages if "the block that tells: HTTP 400 to what is told of" in line]


async def test_a_run_that_waits_for_a_person_is_none_that_died(
    chat: Slack, over: list[UUID], processes: list[subprocess.Popen[str]]
) -> None:
    process = begin(processes, await called(over, Suspended(timeout_seconds=600, pause_key="k")))
    process.kill()
    process.wait()
    await look(Watch(environment("lab")), 3)
    assert (chat.notices, presence.roll_call("lab")) == ([], ((), ()))


async def test_what_the_server_holds_for_alive_is_known_by_environment_and_tag(over: list[UUID]) -> None:
    pending = await called(over, Pending())
    waiting = await called(over, Suspended(timeout_seconds=600, pause_key="k"))
    await called(over, Running(), environment="prod")
    await called(over, Running(), tag="readiness")
    found = await runs("lab", [])
    assert found is not None
    assert {id_: (run.runbook, run.state, run.words) for id_, run in found.items()} == {
        pending: ("full-failover", "Pending", WORDS)
    }
    assert set(await runs("lab", [waiting]) or ()) == {pending, waiting}


async def test_a_flow_is_at_work_until_it_ends_or_waits_and_no_longer() -> None:
    seen: list[Any] = []

    @ends_in_words
    async def full_failover(environment: str, reason: str, end: BaseException | None = None) -> str:
        seen.extend(presence.roll_call(environment)[0])
        if end:
            raise end
        return reason

    await flow(full_failover)("lab", "a test")
    await full_failover("lab", "a test", Refused("no"))
    with pytest.raises(Pause):
        await full_failover("lab", "a test", Pause())
    assert presence.roll_call("lab") == ((), ())
    assert [(note.runbook, note.words, note.run) for note in seen] == [
        ("full-failover", {"environment": "lab", "reason": "a test"}, "")
    ] * 3


async def test_a_failover_whose_note_cannot_be_written_goes_on_and_owes_that(
    state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """That a death is told is a should: no folder of another account, and no full disk, stops a failover."""
    Recorder().install(monkeypatch)
    monkeypatch.setattr(runbook, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    touched(state / "at_work")
    ended: Any = runbook.full_failover(**WORDS, beforehand=BEFOREHAND, return_state=True)
    assert (await ended).name == "Completed"
    (case,) = evidence.cases("lab")
    ((target, what),) = case.debts
    assert (target, what in caplog.messages) == ("tidings of a dead run", True)
    assert "should this process die, gdr-watchdog tells nobody: see to that folder" in what


async def test_hosts_and_runs_are_watched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = asyncio.Barrier(2)

    async def once(_known: object) -> None:
        await both.wait()

    monkeypatch.setattr(watchdog, "keep_watching", once)
    monkeypatch.setattr(deaths, "keep_looking", once)
    await asyncio.wait_for(watchdog.watch(environment("lab")), 10)
