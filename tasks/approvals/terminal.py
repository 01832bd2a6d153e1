"""The terminal as a channel: the process waits where the operator sits. For break-glass runs."""

import asyncio
import sys
import time

from model.approval import Answer
from model.errors import Refused


async def ask(text: str) -> Answer:
    """Print what is to be approved and wait for the answer.

    Raises:
        Refused: Nobody can answer: there is no terminal.
    """
    if not sys.stdin.isatty():
        raise Refused(
            "approval: no terminal to ask on: run it in one, or start the deployment and answer in the Prefect UI"
        )
    return await asyncio.to_thread(_dialogue, text)


def _dialogue(text: str) -> Answer:
    sys.stdout.write(f"\n{text}\n\n")
    approver = input("Your name on the approver list: ").strip()
    decision = input("Decision (go / decline): ").strip()
    reason = input("Reason, for the auditor: ").strip()
    return Answer(approver=approver, decision=decision, reason=reason, channel="terminal", at=time.time())
