"""The terminal channel asks on standard error, and an input that ends is no answer."""

import io

import pytest

from model.environment.approvers import ApprovalPolicy
from model.errors import Refused
from tasks.approvals import terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


DECLARED = ApprovalPolicy(approvers=({"name": "alice"},))


async def test_it_asks_on_standard_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(" alice \ngo\nseen it\n"))
    answer = await terminal.ask("declare-lab-1-1", "what is to be approved", DECLARED)
    said = capsys.readouterr()
    assert (answer.approver, answer.decision, answer.reason, answer.channel) == ("alice", "go", "seen it", "terminal")
    assert answer.question == "declare-lab-1-1"
    assert said.out == ""
    assert "what is to be approved" in said.err


async def test_who_proves_himself_by_a_code_is_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("alice\ngo\nseen it\n123456\n"))
    coded = ApprovalPolicy(approvers=({"name": "alice", "identity": "code"},))
    answer = await terminal.ask("declare-lab-1-1", "text", coded)
    assert answer.code == "123456"
    assert "123456" not in repr(answer)


@pytest.mark.parametrize(("said", "minutes"), [("30", 30), ("a while", 0)])
async def test_who_would_rather_wait_is_asked_for_how_long(
    monkeypatch: pytest.MonkeyPatch, said: str, minutes: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"alice\nwait\n{said}\nthe carrier mends it\n"))
    answer = await terminal.ask("declare-lab-1-1", "text", DECLARED)
    assert (answer.decision, answer.minutes, answer.reason) == ("wait", minutes, "the carrier mends it")


@pytest.mark.parametrize("given", ["", "alice\n", "alice\ngo\n"])
async def test_an_input_that_ends_is_no_answer(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(given))
    with pytest.raises(Refused, match="ended before an answer"):
        await terminal.ask("declare-lab-1-1", "text", DECLARED)


async def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("alice\ngo\nseen it\n"))
    with pytest.raises(Refused, match="no terminal"):
        await terminal.ask("declare-lab-1-1", "text", DECLARED)
