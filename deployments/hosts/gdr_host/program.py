"""Other programs: run to their end within a deadline, by argument list, never through a shell."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable

from gdr_host import FAILED, PATIENCE, Fault

# Children inherit what is listed here: see epoch.take_host.
inherited: list[int] = []


def run(*argv: str, given: str = "", within: float = 5) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. Absence and delay are faults; what its exit code means, the caller knows."""
    pipe = subprocess.PIPE
    try:
        # A session of its own, so that a deadline also ends what the program has started.
        child = subprocess.Popen(
            argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd="/", encoding="utf-8", errors="replace",
            pass_fds=inherited, start_new_session=True,
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
    return subprocess.CompletedProcess(argv, child.returncode, out, err)


def checked(*argv: str, given: str = "", within: float = 5) -> str:
    """Run a program that must succeed; return what it printed."""
    ran = run(*argv, given=given, within=within)
    if ran.returncode:
        raise Fault(FAILED, f"{' '.join(argv)}: exit {ran.returncode}: {said(ran)}")
    return ran.stdout


def said(ran: subprocess.CompletedProcess[str]) -> str:
    """Return a program's complaint on one line."""
    return " ".join((ran.stderr or ran.stdout).split()) or "it gave no reason; see journalctl"


def until(condition: Callable[[], bool], within: float) -> bool:
    """Wait for what no program can be asked to wait for; return whether it came true."""
    deadline = time.monotonic() + within * PATIENCE
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


def unit_states(units: list[str]) -> dict[str, str]:
    """Return each unit's state in systemd's words; `not-found` where there is no such unit."""
    if not units:
        return {}
    shown = checked("systemctl", "show", "--property=LoadState,ActiveState", *units, within=10)
    blocks = [dict(re.findall(r"^(\w+)=(.*)$", block, re.MULTILINE)) for block in shown.strip().split("\n\n")]
    return {
        unit: "not-found" if block["LoadState"] == "not-found" else block["ActiveState"]
        for unit, block in zip(units, blocks, strict=True)
    }
