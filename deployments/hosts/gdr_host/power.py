"""The power of other hosts, on the host beside their power source; the resolver's cache, where one runs."""

import json
import sys
from functools import partial

from gdr_host import FAILED, USAGE, Facts, Fault
from gdr_host.program import at_once, checked, until

WORDS = ("on", "off")
GLANCE_S = 2.5  # below the deadline of a probe, so that one dead rack hides no other


def status(facts: Facts, machine: str, within: float = 10) -> str:
    """Return `on`, `off` or `unknown`: the last word the power source says about a host."""
    said = checked(*_command(facts, "status", machine), within=within).split()
    return said[-1].lower() if said and said[-1].lower() in WORDS else "unknown"


def statuses(facts: Facts, machines: list[str]) -> str:
    """Return what the power source says of each of these hosts, as one JSON object."""
    if not facts["power"]:
        raise Fault(USAGE, "no power source stands on this host: ask the host named in the environment file")
    return json.dumps(at_once({machine: partial(_glance, facts, machine) for machine in machines}))


def _glance(facts: Facts, machine: str) -> str:
    """Return a host's status; a source that is slow or fails for one host still knows the others."""
    try:
        return status(facts, machine, GLANCE_S)
    except Fault as why:
        print(f"{machine}: power unknown: {why}", file=sys.stderr)
        return "unknown"


def power_off(facts: Facts, machine: str) -> None:
    """Cut a host's power and see it gone."""
    _switch(facts, "off", machine)


def power_on(facts: Facts, machine: str) -> None:
    """Give a host power and see it there."""
    _switch(facts, "on", machine)


def _switch(facts: Facts, wanted: str, machine: str) -> None:
    if status(facts, machine) == wanted:
        return
    checked(*_command(facts, wanted, machine), within=30)
    if not until(lambda: status(facts, machine) == wanted, 10):
        raise Fault(FAILED, f"{machine}: the power source does not say {wanted}: look at the machine itself")


def _command(facts: Facts, verb: str, machine: str) -> list[str]:
    return [word.replace("{host}", machine) for word in facts["power"][verb]]


def resolver_flush(facts: Facts) -> None:
    """Make this host's resolver forget the framework's zone."""
    checked(*[word.replace("{zone}", facts["zone"]) for word in facts["resolver"]["flush"]], within=10)
