"""Three sites in network namespaces. Nothing is attached to the machine's own network."""

import ctypes
import itertools
import os
import pathlib
import socket
import threading

from lab.command import batch, run
from lab.errors import LabError
from lab.identity import Identity
from lab.topology import Host, Topology

_CLONE_NEWNET = 0x40000000


def gateway(site: str) -> str:
    """Name a site's router."""
    return f"gw-{site}"


def port(host: Host) -> str:
    """Name the router's end of a host's cable; an interface name has 15 letters at most."""
    return f"v{_hex(host.address)}"


def create_sites(lab: Identity, topology: Topology) -> None:
    """Make each site's router and the WAN links between them."""
    for site in topology.sites:
        netns = lab.name(gateway(site))
        run("ip", "netns", "add", netns)
        # With no address of its own a bridge takes its lowest port's, and a site lost its router when a host was cut.
        mac = _mac(topology.gateway(site))
        batch(netns, [
            "link set lo up",
            f"link add br0 address {mac} type bridge forward_delay 0 mcast_snooping 0",
            "link set br0 up",
            f"addr add {topology.gateway(site)}/24 dev br0",
        ])  # fmt: skip
        run(
            "nsenter",
            f"--net={lab.netns(gateway(site))}",
            "sh",
            "-c",
            "echo 1 >/proc/sys/net/ipv4/ip_forward",
        )
    for one, other in itertools.combinations(topology.sites, 2):
        _create_wan(lab, topology, one, other)


def _create_wan(lab: Identity, topology: Topology, one: str, other: str) -> None:
    near, far = lab.name(gateway(one)), lab.name(gateway(other))
    ends = wan_ends(topology, one, other)
    batch(near, [f"link add {wan(topology, other)} type veth peer name {wan(topology, one)} netns {far}"])
    for netns, peer, end in ((near, other, ends[0]), (far, one, ends[1])):
        batch(netns, [f"addr add {end}/30 dev {wan(topology, peer)}", f"link set {wan(topology, peer)} up"])
    set_wan(lab, topology, one, other, cut=False)


def wan(topology: Topology, peer: str) -> str:
    """Name the interface that leads to another site."""
    return f"wan{topology.sites.index(peer)}"


def wan_ends(topology: Topology, one: str, other: str) -> tuple[str, str]:
    """Return the two addresses of a WAN link."""
    pairs = list(itertools.combinations(topology.sites, 2))
    number = pairs.index((one, other))
    return f"198.19.{number}.1", f"198.19.{number}.2"


def ordered(topology: Topology, one: str, other: str) -> tuple[str, str]:
    """Put two sites in the order in which their WAN link was made."""
    for site in (one, other):
        if site not in topology.sites:
            raise LabError(f"{site}: no such site: one of {', '.join(topology.sites)}")
    if one == other:
        raise LabError(f"{one}: a site has no WAN link to itself: name two sites")
    first, second = sorted((one, other), key=topology.sites.index)
    return first, second


def set_wan(lab: Identity, topology: Topology, one: str, other: str, *, cut: bool) -> None:
    """Cut or restore the WAN between two sites; cut means silence, not a message from a router."""
    one, other = ordered(topology, one, other)
    ends = wan_ends(topology, one, other)
    for here, there, via in ((one, other, ends[1]), (other, one, ends[0])):
        network = topology.network(there)
        route = f"route replace blackhole {network}" if cut else f"route replace {network} via {via}"
        # A blackhole and an ordinary route differ in type, so `replace` would keep both.
        batch(lab.name(gateway(here)), [f"route flush exact {network}", route])


def attach(lab: Identity, topology: Topology, host: Host) -> None:
    """Give a host a fresh namespace and cable: no firewall rule of an earlier boot is left in it."""
    netns = lab.name(host.name)
    left = lab.netns(host.name).exists()
    if left:  # its cable first: with the namespace alone it would vanish some time later
        run("ip", "-n", lab.name(gateway(host.site)), "link", "del", port(host), check=False)
    run("ip", "-batch", "-", stdin=(f"netns del {netns}\n" if left else "") + f"netns add {netns}\n")
    mac = _mac(host.address)
    batch(lab.name(gateway(host.site)), [
        f"link add {port(host)} type veth peer name eth0 address {mac} netns {netns}",
        f"link set {port(host)} master br0 {'up' if is_plugged(lab, host) else 'down'}",
        # Who asked for this host while it was off asks again after a second; a machine that boots announces itself.
        f"neigh replace {host.address} lladdr {mac} dev br0 nud stale",
    ])  # fmt: skip
    batch(netns, ["link set lo up", f"addr add {host.address}/24 dev eth0", "link set eth0 up",
                  f"route add default via {topology.gateway(host.site)}"])  # fmt: skip


def unplug(lab: Identity, host: Host) -> None:
    """Take a host's cable down, so that it falls silent instead of answering with resets."""
    run("ip", "-n", lab.name(gateway(host.site)), "link", "set", port(host), "down", check=False)


def set_cable(lab: Identity, host: Host, *, plugged: bool) -> None:
    """Plug a host's cable in, or pull it; a host that is off keeps it as it is until it boots."""
    note = lab.state / "cables" / host.name
    note.parent.mkdir(exist_ok=True)
    if plugged:
        note.unlink(missing_ok=True)
    else:
        note.touch()
    if lab.netns(host.name).exists():
        run("ip", "-n", lab.name(gateway(host.site)), "link", "set", port(host), "up" if plugged else "down")


def is_plugged(lab: Identity, host: Host) -> bool:
    """Tell whether a host's cable is in, or will be when it boots."""
    return not (lab.state / "cables" / host.name).exists()


def set_silent(lab: Identity, host: Host, *, silent: bool) -> None:
    """Drop every frame from and to a host while its own link stays up."""
    state = "disabled" if silent else "forwarding"
    run("bridge", "-n", lab.name(gateway(host.site)), "link", "set", "dev", port(host), "state", state)


def connect(netns: pathlib.Path, address: str, tcp_port: int, timeout_s: float) -> socket.socket:
    """Connect from inside a namespace: a thread of its own enters it, the others stay outside."""
    found: list[socket.socket | OSError] = []

    def enter() -> None:
        try:
            enter_namespace(netns)
            found.append(socket.create_connection((address, tcp_port), timeout=timeout_s))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    (result,) = found
    if isinstance(result, OSError):
        raise result
    return result


def enter_namespace(netns: pathlib.Path | str) -> None:
    """Move the calling thread into a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(netns, os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {netns}")
    finally:
        os.close(descriptor)


def _mac(address: str) -> str:
    """Return a hardware address that holds the address: neighbours need not learn a new one after a power cycle."""
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _hex(address: str) -> str:
    return "".join(f"{int(part):02x}" for part in address.split("."))
