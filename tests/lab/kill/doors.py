"""The doors into a case that lead through the Prefect server; `gdr run`, which needs none, is tests.lab.operator."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.api import Lab
from lab.command import wait_until
from lab.drill.server import Server
from tests.lab.operator import cmdline

_DEPLOYMENT = {"planned": "full-failover/switchover", "unplanned": "full-failover/full-failover"}
_BEFOREHAND = {"approver": "alice", "reason": "test: given beforehand"}
_TAKEN_UP_S = 60


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


def new_run(lab: Lab, mode: str) -> Callable[[], Run]:
    """Start the deployment once more, with the same parameters."""
    server = Server(lab)
    return lambda: _taken_up(server, _begin(server, mode), lambda _run: None)


def retry_in_ui(lab: Lab, mode: str) -> Callable[[], Run]:
    """Press Retry in the interface: the call behind the button."""
    server = Server(lab)
    return _retry(server, mode, server.retry)


def retry_by_command(lab: Lab, mode: str) -> Callable[[], Run]:
    """Type `prefect flow-run retry` on the control host."""
    return _retry(
        Server(lab), mode, lambda run: _require_zero(lab, ["prefect", "--no-prompt", "flow-run", "retry", run])
    )


DOORS = {"new run": new_run, "retry in the interface": retry_in_ui, "retry by command": retry_by_command}


def _require_zero(lab: Lab, argv: list[str]) -> None:
    done = lab.control(argv)
    assert done.returncode == 0, done.stdout + done.stderr


def _begin(server: Server, mode: str) -> str:
    parameters = {"environment": "lab", "target": "region2", "mode": mode, "reason": "a test of the doors"}
    return server.start(_DEPLOYMENT[mode], parameters | {"beforehand": _BEFOREHAND})


def _retry(server: Server, mode: str, press: Callable[[str], None]) -> Callable[[], Run]:
    begun: list[str] = []

    def start() -> Run:
        if not begun:
            begun.append(_begin(server, mode))
        return _taken_up(server, begun[0], press)

    return start


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
