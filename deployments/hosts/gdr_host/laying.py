"""The host side itself, laid down on a host that has none: by the bundle that deploy sends, never by gdr-host.

The bundle's own copy of this package is what runs; it is unpacked beside nothing and gone afterwards. The account's
narrow right comes last: until it is in place, the same bundle can be sent again.
"""

import json
import os
import socket
import sys
from pathlib import Path

from gdr_host.components import place
from gdr_host.epoch import leave_host, log_act, take_epoch, take_host
from gdr_host.host import FAILED, USAGE, Facts, Fault, under_root, with_programs
from gdr_host.program import checked
from gdr_host.survey import survey

HOST_JSON, SUDOERS = "/etc/genesys-dr/host.json", "/etc/sudoers.d/genesys-dr"
FIREWALL = "gdr-firewall.service"
PROGRAMS = ("/opt/genesys-dr/bin/gdr-host", "/opt/genesys-dr/bin/gdr-guard")


def main(words: list[str], bundle: Facts) -> int:
    """Look at this host, or lay the host side down."""
    os.environ["LC_ALL"] = "C"
    try:
        facts = with_programs(json.loads(bundle["files"][HOST_JSON]))
        if words == ["survey"]:
            print(survey(facts, bundle))
        else:
            _lay(_epoch(words), bundle["files"])
    except Fault as fault:
        print(f"{socket.gethostname()}: {fault}", file=sys.stderr)
        return fault.code
    except OSError as error:
        print(f"{socket.gethostname()}: {error}: see that the disk has room and this runs as root", file=sys.stderr)
        return FAILED
    return 0


def _epoch(words: list[str]) -> int:
    match words:
        case ["lay", epoch] if epoch.isascii() and epoch.isdigit():
            return int(epoch)
    raise Fault(USAGE, f"{' '.join(words)}: neither survey nor lay EPOCH")


def _lay(epoch: int, files: dict[str, str]) -> None:
    """Write everything, the account's narrow right last."""
    take_host()
    take_epoch(epoch, ["lay"])
    log_act(str(epoch), ["lay"])
    for path, text in files.items():
        if path != SUDOERS:
            place(under_root(path), text, mode=0o755 if path in PROGRAMS else 0o644)
    checked("systemctl", "daemon-reload", within=30)
    leave_host()  # the firewall service holds it itself
    if any(path.endswith(FIREWALL) for path in files):
        checked("systemctl", "enable", "--now", FIREWALL, within=60)
    _narrow(files[SUDOERS])


def _narrow(text: str) -> None:
    """Replace the account's right once the new one is known to be understood."""
    scratch = Path("/run/genesys-dr-sudoers")
    place(scratch, text, mode=0o440)
    try:
        checked("visudo", "-cqf", str(scratch))
    finally:
        scratch.unlink()
    place(under_root(SUDOERS), text, mode=0o440)
