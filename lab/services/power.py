"""The power host: a program that asks the hosts' parent, through one socket, to switch a host on or off."""

import pathlib

from lab import disk as disks

SOCKET = "/opt/lab/socket/power"
_PROGRAM = f'''\
#!/usr/bin/python3 -IS
"""Ask for, or change, the power of one host: power status|on|off HOST."""

import socket
import sys

VERBS = ("status", "on", "off")


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[1] not in VERBS:
        print("usage: power status|on|off HOST", file=sys.stderr)
        return 2
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(20)
        wire.connect("{SOCKET}")
        wire.sendall(" ".join(sys.argv[1:]).encode() + b"\\n")
        answer = wire.makefile().readline().strip()
    verdict, _, text = answer.partition(" ")
    print(text, file=sys.stdout if verdict == "ok" else sys.stderr)
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
'''


def install(disk: pathlib.Path) -> None:
    """Put the program on the power host's disk."""
    disks.write(disk, "opt/lab/power", _PROGRAM, mode=0o755)
    disks.folder(disk, "opt/lab/socket")
