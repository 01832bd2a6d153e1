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
    monkeypatch.setattr("gdr.account.os.geteuid", lambda: account.pw_uid)
    monkeypatch.setattr("sys.argv", ["gdr", *WORDS])
    said = gdr(*WORDS)
    ours = pwd.getpwuid(state.stat().st_uid).pw_name
    assert said.code == 2
    assert f"`sudo -u {ours} -- {shlex.join(('gdr', *WORDS))}`" in said.err
    assert list(state.iterdir()) == []


def test_the_private_home_is_prepared_by_the_account_that_will_use_it(
    monkeypatch: pytest.MonkeyPatch, gdr: Gdr, state: Path
) -> None:
    state.mkdir()
    account = next(each for each in pwd.getpwall() if each.pw_uid != os.geteuid())
    monkeypatch.setattr("gdr.account.os.geteuid", lambda: account.pw_uid)
    said = gdr("install")
    assert (said.code, list(state.iterdir())) == (2, [])
    assert "as the worker does: run it as that account" in said.err


def test_who_only_looks_makes_no_folder(gdr: Gdr, state: Path) -> None:
    assert gdr("cases", "lab").code == 0
    assert not state.exists()


def test_a_folder_that_may_not_be_read_is_one_line(monkeypatch: pytest.MonkeyPatch, gdr: Gdr) -> None:
    def denied(_: str) -> None:
        raise PermissionError(13, "Permission denied", "/var/lib/genesys-dr/cases")

    monkeypatch.setattr("tasks.evidence.journals", denied)
    said = gdr("cases", "lab")
    assert said.code == 2
    assert said.err.startswith("/var/lib/genesys-dr/cases: Permission denied: run it as the account of the Prefect")


def test_readiness_without_a_block_file_is_bad_input(gdr: Gdr, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "missing.yaml"))
    said = gdr("readiness", "lab")
    assert said.code == 2
    assert said.err.startswith(f"{tmp_path / 'missing.yaml'}: no such file: write it (0600) or set GDR_BLOCKS")
