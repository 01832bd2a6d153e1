"""A runbook from a shell ends with the state's exit code, and the private API is stopped whatever happens."""

import importlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from gdr import break_glass
from gdr.break_glass import Request, perform
from gdr.private_api import PrivateApi
from model.environment.document import RegionKey
from model.errors import Refused
from tasks.presence import roll_call
from tests.unit.gdr.shell import Gdr

REQUEST = Request(
    environment="lab",
    runbook="full-failover",
    target="region2",
    mode="planned",
    reason="test",
    beforehand=None,
)
RUN = ("run", "full-failover", "lab", "--target", "region2", "--mode", "planned", "--reason")


class FakeApi:
    """A private API that only counts."""

    calls: list[str]

    def __init__(self) -> None:
        FakeApi.calls = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")


@pytest.fixture(autouse=True)
def _api(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(break_glass, "PrivateApi", FakeApi)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def ends(monkeypatch: pytest.MonkeyPatch, name: str | Exception) -> None:
    async def run(_self: object) -> tuple[str, str]:
        if isinstance(name, Exception):
            raise name
        return name, "the next safe command"

    monkeypatch.setattr(break_glass._Runbook, "_run", run)


@pytest.mark.parametrize(
    ("name", "code"), [("Completed", 0), ("Not needed", 0), ("Refused", 3), ("Held", 4), ("Declined", 5), ("Failed", 4)]
)
def test_the_state_becomes_the_exit_code(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    ends(monkeypatch, name)
    answer = perform(REQUEST)
    assert (answer.code, answer.data) == (code, {"state": name, "message": "the next safe command"})
    assert FakeApi.calls == ["start", "stop"]


def test_what_is_wrong_before_the_flow_is_bad_input(monkeypatch: pytest.MonkeyPatch, gdr: Gdr) -> None:
    ends(monkeypatch, Refused("blocks.yaml: no such file"))
    said = gdr(*RUN, "because", "--json")
    assert (said.code, said.json) == (2, {"error": "blocks.yaml: no such file"})
    assert FakeApi.calls == ["start", "stop"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["x"], "--reason: 1 characters"),
        ([" " * 10], "--reason: 0 characters"),
        (["x" * 501], "--reason: 501 characters"),
        (["because", "--approver", "alice"], "needs all three"),
        (["because", "--answer", "decline"], "go"),
    ],
)
def test_bad_input_starts_nothing(gdr: Gdr, more: list[str], says: str) -> None:
    FakeApi.calls = []
    said = gdr(*RUN, *more)
    assert said.code == 2
    assert says in said.err
    assert FakeApi.calls == []


PROGRAM = """
    import asyncio
    from gdr import break_glass
    from gdr.cli import main
    from tasks import presence
    from tests.unit.gdr.test_break_glass import REQUEST, FakeApi

    async def for_ever(_self):
        with presence.at_work("lab", "full-failover", {}, "", KeyError):
            print("running", flush=True)
            await asyncio.to_thread(input)  # what the terminal channel does: no cancelling reaches it

    FakeApi.stop = lambda self: print("stopped", flush=True)
    break_glass.PrivateApi = FakeApi
    break_glass._Runbook._run = for_ever
    answer = break_glass.perform(REQUEST)
    main._answer = lambda words: answer
    main.main()
"""
NOTHING = "No case is open; nothing was changed."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("words", "out", "err"),
    [
        ((), "", f"Interrupted. {NOTHING}"),
        (("--json",), json.dumps({"state": "Interrupted", "message": NOTHING}, indent=2) + "\n", ""),
    ],
)
def test_an_interrupted_operator_is_told_at_once_where_it_stands(
    number: signal.Signals, words: tuple[str, ...], out: str, err: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), *words],
        env={**os.environ, "PYTHONPATH": "."},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "running\n"
        running.send_signal(number)
        assert running.wait(10) == 130
        assert running.stdout.read() == f"{out}stopped\n"
        assert running.stderr is not None
        assert running.stderr.read().strip() == err
    assert roll_call("lab") == ((), ()), "who was told is not found dead"


