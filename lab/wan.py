"""A slow WAN: packets between two sites wait in a queue. The kernel's netem is not everywhere."""

import collections
import fcntl
import os
import select
import struct
import sys
import threading
import time

from lab.network import enter_namespace

_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x1001
_MTU = 2048
_BURST = 64


def _open_tun(netns: str, name: str) -> int:
    """Open a TUN device inside a namespace, from a thread that enters it."""
    opened: list[int] = []

    def enter() -> None:
        enter_namespace(netns)
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN_NO_PI))
        opened.append(device)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return opened[0]


def _drain(device: int) -> list[bytes]:
    packets: list[bytes] = []
    while len(packets) < _BURST:
        try:
            packets.append(os.read(device, _MTU))
        except BlockingIOError:
            break
    return packets


def _forward(near: int, far: int, delay_s: float) -> None:
    """Hand every packet to the other side after its delay; in order, for the delay is the same for all."""
    waiting: collections.deque[tuple[float, int, bytes]] = collections.deque()
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for device in select.select([near, far], [], [], timeout)[0]:
            due = time.monotonic() + delay_s
            waiting.extend((due, far if device == near else near, packet) for packet in _drain(device))
        while waiting and waiting[0][0] <= time.monotonic():
            _, device, packet = waiting.popleft()
            _deliver(device, packet)


def _deliver(device: int, packet: bytes) -> None:
    try:
        os.write(device, packet)
    except BlockingIOError:
        return  # a full queue loses packets, as a line does


if __name__ == "__main__":
    _, _name, one, other, device_name, milliseconds = sys.argv  # the name is there to be found again
    ends = _open_tun(one, device_name), _open_tun(other, device_name)
    print("ready", flush=True)
    _forward(*ends, delay_s=int(milliseconds) / 1000)
