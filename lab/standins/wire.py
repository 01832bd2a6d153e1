"""JSON lines: one message a line; an answer carries the id of its request, an event carries none."""

import json
from typing import Any

Message = dict[str, Any]

LIMIT = 1 << 26
"""Longest line in bytes: a whole configuration travels as one message."""

REFUSED = "refused"
UNKNOWN = "unknown"


class Garbled(ValueError):
    """A line that is no message."""


class Rejection(Exception):
    """A request answered with an error: `refused` changed nothing, `unknown` may have."""

    def __init__(self, why: str, outcome: str = REFUSED) -> None:
        super().__init__(why)
        self.outcome = outcome


def encode(message: Message) -> bytes:
    """Render one message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """Read one line."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise Garbled(f"not JSON: {line[:80]!r}") from error
    if not isinstance(message, dict):
        raise Garbled(f"not an object: {line[:80]!r}")
    return message


def answer(request: Message, **fields: Any) -> Message:
    """Say OK to a request."""
    return {"id": request.get("id"), "ok": True, **fields}


def error(request: Message, why: str, outcome: str = REFUSED) -> Message:
    """Refuse a request."""
    return {"id": request.get("id"), "error": why, "outcome": outcome}


def text(message: Message, field: str) -> str:
    """Take one text field out of a message, or reject the message."""
    value = message.get(field)
    if not isinstance(value, str):
        raise Rejection(f"{message.get('verb')}: {field}: a text is needed, got {value!r}")
    return value
