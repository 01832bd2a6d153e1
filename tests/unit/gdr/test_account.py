"""At the shell: from any folder, and as the account whose files the worker goes on with."""

import os
import pwd
import shlex
from pathlib import Path

import pytest

from tasks.run import environment_file
from tests.unit.gdr.shell import Gdr

WORDS = ("run", "full-failover", "lab", "--target", "region2", "--mode", "planned", "--reason", "the roof leaks")


def test_environment_files_lie_beside_the_code_wherever_the_operator_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GDR_ENVIRONMENTS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert environment_file("lab").is_file()


def test_another_account_is_refused_with_the_command_for_the_right_one(
    monkeypatch: pytest.MonkeyPatch, gdr: Gdr, state: Path
) -> None:
    state.mkdir()
    account = next(each for each in pwd.getpwall() if each.pw_uid != os.geteuid())
    monkeypatch.setattr("gdr.cli.run.os.geteuid", lambda: account.pw_uid)
    monkeypatch.setattr("sys.argv", ["gdr", *WORDS])
    said = gdr(*WORDS)
    ours = pwd.getpwuid(state.stat().st_uid).pw_name
    assert said.code == 2
    assert f"`sudo -u {ours} -- {shlex.join(('gdr', *WORDS))}`" in said.err
    assert list(state.iterdir()) == []
