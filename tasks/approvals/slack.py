"""Slack as a channel: the service that heard a person signs the answer, and the flow believes the signature alone.

Who has the Prefect API may resume a run with any name in its form. The key of this signature is a credential of the
service and the worker, in a 0600 file, never in a block.
"""

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import rfc8785

from blocks.place import second_source
from model.approval import Answer
from model.errors import Refused
from tasks import private

CHANNEL = "slack"
CODE = r"slack [UW][A-Z0-9]+ [0-9.e+]+ [0-9a-f]{64}"  # what the service writes into the form's field `code`
_SIGNED_FIELDS = ("question", "member", "approver", "decision", "reason", "minutes", "at")
_BYTES = 32


def key_file() -> Path:
    """Return where the key lies: `GDR_SLACK_KEY`, or beside the block file."""
    return Path(os.environ.get("GDR_SLACK_KEY") or second_source().with_name("slack-answers.key"))


def key() -> bytes:
    """Read the key.

    Raises:
        Refused: It is missing, readable by others, or too short. Its content is never repeated.
    """
    found = private.read(key_file(), "the Slack service makes it when it starts first; a worker elsewhere needs a copy")
    if len(found) < _BYTES:
        raise Refused(f"{key_file()}: is no key: remove it, and start the Slack service again: it makes another")
    return found


def make_key() -> None:
    """Make the key unless there is one."""
    if not key_file().exists():
        private.write(key_file(), secrets.token_bytes(_BYTES))


def form(answer: Answer) -> dict[str, str | int]:
    """Return the input that resumes a suspended run: the form's fields, and in its code who vouches for them."""
    code = f"{CHANNEL} {answer.member} {answer.at!r} {_signature(answer)}"
    said = {"decision": answer.decision, "approver": answer.approver, "reason": answer.reason, "code": code}
    return {**said, "wait_minutes": answer.minutes}


def is_signed(value: Mapping[str, Any]) -> bool:
    """Whether an input says that it comes from here."""
    return str(value.get("code", "")).split(" ")[0] == CHANNEL


def heard(question: str, value: Mapping[str, Any]) -> Answer:
    """Read what `form` has written. Whatever is wrong with it is the answer's fault, for the gate to refuse."""
    unread = _read(question, value, "", 0.0)
    try:
        _, member, at, signature = value["code"].split(" ")
        answer = _read(question, value, member, float(at))
        expected = _signature(answer)
    except ValueError:
        return replace(unread, fault="signed in Slack: cannot be read")
    except Refused as error:
        return replace(unread, fault=f"signed in Slack: cannot be judged here: {error}")
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return replace(answer, fault="signed in Slack: not by the Slack service of this environment")
    return answer


def _read(question: str, value: Mapping[str, Any], member: str, at: float) -> Answer:
    return Answer(
        question=question,
        approver=str(value.get("approver", "")),
        decision=str(value.get("decision", "")),
        reason=str(value.get("reason", "")),
        channel=CHANNEL,
        at=at,
        member=member,
        minutes=minutes(value.get("wait_minutes")),
    )


def minutes(given: object) -> int:
    """Read a number; what is none is 0, for the gate to refuse."""
    return given if isinstance(given, int) and not isinstance(given, bool) else 0


def _signature(answer: Answer) -> str:
    signed = rfc8785.dumps({name: getattr(answer, name) for name in _SIGNED_FIELDS})
    return hmac.digest(key(), signed, "sha256").hex()
