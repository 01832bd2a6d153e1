"""The terminal as a channel: the process waits where the operator sits. For break-glass runs."""

import asyncio
import sys
import time
from dataclasses import replace

from model.approval import Answer, stated
from model.environment.approvers import ApprovalPolicy
from model.errors import Refused
from tasks.approvals.signatures import END, NAMESPACE

SIGN = f"ssh-keygen -Y sign -n {NAMESPACE} -f ~/.ssh/id_ed25519 <<'EOF'"


async def ask(question: str, text: str, policy: ApprovalPolicy) -> Answer:
    """Print what is to be approved and wait for the answer.

    Raises:
        Refused: Nobody can answer: there is no terminal.
    """
    if not sys.stdin.isatty():
        raise Refused(
            "approval: no terminal to ask on: run it in one, or start the deployment and answer in the Prefect UI"
        )
    return await asyncio.to_thread(_dialogue, question, text, policy)


def _dialogue(question: str, text: str, policy: ApprovalPolicy) -> Answer:
    sys.stderr.write(f"\n{text}\n\n")
    approver = _asked("Your name on the approver list: ")
    decision = _asked("Decision (go / wait / decline): ")
    minutes = _asked("For how many minutes: ") if decision == "wait" else ""
    reason = _asked("Reason, for the auditor: ")
    given = Answer(
        question=question,
        approver=approver,
        decision=decision,
        reason=reason,
        channel="terminal",
        at=0,
        minutes=int(minutes) if minutes.isdecimal() else 0,
    )
    statement = stated(given, text)
    signature = _signature(statement) if policy.key_of(approver) else ""
    code = _asked("One-time code: ") if policy.asks_code(approver) and not signature else ""
    return replace(given, at=time.time(), code=code, statement=statement if signature else "", signature=signature)


def _signature(statement: str) -> str:
    """Ask for a signature; the key stays where it is, and an empty line means that there is none."""
    sys.stderr.write(f"Sign this where your key is, or leave it out with an empty line:\n\n{SIGN}\n{statement}EOF\n\n")
    lines = [_asked("Signature: ")]
    while lines[-1] and lines[-1] != END:
        lines.append(_asked(""))
    return "\n".join(lines).strip()


def _asked(question: str) -> str:
    """Ask on standard error: standard output may be a document for a program."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise Refused("approval: the input ended before an answer was given")
    return line.strip()
