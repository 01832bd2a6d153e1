"""Whether this host can reach others on ports where nobody may be listening yet: by one bounded connect to each.

`refused` is the other host's own word, so the way to it is open. A firewall that rejects says so by ICMP, which comes
to the same error number: the kernel tells them apart (ip(7), IP_RECVERR).
"""

import json
import re
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from gdr_host.host import USAGE, Facts, Fault

WITHIN_S = 2.5  # outlasts one lost packet, which is sent again after 1 s
MOST = 64
IP_RECVERR, ORIGIN_ICMP = 11, 2
PORT_UNREACHABLE = bytes((3, 3))  # type and code


def paths(facts: Facts) -> dict[str, str]:
    """Try every path that host.json names, all at once: open, refused, rejected, silent or unreachable."""
    return _tried([(str(address), int(port)) for address, port in (facts.get("paths") or [])[:MOST]])


def reach(places: list[str]) -> str:
    """Try these places, each ADDRESS:PORT, and return what came of each as one JSON object."""
    if not places or len(places) > MOST or not all(re.fullmatch(r"[0-9.]{7,15}:[0-9]{1,5}", place) for place in places):
        raise Fault(USAGE, f"{' '.join(places)[:80]}: not 1 to {MOST} places, each ADDRESS:PORT")
    pairs = (place.rpartition(":") for place in places)
    return json.dumps(_tried([(address, int(port)) for address, _, port in pairs]))


def _tried(known: list[tuple[str, int]]) -> dict[str, str]:
    if not known:
        return {}
    with ThreadPoolExecutor(len(known)) as pool:
        found = pool.map(lambda path: outcome(*path), known)
        return {f"{address}:{port}": said for (address, port), said in zip(known, found, strict=True)}


def outcome(address: str, port: int) -> str:
    """Connect, hang up, and say what came of it."""
    with socket.socket() as trying:
        trying.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        trying.settimeout(WITHIN_S)
        try:
            trying.connect((address, port))
        except ConnectionRefusedError:
            return "rejected" if _by_icmp(trying) else "refused"
        except TimeoutError:
            return "silent"
        except OSError:
            return "unreachable"
    return "open"


def is_rejected_here(address: str, port: int) -> bool:
    """Whether this host's own firewall keeps it from a place: it says so itself, with its own address."""
    with socket.socket() as trying:
        trying.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        trying.settimeout(WITHIN_S)
        if trying.connect_ex((address, port)) == 0:
            return False
        return _own(trying)


def _own(trying: socket.socket) -> bool:
    """Whether the refusal is an ICMP message of one of this host's own addresses (ip(7), SO_EE_OFFENDER).

    `port unreachable`, for the kernel also tells itself so when a neighbour does not answer: that is another code.
    """
    try:
        _, told, _, _ = trying.recvmsg(0, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return False
    refusals = [data for _, kind, data in told if _says_icmp(kind, data) and data[5:7] == PORT_UNREACHABLE]
    offenders = [socket.inet_ntoa(data[20:24]) for data in refusals]
    return bool(offenders) and all(map(_is_own, offenders))


def _says_icmp(kind: int, data: bytes) -> bool:
    return kind == IP_RECVERR and struct.unpack_from("=IB", data)[1] == ORIGIN_ICMP


def _is_own(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        return own.connect_ex((address, 9)) == 0 and own.getsockname()[0] == address


def _by_icmp(refused: socket.socket) -> bool:
    """Whether the refusal came as an ICMP message, which no host sends of a port that is only not listened to."""
    try:
        _, told, _, _ = refused.recvmsg(0, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return any(_says_icmp(kind, data) for _, kind, data in told)
