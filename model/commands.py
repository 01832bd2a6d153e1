"""The next safe command: what an operator is told to type, complete and quoted, wherever it is told."""

import shlex

from model.step import Intent


def run(environment: str, intent: Intent) -> str:
    """Return the command that begins an intent, and goes on with it after anything."""
    words = ("gdr", "run", intent.runbook.replace("_", "-"), environment, "--target", intent.target)
    return shlex.join((*words, "--mode", intent.mode, f"--reason={intent.reason}"))


def look(environment: str) -> str:
    """Return the command that changes nothing and shows both regions."""
    return shlex.join(("gdr", "observe", environment))
