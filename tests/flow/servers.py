"""A Prefect server of a test's own, as its units start it: restarted with other settings, on the same database."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

READY_S, NEXT_ASK_S = 240.0, 0.25
SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",
}


class Server:
    """A server; its database is empty at the first start, unless it begins with another one's."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._home, self._patch = home, monkeypatch
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}/api"

    def start(self, *, services: bool = False, **settings: str) -> None:
        """Start it, in place of the one that ran, and wait until it answers.

        Args:
            services: Whether what works behind the API runs as well: automations, the feed of events.
        """
        self.stop()
        alone = () if services else ("--no-services",)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "start", "--port", str(self._port), *alone],
                env=kept | SETTINGS | {"PREFECT_HOME": str(self._home)} | settings,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + READY_S
        while not self._answers():
            assert self._process.poll() is None, self.logged()[-2000:]
            assert time.monotonic() < deadline, "the server does not come up"
            time.sleep(NEXT_ASK_S)

    def logged(self) -> str:
        """Return its log, of every start."""
        return (self._home / "server.log").read_text()

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        asked = HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            asked.request("GET", "/api/health")
            return asked.getresponse().read() == b"true"
        except (OSError, HTTPException):
            return False
        finally:
            asked.close()

    def begin_with(self, database: Path) -> None:
        """Begin with another server's tables, which are made already, and none of its blocks or automations."""
        with sqlite3.connect(database) as theirs, sqlite3.connect(self._home / "prefect.db") as ours:
            theirs.backup(ours)
        self.statement("delete from block_document")
        self.statement("delete from automation")

    def statement(self, sql: str) -> int:
        """Change its database by hand, foreign keys held as the server holds them; return how many rows changed."""
        with sqlite3.connect(self._home / "prefect.db", timeout=READY_S) as database:
            database.execute("pragma foreign_keys = on")
            return database.execute(sql).rowcount

    @contextmanager
    def asked(self, password: str | None = None) -> Iterator[None]:
        """Let this process ask it. What it tells of itself goes to the server that it asks, to none that is gone."""
        self._patch.setenv("PREFECT_API_URL", self.url)
        EventsWorker.drain_all()
        with temporary_settings({PREFECT_API_URL: self.url, PREFECT_API_AUTH_STRING: password}):
            yield
            EventsWorker.drain_all()
