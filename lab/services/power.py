"""The power host: a program that asks the hosts' parent, through one socket, to switch a host on or off."""

import pathlib

from lab import disk as disks

SOCKET = "/opt/lab/socket/power"
_ANSWER_S = 20
_PROGRAM = f"""\
#!/bin/sh
# Ask the hosts' parent, which plays their hypervisor: power status|on|off HOST, and more. It judges the words.
answer=$(nc -U -N -w {_ANSWER_S} {SOCKET} <<END
$*
END
) || exit 1
case $answer in
  ok | "ok "*) answer=${{answer#ok}}; echo "${{answer# }}" ;;
  *) echo "${{answer#* }}" >&2; exit 1 ;;
esac
"""


def install(disk: pathlib.Path) -> None:
    """Put the program on the power host's disk."""
    disks.write(disk, "opt/lab/power", _PROGRAM, mode=0o755)
    disks.folder(disk, "opt/lab/socket")
