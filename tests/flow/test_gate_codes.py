"""An approver proves by a one-time code who he is: judged at the moment he answered, and good once."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import AsyncMock

import pyotp
import pytest

from flows.gate import gate
from model.approval import CODE, Answer
from model.runbooks import FULL_FAILOVER
from model.step import Intent
from tasks import cases, evidence, show
from tasks.approvals import codes, prefect_ui
from tasks.run import Run, digest
from tests.flow.conftest import UNHURRIED_S
from tests.unit.model.builders import region1_lost, view

AT = 1_800_000_015.0
SEEN = view(region1_lost()).seen
_numbers = count()


class Suspended(BaseException):
    """The process ends here; another begins when somebody has answered."""


class Gate:
    """A deployed run at its gate, in an environment whose approvers need codes."""

    def __init__(self, name: str, case: str) -> None:
        self.run = Run(environment=name, case=case, attempt="a1", intent=_INTENT)
        self.shown: list[tuple[str, str, str]] = []
        self.given: dict[str, Answer] = {}
        data = {"environment": name, "digest": digest(name), "intent": asdict(_INTENT)}
        evidence.append(name, case, "a1", "case.opened", data)

    def answer(self, code: str, *, at: float = AT, approver: str = "alice") -> None:
        self.given[f"run/{len(self.given)}"] = Answer(
            question=self.shown[-1][0], approver=approver, decision="go", reason="fine by me", channel="prefect-ui",
            at=at, code=code,
        )  # fmt: skip

    async def passed(self) -> bool:
        """Let a process come to the gate; whether it went on."""
        try:
            await gate(FULL_FAILOVER, self.run, SEEN, None)
        except Suspended:
            return False
        return True

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [dict(entry.data) for entry in evidence.entries(self.run.case) if entry.kind == kind]


_INTENT = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="a test")


@pytest.fixture
def seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    address = codes.enrol("alice", renew=False)
    return str(pyotp.parse_uri(address).secret)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], Gate]:
    """Make an environment, and a gate of it; the gates of several are told apart by their case."""
    made: dict[str, Gate] = {}

    def of(question: str) -> Gate:
        return next(gate for case, gate in made.items() if case in question)

    async def answers(stage: str, judged: Iterable[str]) -> dict[str, Answer]:
        return {key: answer for key, answer in of(stage).given.items() if key not in set(judged)}

    async def ask(question: str, text: str, codes_: str, *, in_slack: bool) -> None:
        assert not in_slack
        of(question).shown.append((question, text, codes_))
        raise Suspended

    async def observed(_run: Run) -> Any:
        return SEEN

    def one() -> Gate:
        name = f"coded{next(_numbers)}"  # a process reads an environment once
        (tmp_path / f"{name}.yaml").write_text(_text(name))
        gate = Gate(name, f"{name}-20270101T000000-region2")
        made[gate.run.case.lower()] = gate
        return gate

    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setattr(prefect_ui, "is_deployed", lambda: True)
    monkeypatch.setattr(prefect_ui, "answers", answers)
    monkeypatch.setattr(prefect_ui, "ask", ask)
    monkeypatch.setattr(show, "page", AsyncMock())
    monkeypatch.setattr(cases, "observed", observed)
    return one


def _text(name: str) -> str:
    text = Path("deployments/environments/lab.yaml").read_text().replace("name: lab\n", f"name: {name}\n", 1)
    text = text.replace("[alice, bob]", "[{name: alice, identity: code}, {name: bob, identity: code}]")
    return text.replace("  four_eyes: false\n", "  expires_s: 1.0e+10\n")  # these answers are of another year


@pytest.fixture
def at_gate(seed: str, make: Callable[[], Gate]) -> Gate:
    assert seed
    return make()


def code(seed: str, at: float = AT) -> str:
    return pyotp.TOTP(seed).at(int(at))


async def test_the_code_of_that_moment_counts_and_is_never_kept(at_gate: Gate, seed: str) -> None:
    assert not await at_gate.passed()
    assert at_gate.shown[0][2] == "all"
    at_gate.answer(code(seed))
    assert await at_gate.passed()
    (answered,) = at_gate.records("gate.answered")
    assert (answered["identity"], answered["code_step"]) == ("one-time code", int(AT) // 30)
    written = evidence.journal(at_gate.run.case).read_text()
    assert code(seed) not in written
    assert seed not in written
    assert evidence.case_of(at_gate.run.case).approvals[0].identity == "one-time code"


@pytest.mark.parametrize("late", [-29.0, 29.0])
async def test_a_clock_that_is_a_little_off_is_forgiven(at_gate: Gate, seed: str, late: float) -> None:
    await at_gate.passed()
    at_gate.answer(code(seed, AT + late))
    assert await at_gate.passed()


@pytest.mark.parametrize("given", ["000000", "", "12345", "<script>"])
async def test_a_wrong_code_is_refused_recorded_and_asked_again_in_a_new_round(
    at_gate: Gate, seed: str, given: str
) -> None:
    await at_gate.passed()
    at_gate.answer(given)
    assert not await at_gate.passed()
    (refused,) = at_gate.records("gate.refused")
    assert refused["approver"] == "alice"
    assert refused["reasons"][0].startswith("code: ")
    assert not given or given not in str(refused)
    assert at_gate.shown[0][0] != at_gate.shown[1][0]
    assert "**The last answer did not count:** code: " in at_gate.shown[1][1]
    at_gate.answer(code(seed))
    assert await at_gate.passed()


@pytest.mark.parametrize("age", [90.0, 3600.0, -90.0])
async def test_a_code_of_another_moment_is_refused(at_gate: Gate, seed: str, age: float) -> None:
    await at_gate.passed()
    at_gate.answer(code(seed, AT - age))
    assert not await at_gate.passed()
    assert at_gate.records("gate.answered") == []


async def test_a_code_that_was_given_before_is_refused_in_every_case(at_gate: Gate, seed: str) -> None:
    """Also one given to a question that was not open any more: whoever looked over a shoulder has it too."""
    await at_gate.passed()
    await at_gate.passed()
    at_gate.shown.append(at_gate.shown[0])
    at_gate.answer(code(seed))
    assert not await at_gate.passed()
    assert at_gate.records("gate.refused")[0]["code_step"] == int(AT) // 30
    at_gate.answer(code(seed), at=AT + 5)
    assert not await at_gate.passed()
    assert "was given before" in at_gate.records("gate.refused")[1]["reasons"][0]
    at_gate.answer(code(seed, AT - 30), at=AT + 5)
    assert not await at_gate.passed(), "nor one that is older still"
    at_gate.answer(code(seed, AT + 60), at=AT + 60)
    assert await at_gate.passed()


async def test_the_code_of_another_approver_is_not_his(at_gate: Gate, seed: str) -> None:
    codes.enrol("bob", renew=False)
    await at_gate.passed()
    at_gate.answer(code(seed), approver="bob")
    assert not await at_gate.passed()


async def test_where_no_code_can_be_judged_the_run_waits_and_says_why(at_gate: Gate, seed: str) -> None:
    await at_gate.passed()
    codes.path().chmod(0o644)
    at_gate.answer(code(seed))
    assert not await at_gate.passed()
    (refused,) = at_gate.records("gate.refused")
    assert "cannot be judged here" in refused["reasons"][0]
    assert "readable by others" in refused["reasons"][0]
    assert seed not in str(refused)
    codes.path().chmod(0o600)
    at_gate.answer(code(seed), approver="bob")
    assert not await at_gate.passed()
    assert "bob has no seed: gdr approver bob" in at_gate.records("gate.refused")[1]["reasons"][0]


async def test_a_code_that_two_environments_judge_at_once_counts_in_one_of_them(
    at_gate: Gate, make: Callable[[], Gate], seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, came, passed = make(), Event(), list[bool]()
    for each in (at_gate, elsewhere):
        await each.passed()
        each.answer(code(seed))
    other = Thread(target=lambda: passed.append(asyncio.run(elsewhere.passed())))
    used, lock = codes.used, evidence.lock

    def looked(name: str) -> Iterable[int]:
        found = list(used(name))
        if threading.current_thread() is not other:
            other.start()
            assert came.wait(UNHURRIED_S), "nobody waits for the one who has looked"
        return found

    def locked(name: str, held_s: float | None = None) -> AbstractContextManager[None]:
        if threading.current_thread() is other and name == codes.LOCK:
            came.set()
        return lock(name, held_s)

    monkeypatch.setattr(codes, "used", looked)
    monkeypatch.setattr(evidence, "lock", locked)
    assert await at_gate.passed()
    other.join()
    assert passed == [False]
    assert (len(at_gate.records("gate.answered")), elsewhere.records("gate.answered")) == (1, [])
    (refused,) = elsewhere.records("gate.refused")
    assert "was given before" in refused["reasons"][0]


LOOKS = """
import sys
from model.approval import CODE, Answer
from tasks.approvals import who
from tasks.run import environment
name, code, at = sys.argv[1:]
given = Answer(question="q", approver="alice", decision="go", reason="r", channel="c", at=float(at), code=code)
with who.settled(given, environment(name)) as identity:
    print(identity.word, flush=True)
    sys.stdin.read()
