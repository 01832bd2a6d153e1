"""A person at a terminal: what he says is judged as in every channel, and what does not count is asked for again."""

import io
import os
import pty
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pyotp
import pytest

from model.approval import SSH
from tasks import cases, evidence
from tasks.approvals import codes, signatures, terminal
from tasks.run import environment_file
from tests.flow.test_gate import CASE, EXPIRES_S, LOST, answered, opened, refused, resumed
from tests.flow.test_gate_killed import ALONE, ARGV, gates, kinds

NAME, SIGNATURE, CODE = "Your name on the approver list: ", "Signature: ", "One-time code: "

pytestmark = pytest.mark.timeout(900)  # a guard: each process imports all of Prefect, beside whatever else runs


@dataclass
class Seat:
    """Where somebody sits: what he types, and what he reads."""

    keyboard: int
    process: subprocess.Popen[str]

    def types(self, *lines: str) -> None:
        os.write(self.keyboard, "".join(f"{line}\n" for line in lines).encode())

    def reads(self, ending: str = NAME) -> str:
        """Read until he is asked this."""
        assert self.process.stdout
        said = ""
        while not said.endswith(ending):
            said += (more := self.process.stdout.read(1))
            assert more, said
        return said


@pytest.fixture
def sit(surroundings: dict[str, str]) -> Iterator[Callable[[], Seat]]:
    """Let somebody sit down at a terminal where the runbook was begun."""
    seats: list[Seat] = []
    ends: list[int] = []

    def sat() -> Seat:
        ours, theirs = pty.openpty()
        ends.extend((ours, theirs))
        known = surroundings | {key: value for key, value in os.environ.items() if key.startswith("GDR_")}
        process = subprocess.Popen(
            ARGV, env=known, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        seats.append(Seat(ours, process))
        return seats[-1]

    yield sat
    for seat in seats:
        seat.process.kill()
        seat.process.wait()
        assert seat.process.stdout
        seat.process.stdout.close()
    for end in ends:
        os.close(end)


def test_a_terminal_that_is_killed_while_it_waits_asks_again_and_nothing_has_counted(sit: Callable[[], Seat]) -> None:
    killed = sit()
    killed.reads()
    killed.types("alice", "go")
    killed.process.kill()
    killed.process.wait()
    assert kinds() == ["asked"]
    lives = sit()
    lives.reads()
    lives.types("alice", "go", "seen on the bridge")
    text, _ = lives.process.communicate()
    assert lives.process.returncode == 0, text
    assert kinds() == ["asked", "asked", "answered"]
    assert len({entry.data["question"] for entry in gates() if entry.kind == "gate.asked"}) == 2


@pytest.fixture
def alice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Alice proves by a code who she is, or by this key; there is another key, of nobody."""
    for name in ("alice", "nobody"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    key = tmp_path / "alice"
    entry = f'{{name: alice, identity: code, ssh_key: "{public(key)}"}}'
    text = environment_file("lab").read_text()
    assert ALONE in text
    (tmp_path / "lab.yaml").write_text(text.replace("[alice, bob]", f"[{entry}, bob]"))
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    return key


def public(key: Path) -> str:
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def signed(key: Path, said: str) -> str:
    """Do with a key what the terminal says."""
    statement = said.split("<<'EOF'\n")[1].removesuffix(f"EOF\n\n{SIGNATURE}")
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", signatures.NAMESPACE, "-f", str(key)]
    return subprocess.run(argv, input=statement, capture_output=True, text=True, check=True).stdout.strip()


def told(said: str) -> str:
    """Return what the terminal says first about the last answer."""
    assert said.count("**The last answer did not count:**") == 1
    return said.split("**The last answer did not count:** ")[1].splitlines()[0]


@pytest.mark.openssh
def test_what_does_not_prove_who_sits_there_is_told_recorded_and_asked_again(
    alice: Path, sit: Callable[[], Seat]
) -> None:
    device = pyotp.TOTP(pyotp.parse_uri(codes.enrol("alice", renew=False)).secret)
    seat = sit()
    seat.reads()
    seat.types("mallory", "go", "let me in")
    reasons = [told(seat.reads())]

    def says(signature: str = "", code: str = "", decision: str = "go") -> None:
        seat.types("alice", decision, "seen on the bridge")
        seat.reads(SIGNATURE)
        seat.types(signature)
        if not signature:
            seat.reads(CODE)
            seat.types(code)
        reasons.append(told(seat.reads()))

    seat.types("alice", "go", "seen on the bridge")
    asked = seat.reads(SIGNATURE)
    seat.types(signed(alice.with_name("nobody"), asked))
    reasons.append(told(seat.reads()))
    says(signature=signed(alice, asked))  # it is the one of the question before
    now = time.time()
    says(code=device.at(int(now) - 3600))
    says(code=device.at(int(now)), decision="perhaps")
    says(code=device.at(int(now)))
    seat.types("alice", "go", "seen on the bridge")
    right = signed(alice, seat.reads(SIGNATURE))
    seat.types(right)
    text, _ = seat.process.communicate()
    assert seat.process.returncode == 0, text

    not_hers = "signature: is not that of the key which lab.yaml names for alice"
    assert reasons == [
        "approver 'mallory': not on the list of lab: alice, bob",
        not_hers,
        not_hers,
        "code: is not the one that your device showed when you answered: each is good for half a minute",
        "decision 'perhaps': must be go, wait or decline",
        "code: it, or a later one, was given before: wait for the next",
    ]
    assert kinds() == ["asked", "refused"] * 6 + ["asked", "answered"]
    refusals = [entry.data for entry in gates() if entry.kind == "gate.refused"]
    assert ["; ".join(data["reasons"]) for data in refusals] == reasons
    assert [data.get("code_step") for data in refusals] == [None] * 4 + [int(now) // 30] * 2
    kept = [("signature" in data, data.get("statement", "").split("\n")[0]) for data in refusals]
    assert kept == [(False, ""), *[(True, "genesys-dr approval")] * 2, *[(False, "")] * 3]
    last = gates()[-1].data
    assert (last["identity"], last["channel"], last["signature"]) == (SSH, "terminal", right)
    assert f"question: {gates()[-2].data['question']}\n" in last["statement"]
    assert signatures.is_of("alice", public(alice), last["statement"], last["signature"])


class Typed(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_who_thinks_too_long_at_a_terminal_is_told_recorded_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answered_at() -> float:
        asked = evidence.case_of(CASE).question
        assert asked is not None
        return asked.at + (EXPIRES_S if refused() else EXPIRES_S + 1)

    monkeypatch.setattr(terminal, "time", SimpleNamespace(time=answered_at))
    monkeypatch.setattr(cases, "observed", AsyncMock(return_value=LOST))
    monkeypatch.setattr("sys.stdin", Typed("alice\ngo\nseen on the bridge\n" * 2))
    _, plan = await resumed(opened(), LOST)
    assert plan.promote
    first, second = [data["question"] for data in answered("gate.asked")]
    expired = f"question {first}: has expired: read what is shown now, and answer that"
    assert refused() == [(f"{first}/terminal", "alice", [expired])]
    assert f"**The last answer did not count:** {expired}" in capsys.readouterr().err
    assert [data["key"] for data in answered()] == [f"{second}/terminal"]
