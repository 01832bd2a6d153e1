"""A private Prefect API for the day the server is gone: on loopback, without services, with a home of its own.

Prefect cannot run a task without an API. This one comes up in a few seconds; one left by a killed command is used
again; the last command that uses it stops it. Its home holds nothing that cannot be made again: no blocks, no secrets.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from model.errors import Refused
from tasks.run import state

CHILDREN: list[subprocess.Popen[bytes]] = []  # held, for a server may outlive the command that started it
READY_S, STOP_S, NEXT_ASK_S = 60.0, 5.0, 0.05
SERVER = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",  # half a second of the start, for checks of a library's own calls
    "DO_NOT_TRACK": "1",
}
CLIENT = {
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",  # the journal is the record
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the terminal belongs to the progress and the question
    "GDR_BLOCKS_FROM": "file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server process, as noted for whoever comes after a kill. `started` tells it from another of its number."""

    pid: int
    started: str
    port: int
    password: str

    @classmethod
    def noted(cls, note: Path) -> Self | None:
        """Return the server of a note if that very process still lives."""
        server = cls.last(note)
        return server if server and server.lives() else None

    @classmethod
    def last(cls, note: Path) -> Self | None:
        """Return the server of a note, which may be gone."""
        try:
            return cls(**json.loads(note.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def lives(self) -> bool:
        """Whether the process is still this one."""
        return bool(self.started) and _started(self.pid) == self.started

    def answers(self) -> bool:
        """Whether the API says that it is healthy."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().read() == b"true"
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def end(self) -> None:
        """End the process and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_S
            while self.lives() and time.monotonic() < deadline:
                time.sleep(NEXT_ASK_S)
            os.killpg(self.pid, signal.SIGKILL)
        for child in CHILDREN:
            child.poll()


class PrivateApi:
    """The private API of this control host; at most one, used by any number of commands at once."""

    def __init__(self) -> None:
        """Name the places; nothing is started."""
        self.folder = state() / "private"
        self.home = self.folder / "home"
        self._note = self.folder / "server.json"
        self._users = -1
        self._server: Server | None = None

    def start(self) -> None:
        """Start the server, or take the one that is there, and point this process at it: before Prefect is imported."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            left = self._unused()
            self._users = os.open(self.folder / "users.lock", os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            found = Server.noted(self._note)
            if found and left and not found.answers():  # one that somebody waits for may only be slow
                found.end()
                found = None
            gone = None if left else Server.last(self._note)
            self._server = found or (self._spawn(gone.port, gone.password) if gone else self._spawn())
        os.environ.setdefault("GDR_SERVER_AUTH_STRING", os.environ.get("PREFECT_API_AUTH_STRING", ""))
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            del os.environ[name]  # this process has nothing to do with the server that is gone
        os.environ |= CLIENT | {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": f"http://127.0.0.1:{self._server.port}/api",
            "PREFECT_API_AUTH_STRING": self._server.password,
        }

    def wait(self) -> None:
        """Wait until it answers; a home it cannot start on is put aside and made anew, once.

        Raises:
            Refused: It does not come up; its log says why.
        """
        is_remade = False
        while not self._comes_up():
            if is_remade:
                raise Refused(f"private Prefect API: does not come up: read {self.folder / 'server.log'}")
            is_remade = self._remade()

    def stop(self) -> None:
        """Stop the server unless another command still uses it; safe to repeat."""
        if self._users < 0:
            return
        with self._alone():
            os.close(self._users)
            self._users = -1
            server = Server.noted(self._note) or self._server
            if server and self._unused():
                server.end()
                self._note.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock under which servers are started and stopped."""
        with (self.folder / "start.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _unused(self) -> bool:
        with (self.folder / "users.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

    def _spawn(self, port: int = 0, password: str = "") -> Server:
        self.home.mkdir(exist_ok=True, mode=0o700)
        port, password = port or _free_port(), password or f"gdr:{secrets.token_urlsafe()}"
        argv = [sys.executable, "-m", "prefect", "server", "start", "--no-services", "--host", "127.0.0.1"]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
        own = {"PREFECT_HOME": str(self.home), "PREFECT_SERVER_API_AUTH_STRING": password}
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  (our own Python)
                [*argv, "--port", str(port)],
                env=kept | SERVER | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is ours to answer
            )
        CHILDREN.append(process)
        server = Server(pid=process.pid, started=_started(process.pid), port=port, password=password)
        self._note.touch(mode=0o600)
        self._note.write_text(json.dumps(asdict(server)))
        return server

    def _comes_up(self) -> bool:
        deadline = time.monotonic() + READY_S
        while self._server and self._server.lives() and time.monotonic() < deadline:
            if self._server.answers():
                return True
            time.sleep(NEXT_ASK_S)
        return False

    def _remade(self) -> bool:
        """Make the home anew, unless another command has; return whether it was done here.

        The address is kept: this process, and others, are already pointed at it.
        """
        with self._alone():
            others = Server.noted(self._note)
            if others and others != self._server:
                self._server = others
                return False
            if self._server:
                self._server.end()
                self.home.rename(self.folder / f"home.broken-{time.time_ns()}")
                self._server = self._spawn(self._server.port, self._server.password)
            return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(pid: int) -> str:
    """Return a process's start time, empty when it is gone or only waits to be buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
