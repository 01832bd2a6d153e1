"""ASK=1: the gate waits for a person, in the interface or here."""

import select
import sys
from collections.abc import Sequence
from typing import Any

from lab.drill.server import Server

_EVERY_S = 1.0


def answer_on_terminal(server: Server, run: str, journal: Sequence[dict[str, Any]]) -> None:
    """Show what is to be approved and take the answer here, unless it is given in the interface first."""
    asked = [record["data"]["text"] for record in journal if record["kind"] == "gate.asked"]
    print(
        f"\n{asked[-1] if asked else ''}\n\n  Answer here, or at {server.link(run)} (menu, top right, Resume).",
        flush=True,
    )
    answer = {}
    for field, prompt in (
        ("approver", "Your name on the approver list"),
        ("decision", "go or decline"),
        ("reason", "Reason"),
    ):
        text = _line(f"  {prompt}: ", server, run)
        if text is None:
            return
        answer[field] = text
    said = server.resume(run, answer)
    if said["status"] != "ACCEPT":
        print(f"  The server refused the answer: {said['details'].get('reason')}", flush=True)
        answer_on_terminal(server, run, journal)


def _line(prompt: str, server: Server, run: str) -> str | None:
    """Read a line; None when somebody answered in the interface meanwhile. Where input ends, only that is left."""
    print(prompt, end="", flush=True)
    inputs = [sys.stdin]
    while server.is_suspended(run):
        if select.select(inputs, [], [], _EVERY_S)[0]:
            if line := sys.stdin.readline():
                return line.strip()
            inputs.clear()
    print("answered in the interface", flush=True)
    return None
