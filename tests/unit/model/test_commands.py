"""The next safe command, as a shell takes it apart. That it also runs: tests/unit/gdr/test_commands.py."""

import shlex

from model import commands
from model.step import Intent


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
