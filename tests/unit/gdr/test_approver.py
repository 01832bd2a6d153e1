"""Seeds: made once, shown once, kept in a file that nobody else reads."""

from pathlib import Path

import pyotp
import pytest

from model.errors import Refused
from tasks.approvals import codes
from tests.unit.gdr.shell import Gdr


def secret(address: str) -> str:
    return str(pyotp.parse_uri(address).secret)


def test_a_seed_is_shown_once_and_kept_where_nobody_else_reads(gdr: Gdr) -> None:
    first = gdr("approver", "alice", "--json")
    assert first.code == 0
    assert codes.seeds() == {"alice": secret(first.json["otpauth"])}
    assert oct(codes.path().stat().st_mode & 0o777) == "0o600"
    again = gdr("approver", "alice")
    assert (again.code, "has a seed already" in again.err) == (2, True)
    assert codes.seeds()["alice"] not in again.err
    assert gdr("approver", "bob").code == 0
    assert gdr("approver", "alice", "--renew").code == 0
    assert set(codes.seeds()) == {"alice", "bob"}
    assert codes.seeds()["alice"] != secret(first.json["otpauth"])


@pytest.mark.parametrize("name", ["", "a b", "../x", "a" * 64])
def test_a_name_that_stands_on_no_list_is_bad_input(gdr: Gdr, name: str) -> None:
    assert gdr("approver", name).code == 2
    assert not codes.path().exists()


@pytest.mark.parametrize(
    "content", ["canary-8dW: x: y", "- canary-8dW", "alice: canary-8dW!", "alice: 12", "alice: ''"]
)
def test_a_file_that_cannot_be_used_is_never_quoted(gdr: Gdr, content: str) -> None:
    codes.path().touch(mode=0o600)
    codes.path().write_text(content)
    with pytest.raises(Refused, match="must map approvers to seeds"):
        codes.seeds()
    said = gdr("approver", "alice")
    assert said.code == 2
    assert "canary" not in said.out + said.err


def test_a_missing_file_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"{tmp_path}/approvers.yaml: No such file or directory: enrol an approver"):
        codes.seeds()
