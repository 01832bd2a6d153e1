"""The hosts' parent: boots and reaps them, switches them, and removes everything when its owner dies."""

import os
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from lab import slow, state, teardown, wire
from lab.command import wait_until
from lab.errors import LabError
from lab.identity import CHECKOUT, Identity
from lab.power import Power
from lab.services import prefect

_START_S = 10


def start(lab: Identity, owner: int) -> None:
    """Start the supervisor of a laboratory, away from the terminal and the process group of its starter.

    It needs a moment before it can be asked: `wait_for`.
    """
    (lab.state / "log").mkdir(exist_ok=True)
    with (lab.state / "log/supervisor").open("ab") as output:
        subprocess.Popen(
            [sys.executable, "-m", "lab.supervisor", lab.name("supervisor"), str(owner)],
            cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


def wait_for(lab: Identity) -> None:
    """Wait until the supervisor can be asked."""
    wait_until(f"supervisor (read {lab.state}/log/supervisor)", wire.supervisor(lab).exists, _START_S)


class Supervisor:
    """One per laboratory."""

    def __init__(self, lab: Identity) -> None:
        self._lab = lab
        self._kept = state.load(lab)
        self._power = Power(lab, self._kept.topology)
        self._owner = Owner(lab, self._power)

    def run(self, owner: int) -> None:
        """Serve until killed, or until the owner dies."""
        self._owner.watch(owner)
        self._start_relay()
        wire.serve(self._lab.state / "power/power", self._power.switched)
        wire.serve(wire.supervisor(self._lab), self._answer)
        threading.Event().wait()

    def _answer(self, words: Sequence[str]) -> str:
        match words:
            case ["ready", owner]:
                self._owner.watch(int(owner))
                return ""
            case ["down"]:
                return self._owner.end()
            case ["wan-slow", one, other, milliseconds]:
                slow.begin(self._lab, self._kept.topology, one, other, int(milliseconds))
                return ""
            case [("on" | "off" | "status") as verb, name]:
                return self._power.act(verb, self._kept.topology.host(name))
            case _:
                raise LabError(f"{' '.join(words)[:80]}: not understood")

    def _start_relay(self) -> None:
        """Give the web interface its one way out."""
        inner = self._lab.state / "relay" / prefect.UI_SOCKET
        argv = [sys.executable, "-m", "lab.relay", self._lab.name("relay"), str(self._kept.port), str(inner)]
        relay = subprocess.Popen(argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL)
        threading.Thread(target=relay.wait, daemon=True).start()


class Owner:
    """The process for whose sake the laboratory exists; 0 is nobody, then it stays until `down`."""

    def __init__(self, lab: Identity, power: Power) -> None:
        self._lab, self._power = lab, power
        self._watched = 0
        self._ending = threading.Lock()

    def watch(self, pid: int) -> None:
        """Follow another owner from now on."""
        self._watched = pid
        if pid:
            # A pidfd means this very process, also when its number has been given to another one.
            descriptor = os.pidfd_open(pid)
            threading.Thread(target=self._await_death, args=(pid, descriptor), daemon=True).start()

    def _await_death(self, pid: int, descriptor: int) -> None:
        select.select([descriptor], [], [])
        os.close(descriptor)
        if self._watched == pid:
            print(f"owner {pid} is gone: taking the laboratory down", flush=True)
            self.end()

    def end(self) -> NoReturn:
        """Remove the laboratory, and be gone with it."""
        with self._ending:
            self._power.close()
            teardown.remove(self._lab)
            os._exit(0)  # the other threads serve sockets that no longer exist


if __name__ == "__main__":
    _, own_name, first_owner = sys.argv
    _, lab_id, _ = own_name.split("-")
    Supervisor(Identity(lab_id)).run(int(first_owner))
