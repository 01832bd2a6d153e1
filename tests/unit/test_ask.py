"""ASK=1: what the drill takes from this terminal, and what it leaves to the interface."""

import io
from typing import Any

import pytest

from lab.drill import ask
from lab.drill.server import Server

ASKED = [{"kind": "gate.asked", "data": {"text": "Planned full failover of lab"}}]


class Waiting(Server):
    """A server whose run waits for so many looks, and which accepts the answers in their order."""

    def __init__(self, looks: int, *said: str) -> None:
        self.looks, self.said, self.answers = looks, list(said), list[dict[str, str]]()

    def link(self, run: str) -> str:
        return f"here/{run}"

    def is_suspended(self, run: str) -> bool:
        assert run
        self.looks -= 1
        return self.looks >= 0

    def resume(self, run: str, answer: dict[str, Any]) -> dict[str, Any]:
        assert run
        self.answers.append(answer)
        return {"status": self.said.pop(0), "details": {"reason": "not on the list"}}


def answered(monkeypatch: pytest.MonkeyPatch, server: Waiting, typed: str) -> list[dict[str, str]]:
    """Answer with what is typed; a select of a text in memory finds it, and nothing where nothing is watched."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    monkeypatch.setattr("select.select", lambda watched, *_: (list(watched), [], []))
    ask.answer_on_terminal(server, "run", ASKED)
    return server.answers


def test_three_lines_are_an_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = answered(monkeypatch, Waiting(9, "ACCEPT"), "alice\ngo\nseen\n")
    assert given == [{"approver": "alice", "decision": "go", "reason": "seen"}]
    assert "Planned full failover of lab" in capsys.readouterr().out


def test_an_answer_the_server_refuses_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = answered(monkeypatch, Waiting(9, "REJECT", "ACCEPT"), "mallory\ngo\nI\nalice\ngo\nseen\n")
    assert [one["approver"] for one in given] == ["mallory", "alice"]
    assert "The server refused the answer: not on the list" in capsys.readouterr().out


def test_where_the_input_has_ended_the_interface_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Waiting(3)
    assert answered(monkeypatch, server, "alice\n") == []
    assert server.looks == -1
    assert "answered in the interface" in capsys.readouterr().out
