"""The next safe command: what an operator is told to type, complete and quoted, wherever it is told."""

import shlex
from collections.abc import Mapping
from dataclasses import replace

from model.environment.document import RegionKey
from model.step import Intent, Mode, Name

HALVES: Mapping[Name, tuple[str, ...]] = {
    "dbms_failover": ("--lost", "dbms"),
    "framework_failover": ("--lost", "framework", "--database", "stay"),
}
MOVES_EITHER_WAY = ("full_failover", *HALVES)  # planned and unplanned
FORM = ("target", "mode", "kind", "lost", "database")


def run(environment: str, intent: Intent) -> str:
    """Return the command that begins an intent, and goes on with it after anything."""
    switch: tuple[str, ...] = ("--target", intent.moves_to) if intent.switches or intent.runbook == "deploy" else ()
    switch = (*switch, "--mode", intent.mode) if intent.runbook in MOVES_EITHER_WAY else switch
    runbook = intent.runbook.replace("_", "-")
    if intent.runbook == "abort":
        runbook, switch = asked_as(intent.forth), ("--abort",)
    if intent.runbook == "bubble":
        runbook, switch = "drill", ("--kind", "bubble")
    if intent.runbook in HALVES:
        runbook, switch = asked_as(intent), (*HALVES[intent.runbook], *switch)
    return shlex.join(("gdr", "run", runbook, environment, *switch, f"--reason={intent.reason}"))


def again(environment: str, runbook: str, words: Mapping[str, str], open_: Intent | None) -> str:
    """Return the command that asks once more for what a runbook was told.

    Args:
        runbook: Name of its flow.
        words: By the names of its form.
        open_: What the open case is about: an abort is told nothing else.
    """
    reason = words.get("reason", "...")
    if runbook == "abort":
        return look(environment) if open_ is None else run(environment, replace(open_.back, reason=reason))
    if runbook == "return-guard":
        reason = "its process died"  # under the reason of its schedule it would stand back
    alone = {"database"} if words.get("lost") == "dbms" else set()
    given = [(f"--{word}", words[word]) for word in FORM if word in words and word not in alone]
    return shlex.join(("gdr", "run", runbook, environment, *sum(given, ()), f"--reason={reason}"))


def asked_as(switch: Intent) -> str:
    """Return the name by which an operator asks for a switch."""
    return "partial-failover" if switch.runbook in HALVES else switch.runbook.replace("_", "-")


def switch(environment: str, target: RegionKey, mode: Mode, reason: str) -> str:
    """Return the command of a full failover."""
    return run(environment, Intent(runbook="full_failover", target=target, mode=mode, reason=reason))


def failback(environment: str, target: RegionKey, reason: str) -> str:
    """Return the command that goes back to a region in order, once a switch is finished."""
    return shlex.join(("gdr", "run", "failback", environment, "--target", target, f"--reason={reason}"))


def look(environment: str) -> str:
    """Return the command that changes nothing and shows both regions."""
    return shlex.join(("gdr", "observe", environment))


def readiness(environment: str) -> str:
    """Return the command that judges both regions, and changes nothing."""
    return shlex.join(("gdr", "readiness", environment))
