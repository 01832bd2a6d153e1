"""The slow WAN's beginning and end: routes through two TUN devices, and the process behind them."""

import subprocess
import sys
import threading

from lab import network, process
from lab.command import batch, wait_until
from lab.errors import LabError
from lab.identity import CHECKOUT, Identity
from lab.topology import Topology

_END_S = 5


def begin(lab: Identity, topology: Topology, one: str, other: str, delay_ms: int) -> None:
    """Delay every packet between two sites, each way."""
    one, other = network.ordered(topology, one, other)
    end(lab, topology, (one, other))
    device = f"slow{_number(topology, one, other)}"
    ends = [str(lab.netns(network.gateway(site))) for site in (one, other)]
    _start(lab, [_name(lab, topology, one, other), *ends, device, str(delay_ms)])
    for here, there in ((one, other), (other, one)):
        target = topology.network(there)
        lines = [f"link set {device} up", f"route flush exact {target}", f"route add {target} dev {device}"]
        batch(lab.name(network.gateway(here)), lines)


def _start(lab: Identity, arguments: list[str]) -> None:
    argv = [sys.executable, "-m", "lab.wan", *arguments]
    worker = subprocess.Popen(argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if not worker.stdout or worker.stdout.readline() != "ready\n":
        raise LabError(f"wan: the delay did not start: read {lab.state}/log/supervisor")
    threading.Thread(target=worker.wait, daemon=True).start()


def end(lab: Identity, topology: Topology, *pairs: tuple[str, str]) -> None:
    """Let packets pass at once again between pairs of sites. The devices vanish with their process."""
    known = [network.ordered(topology, *pair) for pair in pairs]
    names = {_name(lab, topology, *pair) for pair in known}
    workers = [pid for pid in process.with_arguments("lab.wan") if names.intersection(process.argv(pid))]
    process.kill(workers)
    wait_until(f"{', '.join(names)}: end of the delay", lambda: not any(map(process.alive, workers)), _END_S)
    for one, other in known:
        network.set_wan(lab, topology, one, other, cut=False)


def _name(lab: Identity, topology: Topology, one: str, other: str) -> str:
    return lab.name(f"wan{_number(topology, one, other)}")


def _number(topology: Topology, one: str, other: str) -> str:
    return "".join(str(topology.sites.index(site)) for site in (one, other))
