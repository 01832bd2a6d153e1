"""What every stand-in has: one process per unit, a log, a status socket, a clean end on SIGTERM."""

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab.standins import wire
from lab.standins.server import Server, Session
from lab.standins.wire import Message, Rejection

log = logging.getLogger("standin")

ALREADY_RUNNING = 98
"""Exit code when the port or the lock is taken; systemd is told not to restart on it."""

RUNNING = "Running"
INITIALIZING = "Initializing"
UNAVAILABLE = "Service Unavailable"
STOPPED = "Stopped"
PRIMARY = "Primary"
BACKUP = "Backup"


def run_directory() -> Path:
    """Where status sockets lie."""
    return Path(os.environ.get("GENESYS_RUN", "/run/genesys"))


def log_directory() -> Path:
    """Where logs lie."""
    return Path(os.environ.get("GENESYS_LOG", "/var/log/genesys"))


def home() -> Path:
    """Where each unit has its folder with run.sh."""
    return Path(os.environ.get("GENESYS_HOME", "/opt/genesys"))


@dataclass(slots=True)
class Status:
    """What appstatus, LCA and SCS get to see of this process."""

    unit: str
    application: str
    dbid: int = 0
    status: str = INITIALIZING
    runmode: str | None = None
    facts: Message = field(default_factory=dict)

    def become(self, status: str, why: str) -> None:
        """Change the status once, with a line in the log."""
        if status != self.status:
            log.info("status %s -> %s: %s", self.status, status, why)
            self.status = status

    def as_message(self) -> Message:
        """Render for the status socket."""
        return {
            "unit": self.unit,
            "application": self.application,
            "dbid": self.dbid,
            "status": self.status,
            "runmode": self.runmode,
            "pid": os.getpid(),
            **self.facts,
        }


Switch = Callable[[str], Awaitable[None]]


class StatusSocket:
    """/run/genesys/UNIT.sock: `status`, and `mode` where a process has a role to switch."""

    def __init__(self, status: Status, switch: Switch | None = None) -> None:
        self._status, self._switch = status, switch
        self._server = Server({"status": self._say, "mode": self._mode})
        self._path = run_directory() / f"{status.unit}.sock"

    async def open(self) -> None:
        """Listen, in place of a socket that a killed process left behind."""
        await self._server.listen_unix(str(self._path))

    def close(self) -> None:
        """Leave nothing behind."""
        self._server.close()
        self._path.unlink(missing_ok=True)

    async def _say(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        return wire.answer(request, **self._status.as_message())

    async def _mode(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        mode = wire.text(request, "mode")
        if self._switch is None or mode not in (PRIMARY, BACKUP):
            raise Rejection(f"mode {mode!r}: not for {self._status.unit}")
        await self._switch(mode)
        return wire.answer(request, runmode=self._status.runmode)


def run(unit: str, body: Callable[[], Awaitable[None]]) -> int:
    """Run a daemon until SIGTERM; returns the exit code of the process."""
    _open_log(unit)
    with _only_one(unit) as free:
        if not free:
            log.error("%s: already running on this host", unit)
            return ALREADY_RUNNING
        try:
            asyncio.run(_until_signal(body))
        except OSError as error:
            log.exception("%s: ended", unit)
            return ALREADY_RUNNING if error.errno == errno.EADDRINUSE else 1
    log.info("%s: stopped", unit)
    return 0


async def _until_signal(body: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(body())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


@contextlib.contextmanager
def _only_one(unit: str) -> Iterator[bool]:
    with (run_directory() / f"{unit}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _open_log(unit: str) -> None:
    form = logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")
    try:
        target: logging.Handler = logging.FileHandler(log_directory() / f"{unit}.log")
    except OSError as error:
        target = logging.StreamHandler(sys.stderr)
        sys.stderr.write(f"{unit}: log goes to stderr: {error}\n")
    target.setFormatter(form)
    log.addHandler(target)
    log.setLevel(logging.INFO)
    log.info("%s: started, pid %d", unit, os.getpid())
