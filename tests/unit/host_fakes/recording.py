"""What the fake programs share: a folder of state, and a record of every call.

They are started hundreds of times, so they do without pathlib and without site-packages.
"""

import json
import os
import signal
import sys

STATE = os.environ["GDR_FAKES"]


def record_call() -> list[str]:
    """Note this call and return its arguments."""
    words = sys.argv[1:]
    with open(f"{STATE}/calls", "a") as calls:
        calls.write(json.dumps([os.path.basename(sys.argv[0]), *words]) + "\n")
    return words


def load(name: str, default):
    """Return a piece of state."""
    if not os.path.exists(f"{STATE}/{name}"):
        return default
    with open(f"{STATE}/{name}") as state:
        return json.load(state)


def store(name: str, value) -> None:
    """Keep a piece of state; who reads it meanwhile finds the one of before."""
    scratch = f"{STATE}/{name}.{os.getpid()}"
    with open(scratch, "w") as state:
        json.dump(value, state)
    os.replace(scratch, f"{STATE}/{name}")


def cut_short() -> None:
    """Count this act, as `cut` does; where it is the one to be cut, kill the caller with half of it done."""
    count = int(load("acts", 0)) + 1
    store("acts", count)
    if count == load("cut", None):
        os.kill(os.getppid(), signal.SIGKILL)
        sys.exit(1)