def test_an_interrupted_command_that_nobody_reads_any_more_is_gone_all_the_same() -> None:
    """As in `gdr run --json | less`: Ctrl-C ends the reader as well, and a thread that waits holds nothing up."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), "--json"],
        env={**os.environ, "PYTHONPATH": "."},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "running\n"
        running.stdout.close()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130


@pytest.mark.parametrize("error", [Refused("lab-1.jsonl: line 3: not a record"), OSError("no such disk")])
def test_where_the_journal_cannot_be_read_the_interrupted_is_told_that(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_name: str) -> str:
        raise error

    monkeypatch.setattr(break_glass, "standing", unreadable)
    said = break_glass._interrupted(REQUEST, PrivateApi())
    assert (said.code, said.data["message"]) == (130, f"Whether a case is open cannot be read: {error}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("full-failover", "lab", "--mode", "planned"), "--target: missing: full-failover must be told"),
        (("full-failover", "lab"), "--mode, --target: missing"),
        (("failback", "lab"), "--target: missing: failback must be told"),
        (("failback", "lab", "--target", "region1", "--mode", "planned"), "--mode: failback takes no such word"),
        (("reprotect", "lab", "--target", "region1"), "--target: reprotect takes no such word"),
        (("reprotect", "nowhere"), "no such environment"),
        (("full-failover", "lab", "--target", "region2", "--mode", "planned", "--lost", "dbms"), "takes no such word"),
        (("partial-failover", "lab", "--target", "region2", "--lost", "dbms", "--database", "stay"), "moves alone"),
    ],
)
def test_a_runbook_is_told_what_it_needs_and_no_more(gdr: Gdr, words: tuple[str, ...], says: str) -> None:
    FakeApi.calls = []
    said = gdr("run", *words, "--reason", "because")
    assert said.code == 2
    assert says in said.err
    assert FakeApi.calls == []


@pytest.mark.parametrize(
    ("runbook", "target"),
    [
        ("full-failover", "region2"),
        ("partial-failover", "region2"),
        ("reprotect", None),
        ("failback", "region1"),
        ("drill", None),
    ],
)
def test_each_runbook_is_the_flow_of_its_name(
    monkeypatch: pytest.MonkeyPatch, runbook: Any, target: RegionKey | None
) -> None:
    asked: dict[str, Any] = {}
    for module in ("full_failover", "partial_failover", "reprotect", "failback", "drill"):
        flow: Any = importlib.import_module(f"flows.{module}")
        monkeypatch.setattr(flow, module, partial(noting, asked, module))
    request = replace(REQUEST, runbook=runbook, target=target, beforehand={"approver": "alice", "reason": "test"})
    nothing: Any = None
    assert break_glass._Runbook(request, nothing, nothing)._flow() == runbook.replace("-", "_")
    assert asked["environment"] == "lab"
    assert asked["beforehand"].approver == "alice"
    assert asked.get("target") == target


def test_an_abort_is_a_flow_of_its_own_that_is_told_neither_region_nor_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(importlib.import_module("flows.abort"), "abort", partial(noting, asked, "it"))
    nothing: Any = None
    assert break_glass._Runbook(replace(REQUEST, abort=True), nothing, nothing)._flow() == "it"
    assert asked["environment"] == "lab"
    assert not {"target", "mode"} & set(asked)


def test_a_partial_failover_is_told_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    flow: Any = importlib.import_module("flows.partial_failover")
    monkeypatch.setattr(flow, "partial_failover", partial(noting, asked, "it"))
    request = replace(REQUEST, runbook="partial-failover", target="region2", lost="dbms", mode="planned")
    nothing: Any = None
    assert break_glass._Runbook(request, nothing, nothing)._flow() == "it"
    assert (asked["lost"], asked["mode"], asked["target"]) == ("dbms", "planned", "region2")
    stays = replace(request, lost="framework", database="stay")
    assert break_glass._Runbook(stays, nothing, nothing)._flow() == "it"
    assert (asked["lost"], asked["database"]) == ("framework", "stay")


def noting(asked: dict[str, Any], name: str, **words: Any) -> str:
    asked.update(words)
    return name
