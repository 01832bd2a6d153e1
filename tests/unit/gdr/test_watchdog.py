"""The watchdog runs the return guard when a host answers that was silent, and at no other time."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gdr import deaths, runs, watchdog
from model.environment.environment import Environment
from model.observation import HostSeen, Observation
from model.scope import Scope
from tasks.run import environment


class Over(Exception):
    """The world has nothing more to show."""


def shows(monkeypatch: pytest.MonkeyPatch, *moments: set[str], fails: int = 0) -> list[frozenset[str]]:
    """Let these hosts answer, look by look; return who had the guard look, and each time for whom."""
    told: list[frozenset[str]] = []
    world: Iterator[set[str]] = iter(moments)

    async def look(_known: Environment, scope: Scope) -> Observation:
        answering = next(world, None)
        if answering is None:
            raise Over
        assert {"r1-db", "r1-fw-p", "r1-app-p", "r2-db"} <= scope.hosts
        return Observation(at=0, hosts={name: HostSeen(answers=name in answering) for name in scope.hosts})

    async def guard(_known: Environment, returned: frozenset[str]) -> bool:
        told.append(returned)
        return len(told) != fails

    monkeypatch.setattr(watchdog, "look", look)
    monkeypatch.setattr(watchdog, "guard", guard)
    monkeypatch.setattr(watchdog, "EVERY_S", 0.0)
    monkeypatch.setattr(watchdog, "AGAIN_S", 0.0)
    return told


async def test_a_host_that_answers_again_is_guarded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"r2-db", "r1-db"}
    told = shows(monkeypatch, both, {"r2-db"}, both, both)
    with pytest.raises(Over):
        await watchdog.keep_watching(environment("lab"))
    assert told == [both, {"r1-db"}]


async def test_a_guard_that_failed_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told = shows(monkeypatch, {"r2-db"}, {"r2-db", "r1-db"}, {"r2-db", "r1-db"}, {"r2-db", "r1-db"}, fails=2)
    with pytest.raises(Over):
        await watchdog.keep_watching(environment("lab"))
    assert told == [{"r2-db"}, {"r1-db"}, {"r1-db"}]


async def test_the_guard_is_run_as_an_operator_would(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = tmp_path / "gdr"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    await watchdog.guard(environment("lab"), frozenset({"r1-db", "r1-app-p", *"abcde"}))
    assert said.read_text().splitlines() == [
        "run", "return-guard", "lab", "--reason=the watchdog: a, b, c, d, e and 2 more answer"
    ]  # fmt: skip


async def test_a_watchdog_that_is_stopped_stops_the_guard_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    began, ended = tmp_path / "began", tmp_path / "ended"
    program = tmp_path / "gdr"
    program.write_text(f"#!/bin/sh\ntrap 'touch {ended}; exit' TERM\ntouch {began}\nwhile :; do sleep 0.05; done\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    running = asyncio.ensure_future(watchdog.guard(environment("lab"), frozenset({"r1-db"})))
    await until(began)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(ended)


async def until(path: Path) -> None:
    async with asyncio.timeout(10):
        while not path.exists():  # noqa: ASYNC110, ASYNC240  (another process makes it)
            await asyncio.sleep(0.02)


def test_a_death_is_told_within_half_a_minute_whatever_the_server_does() -> None:
    """Seen at one look and again at the next, each as slow as may be; then sent. In real seconds: test_chaos."""
    a_look = deaths.EVERY_S + runs.ANSWERS_S
    assert deaths.TAKEN_UP_S + 2 * a_look + deaths.SENT_S <= 30
