"""The configuration client that writes through the proxies all the time, and what became of its writes."""

import subprocess
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lab.api import Lab
from lab.command import wait_until
from lab.errors import LabError
from lab.standins.client.engine import ACKNOWLEDGED, Entry, Verdict, read_ledger, verify

_LEDGER = "/tmp/configuration-client.jsonl"  # noqa: S108  (on the control host's own tmpfs)
_ROWS = "select opt from cfg_flex_prop where section = 'gdr-client'"
_ENOUGH = 10
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was acknowledged before and after the fault, and what the surviving database has of it."""

    verdict: Verdict
    after: int


class Load:
    """Writes while the block lasts."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the client and wait until it has been acknowledged a few times."""
        proxies = [
            f"{host.address}:{part.port}"
            for host in self._lab.topology.hosts
            for part in host.components
            if part.kind == "proxy"
        ]
        self._lab.exec("ctl", ["rm", "-f", _LEDGER])
        argv = [
            "python",
            "-m",
            "lab.standins",
            "client",
            "--proxies",
            ",".join(proxies),
            "--ledger",
            _LEDGER,
            "--every",
            "0.05",
        ]
        self._process = self._lab.popen(
            "ctl", self._lab.control_argv(argv), "dr", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until("configuration client: acknowledged writes", lambda: self._acknowledged() >= _ENOUGH, _PATIENCE_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the client."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def _entries(self) -> list[Entry]:
        done = self._lab.exec("ctl", ["cat", _LEDGER])
        return list(read_ledger(done.stdout.splitlines(keepends=True)))

    def _acknowledged(self, since: float = 0.0) -> int:
        return sum(entry.outcome == ACKNOWLEDGED and entry.at > since for entry in self._entries())

    def wait_for_writes_after(self, moment: float) -> None:
        """Wait until writes are acknowledged again: business is back to normal mode."""
        wait_until(
            "configuration client: writes after the failover",
            lambda: self._acknowledged(moment) >= _ENOUGH,
            _PATIENCE_S,
        )

    def judge(self, database: str, moment: float, since: float = 0.0) -> Outcome:
        """Compare what was acknowledged, `since` a moment, with what the surviving database has."""
        found = self.rows(database)
        entries = [entry for entry in self._entries() if entry.at >= since]
        # A write acknowledged while the rows were read is not in them yet.
        before = [entry for entry in entries if entry.at < time.time() - 1]
        return Outcome(
            verify(before, found),
            sum(e.outcome == ACKNOWLEDGED and e.at > moment for e in entries),
        )

    def rows(self, database: str) -> list[str]:
        """Return what a database has of the client's writes."""
        found = self._lab.exec(database, ["psql", "-XqAt", "-d", "config", "-c", _ROWS], "postgres")
        if found.returncode != 0:
            raise LabError(f"{database}: cannot read the rows: {found.stderr.strip()}")
        return found.stdout.split()
