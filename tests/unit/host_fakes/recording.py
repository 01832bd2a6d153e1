"""What the fake programs share: a folder of state, and a record of every call."""

import json
import os
import sys
from pathlib import Path

STATE = Path(os.environ["GDR_FAKES"])


def record_call() -> list[str]:
    """Note this call and return its arguments."""
    words = sys.argv[1:]
    with (STATE / "calls").open("a") as calls:
        calls.write(json.dumps([Path(sys.argv[0]).name, *words]) + "\n")
    return words


def load(name: str, default):
    """Return a piece of state."""
    path = STATE / name
    return json.loads(path.read_text()) if path.exists() else default


def store(name: str, value) -> None:
    """Keep a piece of state."""
    (STATE / name).write_text(json.dumps(value))
