"""
A private Prefect API for the day the server is gone: on loopback, without services, with a home of its own.

Prefect cannot run a task without an API. This one comes up in a few seconds; one left by a killed command is used again.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from model.errors import Refused
from tasks.run import state

READY_S = 60.0
STOP_S = 10.0
NEXT_ASK_S = 0.05


class PrivateApi:
    """The private server of this control host; at most one."""

    def __init__(self) -> None:
        """Find the home; nothing is started."""
        self.home = state() / "private"
        self._note = self.home / "server.json"
        self.port = 0

    @property
    def url(self) -> str:
        """Where its API answers."""
        return f"http://127.0.0.1:{self.port}/api"

    def start(self) -> None:
        """Start the server, or find the one a killed command left."""
        if not self._found():
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.port = _free_port()
            process = self._spawn()
            self._note.write_text(json.dumps({"pid": process.pid, "port": self.port, "started": _started(process.pid)}))
        os.environ["PREFECT_API_URL"] = self.url
        os.environ["GDR_BLOCKS_FROM"] = "file"

    def _found(self) -> bool:
        try:
            note = json.loads(self._note.read_text())
        except (OSError, ValueError):
            return False
        self.port = note["port"]
        return _started(note["pid"]) == note["started"]

    def _spawn(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "prefect", "server", "start", "--no-services", "--host", "127.0.0.1", "--port", str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            return subprocess.Popen(argv, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
        return {
            **kept,
            "PREFECT_HOME": str(self.home),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self.home}/prefect.db",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        }

    def wait(self) -> None:
        """
        Wait until it answers.

        Raises:
            Refused: It does not come up; its log says why.
        """
        end = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > end:
                raise Refused(f"private Prefect API: not up within {READY_S:g} s: read {self.home / 'server.log'}")
            time.sleep(NEXT_ASK_S)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        """Stop the server; safe to repeat."""
        if not self._found():
            return
        pid = json.loads(self._note.read_text())["pid"]
        self._note.unlink()
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
            end = time.monotonic() + STOP_S
            while _started(pid) and time.monotonic() < end:
                time.sleep(NEXT_ASK_S)
            os.killpg(pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(pid: int) -> str:
    """Return a process's start time, so that another process of the same number is not taken for it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
