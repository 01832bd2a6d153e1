"""The next safe command, as a shell takes it apart. That it also runs: tests/unit/gdr/test_commands.py."""

import shlex

import pytest

from model import commands
from model.step import Intent

Words = dict[str, str]
SWITCH = Intent(runbook="full_failover", target="region2", mode="planned", reason="wind")
DBMS = {"target": "region2", "lost": "dbms", "database": "move", "mode": "planned"}


def test_the_command_that_goes_on_is_complete_and_quoted() -> None:
    reason = 'it\'s "wet" & $HOME `down`; rm'
    intent = Intent(runbook="full_failover", target="region2", mode="unplanned", reason=reason)
    wanted = ["gdr", "run", "full-failover", "lab", "--target", "region2", "--mode", "unplanned", f"--reason={reason}"]
    assert shlex.split(commands.run("lab", intent)) == wanted


def test_a_reprotect_is_told_neither_region_nor_mode() -> None:
    intent = Intent(runbook="reprotect", target="region2", mode="planned", reason="r1 is back")
    assert shlex.split(commands.run("lab", intent)) == ["gdr", "run", "reprotect", "lab", "--reason=r1 is back"]


def test_a_partial_failover_is_told_its_region_only() -> None:
    intent = Intent(runbook="partial_failover", target="region2", mode="unplanned", reason="fire")
    wanted = ["gdr", "run", "partial-failover", "lab", "--target", "region2", "--reason=fire"]
    assert shlex.split(commands.run("lab", intent)) == wanted


def test_the_command_that_looks_names_its_environment() -> None:
    assert shlex.split(commands.look("lab")) == ["gdr", "observe", "lab"]


@pytest.mark.parametrize(
    ("runbook", "words", "again"),
    [
        ("deploy", {"target": "region1"}, "deploy lab --target region1 --reason=rain"),
        ("drill", {"kind": "live"}, "drill lab --kind live --reason=rain"),
        ("partial-failover", DBMS, "partial-failover lab --target region2 --mode planned --lost dbms --reason=rain"),
        ("abort", {}, "full-failover lab --abort --reason=rain"),
        ("return-guard", {}, "return-guard lab '--reason=its process died'"),
    ],
)
def test_what_was_asked_for_is_asked_for_again_in_its_own_words(runbook: str, words: Words, again: str) -> None:
    words = {"environment": "lab", "reason": "rain", **words}
    assert commands.again("lab", runbook, words, SWITCH) == f"gdr run {again}"


def test_an_abort_whose_switch_is_closed_has_nothing_to_go_on_with() -> None:
    assert commands.again("lab", "abort", {"reason": "rain"}, None) == commands.look("lab")
