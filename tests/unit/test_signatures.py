"""An answer signed with the approver's SSH key: made and judged by OpenSSH, good for one question."""

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest

from model.answered import approval_data, identity_data
from model.approval import SSH, Answer, approve, stated
from model.environment.approvers import ApprovalPolicy
from model.environment.environment import Environment
from tasks import evidence
from tasks.approvals import signatures, terminal, who
from tests.unit.model.builders import environment
from tests.unit.model.test_approval import question

pytestmark = pytest.mark.openssh

TEXT = "may we?"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def public(key: Path) -> str:
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def known(key: Path, identity: str = "code") -> Environment:
    entry = f'[{{name: alice, identity: {identity}, ssh_key: "{public(key)}"}}, bob]'
    return environment(("[alice, bob]", entry))


def sign(key: Path, statement: str, namespace: str = signatures.NAMESPACE) -> str:
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key)]
    return subprocess.run(argv, input=statement, capture_output=True, text=True, check=True).stdout


def answer(**changes: str) -> Answer:
    fields: dict[str, Any] = {
        "question": "declare-lab-1-1",
        "approver": "alice",
        "decision": "go",
        "reason": "seen",
    } | changes
    return Answer(**fields, channel="terminal", at=5.0)


def signed(key: Path, given: Answer, statement: str = "", namespace: str = signatures.NAMESPACE) -> Answer:
    text = statement or stated(given, TEXT)
    fields = {name: getattr(given, name) for name in ("question", "approver", "decision", "reason", "channel", "at")}
    return Answer(**fields, statement=stated(given, TEXT), signature=sign(key, text, namespace))


def test_a_signature_of_his_key_over_what_was_shown_proves_who_it_was(key: Path) -> None:
    given = signed(key, answer())
    identity = who.identified(given, known(key))
    assert (identity.word, identity.reasons) == (SSH, ())
    kept = approval_data(approve(question(), given, identity.word)) | identity_data(identity, given)
    assert kept["identity"] == "SSH signature"
    assert signatures.is_of("alice", public(key), kept["statement"], kept["signature"]), "anybody can judge it later"


@pytest.mark.parametrize("other", ["question", "decision", "reason", "approver"])
def test_a_signature_over_another_answer_is_none(key: Path, other: str) -> None:
    theirs = stated(answer(**{other: "declined-1"}), TEXT)
    assert "is not that of the key" in who.identified(signed(key, answer(), theirs), known(key)).reasons[0]


def test_a_signature_over_another_text_or_for_another_use_is_none(key: Path) -> None:
    for given in (signed(key, answer(), stated(answer(), "may we, really?")), signed(key, answer(), namespace="git")):
        assert who.identified(given, known(key)).word == ""


def test_a_signature_of_another_key_or_of_one_who_has_none_is_none(key: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    assert who.identified(signed(other, answer()), known(key)).word == ""
    assert who.identified(signed(key, answer(approver="bob")), known(key)).word == ""


def test_without_the_program_it_cannot_be_judged(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = signed(key, answer())
    monkeypatch.setenv("PATH", "")
    assert "install openssh-client" in who.identified(given, known(key)).reasons[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_the_terminal_says_what_to_sign_and_takes_the_signature(
    key: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signature = sign(key, stated(answer(), TEXT))
    monkeypatch.setattr("sys.stdin", Terminal(f"alice\ngo\nseen\n{signature}"))
    given = await terminal.ask("declare-lab-1-1", TEXT, known(key).approval)
    assert who.identified(given, known(key)).word == SSH
    said = capsys.readouterr().err
    assert "ssh-keygen -Y sign -n genesys-dr" in said
    assert stated(answer(), TEXT) in said


@pytest.mark.parametrize(("identity", "code"), [("code", "123456"), ("declared", "")])
async def test_who_has_his_key_not_with_him_gives_a_code_or_his_name(
    key: Path, monkeypatch: pytest.MonkeyPatch, identity: str, code: str
) -> None:
    policy: ApprovalPolicy = known(key, identity).approval
    monkeypatch.setattr("sys.stdin", Terminal(f"alice\ngo\nseen\n\n{code}\n"))
    given = await terminal.ask("declare-lab-1-1", TEXT, policy)
    assert (given.signature, given.statement, given.code) == ("", "", code)


def test_the_journal_that_is_asked_for_who_answered_is_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert evidence.folder().is_relative_to(tmp_path_factory.getbasetemp())
