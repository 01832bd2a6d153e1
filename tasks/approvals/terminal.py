"""The terminal as a channel: the process waits where the operator sits. For break-glass runs."""

import asyncio
import sys
import time
from collections.abc import Callable

from model.approval import Answer
from model.errors import Refused


async def ask(question: str, text: str, asks_code: Callable[[str], bool]) -> Answer:
    """Print what is to be approved and wait for the answer.

    Args:
        asks_code: Whether an approver must give a one-time code.

    Raises:
        Refused: Nobody can answer: there is no terminal.
    """
    if not sys.stdin.isatty():
        raise Refused(
            "approval: no terminal to ask on: run it in one, or start the deployment and answer in the Prefect UI"
        )
    return await asyncio.to_thread(_dialogue, question, text, asks_code)


def _dialogue(question: str, text: str, asks_code: Callable[[str], bool]) -> Answer:
    sys.stderr.write(f"\n{text}\n\n")
    approver = _asked("Your name on the approver list: ")
    decision = _asked("Decision (go / decline): ")
    reason = _asked("Reason, for the auditor: ")
    code = _asked("One-time code: ") if asks_code(approver) else ""
    return Answer(
        question=question,
        approver=approver,
        decision=decision,
        reason=reason,
        channel="terminal",
        at=time.time(),
        code=code,
    )


def _asked(question: str) -> str:
    """Ask on standard error: standard output may be a document for a program."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise Refused("approval: the input ended before an answer was given")
    return line.strip()
