"""The next safe command: what an operator is told to type, complete and quoted, wherever it is told."""

import shlex

from model.step import Intent


def run(environment: str, intent: Intent) -> str:
    """Return the command that begins an intent, and goes on with it after anything."""
    switch = ("--target", intent.target) if intent.switches or intent.runbook == "deploy" else ()
    switch = (*switch, "--mode", intent.mode) if intent.runbook in ("full_failover", "dbms_failover") else switch
    runbook = intent.runbook.replace("_", "-")
    if intent.runbook == "dbms_failover":
        runbook, switch = "partial-failover", ("--lost", "dbms", *switch)
    return shlex.join(("gdr", "run", runbook, environment, *switch, f"--reason={intent.reason}"))


def look(environment: str) -> str:
    """Return the command that changes nothing and shows both regions."""
    return shlex.join(("gdr", "observe", environment))
