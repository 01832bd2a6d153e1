#!/usr/bin/python3 -ESs
"""Print the status of one unit of this host in the vendor's words: appstatus UNIT."""

import json
import os
import socket
import sys

ANSWER_S = 2.0


def ask(unit: str) -> dict[str, object]:
    """Ask the unit's status socket."""
    path = os.environ.get("GENESYS_RUN", "/run/genesys") + f"/{unit}.sock"  # pathlib costs more than the rest
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(ANSWER_S)
        asking.connect(path)
        asking.sendall(b'{"id":1,"verb":"status"}\n')
        with asking.makefile("rb") as answer:
            found: dict[str, object] = json.loads(answer.readline())
    return found


def lines(unit: str, answer: dict[str, object]) -> list[str]:
    """Render as mlcmd does."""
    shown = [
        f"Application: {answer.get('application', unit)}",
        f"DBID: {answer.get('dbid', 0)}",
        f"Status: {answer.get('status', 'Stopped')}",
    ]
    if answer.get("runmode"):
        shown.append(f"Runmode: {answer['runmode']}")
    return shown


def main(argv: list[str]) -> int:
    """Exit 1 when nothing answers."""
    if len(argv) != 1:
        sys.stderr.write("usage: appstatus UNIT\n")
        return 2
    try:
        answer = ask(argv[0])
    except (OSError, ValueError):
        answer = {}
    sys.stdout.write("\n".join(lines(argv[0], answer)) + "\n")
    return 0 if answer else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