"""


def looking(name: str, given: str) -> subprocess.Popen[str]:
    """Start a process that judges a code, and records nothing."""
    argv = [sys.executable, "-c", LOOKS, name, given, str(AT)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def test_one_who_is_killed_between_look_and_record_holds_others_up_and_uses_up_nothing(
    at_gate: Gate, make: Callable[[], Gate], seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, given = make(), code(seed)
    await at_gate.passed()
    with looking(elsewhere.run.environment, given) as looks:
        assert looks.stdout
        assert looks.stdout.readline() == f"{CODE}\n"
        monkeypatch.setattr(codes, "HELD_S", 0.1)
        at_gate.answer(given)
        assert not await at_gate.passed()
        looks.kill()
    assert f"held for 0.1 s by process {looks.pid}" in at_gate.shown[1][1]
    (refused,) = at_gate.records("gate.refused")
    assert refused["reasons"][0].startswith("identity: cannot be judged here: ")
    assert "code_step" not in refused
    at_gate.answer(given)
    assert await at_gate.passed()


@pytest.mark.parametrize(("how_many", "required"), [("none", False), ("some", False), ("all", True)])
def test_the_form_asks_for_a_code_where_somebody_has_one(how_many: str, required: bool) -> None:  # noqa: FBT001
    form = prefect_ui.FORMS[how_many]
    schema, filled = form.model_json_schema(), form.with_initial_data(description="what").model_json_schema()
    assert ("code" in schema["properties"]) is (how_many != "none")
    assert ("code" in schema["required"]) is required
    assert filled["properties"] == schema["properties"], "a prefilled field would lose its rules"
