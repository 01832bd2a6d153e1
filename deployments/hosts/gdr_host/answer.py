"""Looks at this host, one a line, for as long as somebody listens: what a start of Python costs is paid once.

Asked:     {"id": 7, "words": ["observe"]}
Answered:  {"id": 7, "exit": 0, "out": "...", "err": "..."}, in the order in which the looks end

Each look is a process of its own, forked from this one: it finds the code loaded and shares nothing else, so one that
hangs or dies takes no other with it. Nothing that changes this host is obeyed here: each act bears its epoch, and is a
command of its own in sudo's log.
"""

import fcntl
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable

from gdr_host.host import FAILED, PATIENCE, USAGE

LOOKS = ("observe", "power-status")
IDLE_S = 300 * PATIENCE  # a connection that was cut is not always told to this side
Obey = Callable[[list[str]], int]


def answer(obey: Obey) -> None:
    """Answer until the input ends, or nobody has asked for a while."""
    from gdr_host import database, guard, observe, power  # noqa: F401  # loaded here, found by every look

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no look is waited for
    turn = os.memfd_create("turn")
    signal.setitimer(signal.ITIMER_REAL, IDLE_S)
    while line := sys.stdin.readline():
        signal.setitimer(signal.ITIMER_REAL, IDLE_S)
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(_look(line, obey, turn))


def _look(line: str, obey: Obey, turn: int) -> int:
    """Look once, in a process of its own; whatever becomes of it is the answer."""
    asked = json.loads(line)
    out, err = sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        code = _obeyed(asked["words"], obey)
    except Exception:  # noqa: BLE001  # whatever it is, it is this look's answer
        traceback.print_exc(file=err)
        code = FAILED
    said = {"id": asked["id"], "exit": code, "out": out.getvalue(), "err": err.getvalue()}
    _write((json.dumps(said) + "\n").encode(), turn)
    return 0


def _obeyed(words: list[str], obey: Obey) -> int:
    if words[0] in LOOKS:
        return obey(words)
    print(f"{words[0]}: no look: give it as a command of its own", file=sys.stderr)
    return USAGE


def _write(line: bytes, turn: int) -> None:
    """Write a whole line while no other look does; who dies at it leaves its turn."""
    fcntl.lockf(turn, fcntl.LOCK_EX)
    while line:
        line = line[os.write(1, line) :]
