"""The doors into a case that lead through the Prefect server; `gdr run`, which needs none, is tests.lab.operator."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lab.api import Lab
from lab.command import wait_until
from lab.drill.server import Server
from tests.lab.operator import cmdline

_DEPLOYMENT = {"planned": "full-failover/switchover", "unplanned": "full-failover/full-failover"}
_BEFOREHAND = {"approver": "alice", "reason": "test: given beforehand"}
_TAKEN_UP_S = 60
NEW_RUN, IN_UI, BY_COMMAND = "new run", "retry in the interface", "retry by command"
DOORS = (NEW_RUN, IN_UI, BY_COMMAND)


class Run:
    """One process of a deployed run, as the worker started it."""

    def __init__(self, server: Server, run: str) -> None:
        self._server = server
        self.run = run

    def ended(self) -> bool:
        return self._server.is_final(self.run)

    def kill(self) -> None:
        """SIGKILL the run's process, and wait until it is gone and its worker has told the server."""
        for pid in processes(self.run):
            os.kill(pid, signal.SIGKILL)
        wait_until("the worker reports the crash", lambda: self.ended() and not any(processes(self.run)), _TAKEN_UP_S)
        state = self._server.state(self.run)
        assert state["type"] == "CRASHED", state

    def require_reached(self) -> None:
        wait_until("the end of the run", self.ended, 180)
        state = self._server.state(self.run)
        assert state["type"] == "COMPLETED", state["message"]


def through(lab: Lab, mode: str, doors: Iterable[str]) -> Callable[[], Run]:
    """Begin a run of the deployment, and each next time go on by the next door."""
    server, way = Server(lab), iter(doors)
    begun: list[str] = []

    def start() -> Run:
        press = _press(lab, server, next(way)) if begun else None
        if press is None:
            begun.append(_begin(server, mode))
        return _taken_up(server, begun[-1], press or (lambda _run: None))

    return start


def _press(lab: Lab, server: Server, door: str) -> Callable[[str], None] | None:
    """Return what goes on with a run that crashed; None where another is begun with the same parameters."""
    if door == NEW_RUN:
        return None
    if door == IN_UI:
        return server.retry
    return lambda run: _require_zero(lab, ["prefect", "--no-prompt", "flow-run", "retry", run])


def _require_zero(lab: Lab, argv: list[str]) -> None:
    done = lab.control(argv)
    assert done.returncode == 0, done.stdout + done.stderr


def _begin(server: Server, mode: str) -> str:
    parameters = {"environment": "lab", "target": "region2", "mode": mode, "reason": "a test of the doors"}
    return server.start(_DEPLOYMENT[mode], parameters | {"beforehand": _BEFOREHAND})


def _taken_up(server: Server, run: str, press: Callable[[str], None]) -> Run:
    """Press until a process lives: a worker reports a crash twice, and the second time undoes a button's effect."""

    def lives() -> bool:
        if server.is_final(run):
            press(run)
        return any(processes(run))

    wait_until(f"a worker takes run {run} up", lives, _TAKEN_UP_S)
    return Run(server, run)


def processes(run: str) -> Iterator[int]:
    """Yield the processes that execute a flow run, told by the environment its worker gave them."""
    mark = f"PREFECT__FLOW_RUN_ID={run}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            known = (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark in known.split(b"\0") and b"python" in cmdline(int(folder.name)):
            yield int(folder.name)
