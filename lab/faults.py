"""What can go wrong, caused on purpose: each fault by its name, and how it is mended."""

import dataclasses
from collections.abc import Callable, Sequence

from lab import cgroup, network, slow, state, up, wire
from lab import host as hosts
from lab.command import wait_until
from lab.errors import LabError
from lab.identity import Identity
from lab.topology import Host, Topology

_FILL = "/var/lib/genesys-dr-lab-fill"
_DNS_S = 30
_DNS_UNIT = {"name_server": "named", "resolver": "unbound", "application": "unbound"}


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """The laboratory in which a fault happens."""

    lab: Identity
    topology: Topology

    def host(self, name: str) -> Host:
        """Find a host by name."""
        return self.topology.host(name)

    def hosts(self, name: str) -> Sequence[Host]:
        """Return one host, or all that stand in a region."""
        return self.topology.in_region(name) if name in self.topology.regions else [self.host(name)]

    def run(self, name: str, *argv: str) -> str:
        """Run a command on a host as root."""
        return hosts.execute(self.lab, self.host(name), argv).stdout


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its arguments, what it does, and what undoes it."""

    arguments: tuple[str, ...]
    cause: Callable[..., object]
    mend: Callable[..., object]


def _power_off(scene: Scene, name: str) -> None:
    up.power_off(scene.lab, scene.hosts(name))


def _power_on(scene: Scene, name: str) -> None:
    some = scene.hosts(name)
    up.power_on(scene.lab, some)
    up.wait_for_hosts(scene.lab, scene.topology, some)


def _cut(scene: Scene, one: str, other: str) -> None:
    slow.end(scene.lab, scene.topology, (one, other))
    network.set_wan(scene.lab, scene.topology, one, other, cut=True)


def _uncut(scene: Scene, one: str, other: str) -> None:
    network.set_wan(scene.lab, scene.topology, one, other, cut=False)


def _slow(scene: Scene, one: str, other: str, milliseconds: str) -> None:
    if not milliseconds.isdigit():
        raise LabError(f"wan-slow: {milliseconds!r}: not a number of milliseconds")
    wire.ask(wire.supervisor(scene.lab), "wan-slow", one, other, milliseconds)


def _fast(scene: Scene, one: str, other: str, _milliseconds: str = "") -> None:
    slow.end(scene.lab, scene.topology, (one, other))


def _silence(scene: Scene, name: str) -> None:
    network.set_silent(scene.lab, scene.host(name), silent=True)


def _unsilence(scene: Scene, name: str) -> None:
    network.set_silent(scene.lab, scene.host(name), silent=False)


def _dns_unit(scene: Scene, name: str) -> str:
    try:
        return _DNS_UNIT[scene.host(name).role]
    except KeyError:
        raise LabError(f"{name}: runs no DNS server") from None


def _stop_dns(scene: Scene, name: str) -> None:
    scene.run(name, "systemctl", "stop", _dns_unit(scene, name))


def _start_dns(scene: Scene, name: str) -> None:
    scene.run(name, "systemctl", "start", _dns_unit(scene, name))
    # Any answer will do: what stands behind this server may be broken too.
    ask = ["dig", "@127.0.0.1", "+norecurse", "+tries=1", "+time=1", "SOA", scene.topology.zone]
    wait_until(
        f"{name}: DNS", lambda: hosts.execute(scene.lab, scene.host(name), ask, check=False).returncode == 0, _DNS_S
    )


def _hang_sshd(scene: Scene, name: str) -> None:
    scene.run(name, "systemctl", "kill", "--kill-whom=all", "--signal=SIGSTOP", "ssh")


def _unhang_sshd(scene: Scene, name: str) -> None:
    scene.run(name, "systemctl", "kill", "--kill-whom=all", "--signal=SIGCONT", "ssh")


def _fill(scene: Scene, name: str) -> None:
    """Leave not one free block; the disk is in memory and of the host's own limited size."""
    hosts.execute(
        scene.lab,
        scene.host(name),
        ["dd", "if=/dev/zero", f"of={_FILL}", "bs=1M", "status=none"],
        check=False,
    )


def _unfill(scene: Scene, name: str) -> None:
    scene.run(name, "rm", "-f", _FILL)


def _freeze(scene: Scene, name: str, unit: str) -> None:
    _signal(scene, name, unit, "STOP")


def _thaw(scene: Scene, name: str, unit: str) -> None:
    _signal(scene, name, unit, "CONT")


def _signal(scene: Scene, name: str, unit: str, signal: str) -> None:
    """Signal a unit's processes; of those the agent started past systemd, the port tells whose they are."""
    others = {part.port for part in scene.host(name).components if part.unit != unit}
    own = {part.port for part in scene.host(name).components if part.unit == unit}
    # What an agent started stays in the agent's control group, and is no process of the agent's unit.
    pids = (_grouped_pids(scene, name, unit) | _listening_pids(scene, name, own)) - _listening_pids(scene, name, others)
    if not pids:
        raise LabError(f"{name}: {unit}: has no process to freeze")
    scene.run(name, "kill", f"-{signal}", *sorted(pids))


def _grouped_pids(scene: Scene, name: str, unit: str) -> set[str]:
    group = scene.run(name, "systemctl", "show", "--property=ControlGroup", "--value", unit).strip()
    files = [f"{tree}{group}/cgroup.procs" for tree in cgroup.hierarchies()]
    listed = hosts.execute(scene.lab, scene.host(name), ["cat", *files], check=False).stdout if group else ""
    return set(listed.split())


def _listening_pids(scene: Scene, name: str, ports: set[int]) -> set[str]:
    found: set[str] = set()
    for port in ports:
        text = scene.run(name, "ss", "-Hltnp", f"sport = :{port}")
        found |= {part.split(",")[0] for part in text.split("pid=")[1:]}
    return found


FAULTS = {
    "power-off": Fault(("HOST|REGION",), _power_off, _power_on),
    "power-on": Fault(("HOST|REGION",), _power_on, _power_off),
    "wan-cut": Fault(("SITE", "SITE"), _cut, _uncut),
    "wan-slow": Fault(("SITE", "SITE", "MS"), _slow, _fast),
    "silent": Fault(("HOST",), _silence, _unsilence),
    "stop-dns": Fault(("HOST",), _stop_dns, _start_dns),
    "hang-sshd": Fault(("HOST",), _hang_sshd, _unhang_sshd),
    "fill-disk": Fault(("HOST",), _fill, _unfill),
    "freeze": Fault(("HOST", "UNIT"), _freeze, _thaw),
}


def usage() -> str:
    """List the faults and their arguments."""
    return "\n".join(f"{name} {' '.join(fault.arguments)}" for name, fault in FAULTS.items())


def apply(lab: Identity, verb: str, name: str, *arguments: str) -> None:
    """Cause or mend one fault: verb is `break` or `mend`."""
    fault = FAULTS.get(name)
    if fault is None:
        raise LabError(f"{name}: no such fault: one of {', '.join(FAULTS)}")
    act = fault.cause if verb == "break" else fault.mend
    # How slow a WAN was need not be said to mend it.
    fewest = len(fault.arguments) - (verb == "mend" and name == "wan-slow")
    if not fewest <= len(arguments) <= len(fault.arguments):
        raise LabError(f"{verb} {name}: wants {' '.join(fault.arguments)}")
    act(Scene(lab, state.load(lab).topology), *arguments)
