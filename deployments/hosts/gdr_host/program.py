"""Other programs: run to their end within a deadline, by argument list, never through a shell."""

import math
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple

from gdr_host.host import FAILED, PATIENCE, Fault

DOWN = ("inactive", "failed")

# Children inherit what is listed here: see epoch.take_host.
inherited: list[int] = []
_end = [math.inf]


def end_within(seconds: float) -> None:
    """Give everything that is run from now on one common end: who gave the order waits a little longer, and no more."""
    _end[0] = time.monotonic() + seconds


def _left(within: float) -> float:
    return max(0.0, min(within, _end[0] - time.monotonic()))


def run(
    *argv: str, given: str = "", within: float = 5, onto: IO[str] | None = None, holds: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. Absence and delay are faults; what its exit code means, the caller knows.

    What it prints goes onto a file where there may be much of it. A program that leaves a server behind does not
    hold the host: whoever comes to stop that server would find the host busy for ever.
    """
    pipe, within = subprocess.PIPE, _left(within)
    try:
        # A session of its own, so that a deadline also ends what the program has started.
        child = subprocess.Popen(
            argv, stdin=pipe, stdout=onto or pipe, stderr=pipe, cwd="/", encoding="utf-8", errors="replace",
            pass_fds=inherited if holds else (), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise Fault(FAILED, f"{argv[0]}: cannot be run ({error.strerror}): install it, or correct host.json") from error
    with child:
        try:
            out, err = child.communicate(given, within)
        except subprocess.TimeoutExpired as late:
            os.killpg(child.pid, signal.SIGKILL)
            line = f"{' '.join(argv)}: no end within {within:.0f} s and killed: observe before a repeat"
            raise Fault(FAILED, line) from late
    return subprocess.CompletedProcess(argv, child.returncode, out or "", err)


def checked(*argv: str, given: str = "", within: float = 5) -> str:
    """Run a program that must succeed; return what it printed."""
    ran = run(*argv, given=given, within=within)
    if ran.returncode:
        raise Fault(FAILED, f"{' '.join(argv)}: exit {ran.returncode}: {said(ran)}")
    return ran.stdout


def said(ran: subprocess.CompletedProcess[str]) -> str:
    """Return a program's complaint on one line."""
    return " ".join((ran.stderr or ran.stdout).split()) or "it gave no reason; see journalctl"


def at_once(asked: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Ask all of it at once, each in a thread of its own; return the answers by the same names.

    The standard library's pools cost more to load than most of what is asked.
    """
    answers: dict[str, Any] = {}
    threads = [threading.Thread(target=lambda name=name: answers.update({name: asked[name]()})) for name in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: answers[name] for name in asked}


def until(condition: Callable[[], bool], within: float) -> bool:
    """Wait for what no program can be asked to wait for; return whether it came true."""
    deadline = time.monotonic() + _left(within * PATIENCE)
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


class Unit(NamedTuple):
    """A unit as systemd has it: its state, `not-found` where there is none, and the conditions of its start."""

    state: str
    conditions: list[str]


def units(names: list[str]) -> dict[str, Unit]:
    """Ask systemd about units."""
    if not names:
        return {}
    shown = checked("systemctl", "show", "--property=LoadState,ActiveState,ExecCondition", *names, within=10)
    blocks = [re.findall(r"^(\w+)=(.*)$", block, re.MULTILINE) for block in shown.strip().split("\n\n")]
    return {name: _unit(block) for name, block in zip(names, blocks, strict=True)}


def _unit(block: list[tuple[str, str]]) -> Unit:
    said = dict(block)
    state = "not-found" if said["LoadState"] == "not-found" else said["ActiveState"]
    return Unit(state, [value for key, value in block if key == "ExecCondition"])


def unit_states(names: list[str]) -> dict[str, str]:
    """Return each unit's state in systemd's words; `not-found` where there is no such unit."""
    return {name: unit.state for name, unit in units(names).items()}
