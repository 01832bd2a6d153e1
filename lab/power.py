"""Who is on and who is off: the hosts' parent process keeps them, and reaps them when they end."""

import contextlib
import subprocess
import threading
from collections.abc import Sequence

from lab import copies, network
from lab import host as hosts
from lab.errors import LabError
from lab.identity import Identity
from lab.topology import Host, Topology

# A power source that can switch itself or the control host off could not be told to switch them on again.
_WORDS = "status|on|off|cable|plug|unplug|copy HOST, clone HOST ORIGINAL LABEL, console HOST COMMAND"
_NOT_SWITCHED = ("control", "power")


class Power:
    """Switches hosts, one change of a host at a time."""

    def __init__(self, lab: Identity, topology: Topology) -> None:
        self._lab = lab
        self._topology = topology
        self._locks = {host.name: threading.Lock() for host in topology.hosts}

    def switched(self, words: Sequence[str]) -> str:
        """Answer the power host: what a hypervisor does for its machines, and the names of those it has."""
        match words:
            case [("status" | "on" | "off") as verb, name]:
                return self.act(verb, self._machine(name))
            case [("cable" | "plug" | "unplug") as verb, name]:
                return self._cable(verb, self._machine(name))
            case ["copy", name]:
                return copies.copy_of(self._lab, self._machine(name))
            case ["clone", name, original, label]:
                copies.clone(self._lab, self._machine(original), self._machine(name), label)
                return label
            case ["console", name, *command]:
                return self._console(self._machine(name), command)
        raise LabError(f"{' '.join(words)[:80]}: not understood: {_WORDS}")

    def _machine(self, name: str) -> Host:
        host = self._topology.host(name)
        if host.role in _NOT_SWITCHED:
            raise LabError(f"{host.name}: is not switched by the power host")
        return host

    def _cable(self, verb: str, host: Host) -> str:
        if verb != "cable":
            network.set_cable(self._lab, host, plugged=verb == "plug")
        return "in" if network.is_plugged(self._lab, host) else "out"

    def _console(self, host: Host, command: Sequence[str]) -> str:
        """Run a command inside, past the network, and return its line."""
        return hosts.execute(self._lab, host, command).stdout

    def act(self, verb: str, host: Host) -> str:
        """Do one verb; asking for the state a host is already in changes nothing."""
        with self._locks[host.name]:
            is_on = hosts.init_pid(self._lab, host) is not None
            if verb == "on" and not is_on:
                self._boot(host)
            if verb == "off":
                hosts.power_off(self._lab, host)
            return {"status": "on" if is_on else "off"}.get(verb, verb)

    def close(self) -> None:
        """Switch no host ever again: what is switched now ends first."""
        for lock in self._locks.values():
            lock.acquire()

    def _last_words(self, host: Host) -> str:
        said = (self._lab.state / "log" / host.name).read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(said) if line.strip()), "systemd-nspawn gave no reason")

    def _boot(self, host: Host) -> None:
        process = hosts.power_on(self._lab, self._topology, host)
        threading.Thread(target=process.wait, daemon=True).start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # nspawn that ends at once never booted: its last line says why.
            process.wait(0.05)
            raise LabError(f"{host.name}: did not boot: {self._last_words(host)}")
