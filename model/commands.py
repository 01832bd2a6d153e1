"""The next safe command: what an operator is told to type, complete and quoted, wherever it is told."""

import shlex
from collections.abc import Mapping

from model.step import Intent, Name

HALVES: Mapping[Name, tuple[str, ...]] = {
    "dbms_failover": ("--lost", "dbms"),
    "framework_failover": ("--lost", "framework", "--database", "stay"),
}
MOVES_EITHER_WAY = ("full_failover", *HALVES)  # planned and unplanned


def run(environment: str, intent: Intent) -> str:
    """Return the command that begins an intent, and goes on with it after anything."""
    switch = ("--target", intent.moves_to) if intent.switches or intent.runbook == "deploy" else ()
    switch = (*switch, "--mode", intent.mode) if intent.runbook in MOVES_EITHER_WAY else switch
    runbook = intent.runbook.replace("_", "-")
    if intent.runbook in HALVES:
        runbook, switch = "partial-failover", (*HALVES[intent.runbook], *switch)
    return shlex.join(("gdr", "run", runbook, environment, *switch, f"--reason={intent.reason}"))


def look(environment: str) -> str:
    """Return the command that changes nothing and shows both regions."""
    return shlex.join(("gdr", "observe", environment))
