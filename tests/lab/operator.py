"""The operator's break-glass command on the control host, its journal, and how it is killed."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lab.api import Lab
from lab.host import venv_python

GIVEN = ["--approver", "alice", "--answer", "go", "--answer-reason", "test: given beforehand"]


def command(mode: str, target: str = "region2") -> list[str]:
    """Return the break-glass command line of a full failover."""
    return words("full-failover", "--target", target, "--mode", mode)


def words(runbook: str, *more: str) -> list[str]:
    """Return the break-glass command line of a runbook."""
    return ["gdr", "run", runbook, "lab", *more, "--reason", "a test", *GIVEN]


class Operator:
    """One `gdr run` on the control host."""

    def __init__(self, lab: Lab, mode: str, target: str = "region2", argv: Sequence[str] = ()) -> None:
        argv = lab.control_argv(argv or command(mode, target))
        self.process = lab.popen(
            "ctl",
            argv,
            "dr",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    @classmethod
    def cold(cls, lab: Lab, mode: str) -> "Operator":
        """Start it in an interpreter of its own, as a person does: who is stopped or interrupted is the command."""
        return cls(lab, mode, argv=[f"{venv_python().parent}/gdr", *command(mode)[1:]])

    @classmethod
    def of(cls, lab: Lab, runbook: str, *more: str) -> "Operator":
        """Run another runbook than a full failover."""
        return cls(lab, "planned", argv=words(runbook, *more))

    def pids(self) -> list[int]:
        """Return the command's own processes, not those of the server it started; of a preloaded one, who asked."""
        below = (
            pid for pid in descendants(self.process.pid) if pid != self.process.pid
        )  # which names the command, too
        return [pid for pid in below if b"/gdr\0run\0" in cmdline(pid)]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command itself."""
        for pid in self.pids():
            os.kill(pid, number)
        if number == signal.SIGCONT:  # nsenter stops itself with its child, and waits to be continued
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL the command and wait until it is gone; the server it started is left as a crash would leave it."""
        end = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < end, "SIGKILL had no effect"
            self.signal(signal.SIGKILL)
            time.sleep(0.01)
        self.process.communicate(timeout=20)

    def ended(self) -> bool:
        """Tell whether the command is over."""
        return self.process.poll() is not None

    def require_reached(self, seconds: float = 300) -> None:
        """Fail unless the command ended in the state it was to reach."""
        status, text = self.output(seconds)
        assert status == 0, f"exit {status}: {text[-2000:]}"

    def output(self, seconds: float = 180) -> tuple[int, str]:
        """Wait for the end; return exit status and what was printed."""
        text, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, text


def cmdline(pid: int) -> bytes:
    """Return a process's command line, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def descendants(pid: int) -> Iterator[int]:
    """Yield a process and everything below it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from descendants(int(child))


class Journal:
    """The case's journal as it lies on the control host's disk."""

    def __init__(self, lab: Lab) -> None:
        self._folder = lab.identity.disk("ctl") / "var/lib/genesys-dr/cases"
        self._read: tuple[Path | None, int, list[dict[str, Any]]] = (None, 0, [])

    def path(self) -> Path | None:
        """Return the newest journal."""
        found = sorted(self._folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        return found[-1] if found else None

    def records(self) -> list[dict[str, Any]]:
        """Return all whole records; read again only when the journal has grown, for tests ask all the time."""
        path = self.path()
        if path is None:
            return []
        size = path.stat().st_size
        if self._read[:2] != (path, size):
            self._read = path, size, [json.loads(line) for line in path.read_text().split("\n")[:-1]]
        return self._read[2]

    def subjects(self) -> list[str]:
        """Return what each record is about, without what differs between attempts."""
        return [key(record) for record in self.records()]

    def bound(self) -> int:
        """Return how many changes the newest question said may be lost."""
        asked = [
            record["data"]["bounds"]["loss_changes"] for record in self.records() if record["kind"] == "gate.asked"
        ]
        return int(asked[-1])

    def wait_for(self, wanted: str, operator: Operator, seconds: float = 120) -> None:
        """Wait until a record is there, or fail when the command ends first."""
        end = time.monotonic() + seconds
        while wanted not in self.subjects():
            if operator.process.poll() is not None:
                raise AssertionError(f"ended before {wanted}: {operator.output()}")
            if time.monotonic() > end:
                raise AssertionError(f"no {wanted} within {seconds} s: {self.subjects()}")
            time.sleep(0.002)


def key(record: dict[str, Any]) -> str:
    """Name a record by kind and subject."""
    data = record["data"]
    subject = data.get("step") or data.get("stage") or data.get("target") or ""
    return f"{record['kind']} {subject}".strip()
