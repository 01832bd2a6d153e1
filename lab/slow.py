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
    end(lab, topology, one, other)
    near, far = network.gateway(one), network.gateway(other)
    worker = subprocess.Popen(
        [sys.executable, "-m", "lab.wan", _name(lab, topology, one, other), str(lab.netns(near)), str(lab.netns(far)), "slow" + _number(topology, one, other), str(delay_ms)],
        cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout
    if worker.stdout.readline() != "ready\n":
        raise LabError(f"wan {one} {other}: the delay did not start: read {lab.state}/log/supervisor")
    threading.Thread(target=worker.wait, daemon=True).start()
    for here, there in ((one, other), (other, one)):
        device = "slow" + _number(topology, one, other)
        batch(lab.name(network.gateway(here)), [f"link set {device} up", f"route flush exact {topology.network(there)}",
                                                f"route add {topology.network(there)} dev {device}"])  # fmt: skip


def end(lab: Identity, topology: Topology, one: str, other: str) -> None:
    """Let packets pass at once again. The devices vanish with their process."""
    one, other = network.ordered(topology, one, other)
    workers = process.with_arguments("lab.wan", _name(lab, topology, one, other))
    process.kill(workers)
    wait_until(f"wan {one} {other}: end of the delay", lambda: not any(map(process.alive, workers)), _END_S)
    network.set_wan(lab, topology, one, other, cut=False)


def _name(lab: Identity, topology: Topology, one: str, other: str) -> str:
    return lab.name(f"wan{_number(topology, one, other)}")


def _number(topology: Topology, one: str, other: str) -> str:
    return "".join(str(topology.sites.index(site)) for site in (one, other))
