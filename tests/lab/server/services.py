"""What runs on the control host, as somebody sees it who kills it."""

import httpx

from lab.api import Lab
from lab.command import wait_until
from lab.drill.server import Server

SWITCHOVER = "full-failover/switchover"
SWITCH = {
    "environment": "lab",
    "target": "region2",
    "mode": "planned",
    "reason": "a test of what is killed meanwhile",
    "beforehand": {"approver": "alice", "reason": "test: given beforehand"},
}


def kill(lab: Lab, *units: str) -> None:
    """SIGKILL every process of units."""
    lab.exec("ctl", ["systemctl", "kill", "--signal=SIGKILL", *units], check=True)


def kill_and_wait(lab: Lab, *units: str) -> None:
    """The same, and wait until systemd has started all of them again."""

    def restarts() -> list[int]:
        asked = ["systemctl", "show", "-P", "NRestarts"]
        return [int(lab.exec("ctl", [*asked, unit], check=True).stdout) for unit in units]

    before = restarts()
    kill(lab, *units)
    wait_until(f"{', '.join(units)}: started again", lambda: all(map(int.__gt__, restarts(), before)), 60)


def answers(server: Server) -> bool:
    """Tell whether the server is back."""
    try:
        return server.http.get("/health").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def final(server: Server, run: str) -> bool:
    """Tell whether a run is over; a server that is not back yet says nothing."""
    try:
        return server.is_final(run)
    except httpx.HTTPError:
        return False
