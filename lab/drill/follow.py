"""Follow a run by its journal: one line per proven step, with elapsed time. Its report has both clocks."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.api import Lab
from lab.drill.ask import answer_on_terminal
from lab.drill.server import Server
from model.invariants import verdict

_EVERY_S = 0.2
SHOWN = ("May be lost", "Overwritten")


def journals(lab: Lab) -> list[Path]:
    """Return the journals on the control host's disk, oldest first."""
    folder = lab.identity.disk("ctl") / "var/lib/genesys-dr/cases"
    return sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_ctime)


def records(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a journal."""
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def _all(lab: Lab) -> list[dict[str, Any]]:
    """Return the records of every case, in the order in which they were written."""
    return sorted((record for path in journals(lab) for record in records(path)), key=lambda record: record["at"])


def follow(lab: Lab, server: Server, run: str, *, asks: bool) -> dict[str, Any]:
    """Print what happens until the run ends; return its last state."""
    begun, shown, asked = time.time(), len(_all(lab)), False
    while True:
        ended = server.is_final(run)
        known = _all(lab)
        print("".join(_lines(known[shown:], begun)), end="", flush=True)
        shown = len(known)
        if ended:
            return server.state(run)
        if server.is_suspended(run) and asks and not asked:
            asked = True
            answer_on_terminal(server, run, known)
        asked = asked and server.is_suspended(run)
        time.sleep(_EVERY_S)


def _lines(new: list[dict[str, Any]], begun: float) -> Iterator[str]:
    for record in new:
        text = _text(record["kind"], record["data"])
        if text:
            yield f"  {record['at'] - begun:6.1f} s  {text}\n"


def _text(kind: str, data: dict[str, Any]) -> str:
    match kind:
        case "case.opened":
            return f"case opened: {data['intent']['runbook']}"
        case "gate.asked":
            return "declare: " + next(
                (line.strip("- *") for line in data["text"].splitlines() if line.strip("- *").startswith(SHOWN)),
                "asked",
            )
        case "gate.answered" | "gate.waiting":
            return f"declare: {data.get('decision', 'wait')} by {data['approver']} ({data['channel']})"
        case "gate.refused":
            return f"declare: answer of {data['approver']} does not count: {'; '.join(data['reasons'])}"
        case "epoch.taken":
            return f"epoch {data['epoch']} taken"
        case "act.after":
            return str(data["step"])
        case "act.failed" | "act.refused":
            return f"{data['step']}: {data.get('reason') or '; '.join(data['reasons'])}"
        case "observed":
            return f"-- {data['stage']} done: {verdict(data['breaches'], data['unseen'])}"
        case "debt":
            return f"debt {data['target']}: {data['what']}"
    return ""
