"""Whether this host can reach others on ports where nobody may be listening yet: by one bounded connect to each.

`refused` is the other host's own word, so the way to it is open. A firewall that rejects says so by ICMP, which comes
to the same error number: the kernel tells them apart (ip(7), IP_RECVERR).
"""

import json
import re
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from gdr_host import USAGE, Facts, Fault

WITHIN_S = 2.5  # outlasts one lost packet, which is sent again after 1 s
MOST = 64
IP_RECVERR, ORIGIN_ICMP = 11, 2


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


def _by_icmp(refused: socket.socket) -> bool:
    """Whether the refusal came as an ICMP message, which no host sends of a port that is only not listened to."""
    try:
        _, told, _, _ = refused.recvmsg(0, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return any(kind == IP_RECVERR and struct.unpack_from("=IB", data)[1] == ORIGIN_ICMP for _, kind, data in told)
