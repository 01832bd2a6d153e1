"""What ss prints, as values."""

import re
from typing import NamedTuple


class Socket(NamedTuple):
    """One TCP socket: its state, its own port, its peer, and the processes that hold it."""

    state: str
    port: int
    peer: str
    peer_port: str
    pids: list[int]


def parse(printed: str) -> list[Socket]:
    """Read the lines of `ss -Ht` with `-n`, and with `-p` for the processes."""
    return [_socket(line.split(maxsplit=5)) for line in printed.splitlines() if line.strip()]


def _socket(fields: list[str]) -> Socket:
    port = fields[3].rpartition(":")[2]
    peer, _, peer_port = fields[4].rpartition(":")
    pids = re.findall(r"\bpid=(\d+)", " ".join(fields[5:]))
    address = peer.strip("[]").removeprefix("::ffff:")
    return Socket(fields[0], int(port), address, peer_port, sorted({int(pid) for pid in pids}))
