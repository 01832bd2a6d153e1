"""Other machines, on the host beside their hypervisor: power, cable, copies; the resolver's cache, where one runs."""

import fcntl
import json
import os
import sys
from functools import partial

from gdr_host.epoch import leave_host, stored_epoch
from gdr_host.host import BUSY, FAILED, USAGE, VAR, Facts, Fault
from gdr_host.program import at_once, checked, inherited, until

WORDS = ("on", "off")
GDR_HOST = "/opt/genesys-dr/bin/gdr-host"
MACHINE = ("cable", "unplug", "plug", "clone", "copy", "console", "pairs")
CLONE_S = 3500
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
    _hold(machine)
    _switch(facts, "on", machine)


def machines(facts: Facts, names: list[str]) -> str:
    """Return of each of these machines whether its cable is in, whose copy it is, and with whom it stands alone."""
    _must_clone(facts)
    return json.dumps(at_once({machine: partial(_machine, facts, machine) for machine in names}))


def _machine(facts: Facts, machine: str) -> dict[str, str | None]:
    """Look at one machine past the network; what is not answered is null."""
    asked = {word: partial(_said, facts, word, machine) for word in ("cable", "copy")}
    if _glance(facts, machine) == "on":
        asked["alone"] = partial(_said, facts, "console", machine, GDR_HOST, "alone")
    return {"cable": None, "copy": None, "alone": None} | at_once(asked)


def _said(facts: Facts, word: str, machine: str, *more: str) -> str | None:
    try:
        return checked(*_command(facts, word, machine), *more, within=GLANCE_S).strip()
    except Fault as why:
        print(f"{machine}: {word} unknown: {why}", file=sys.stderr)
        return None


def unplug(facts: Facts, machine: str) -> None:
    """Take a machine off the network, at the hypervisor, whatever runs on it."""
    _cable(facts, machine, "unplug", "out")


def plug(facts: Facts, machine: str) -> None:
    """Put it back on the network."""
    _cable(facts, machine, "plug", "in")


def _cable(facts: Facts, machine: str, verb: str, wanted: str) -> None:
    _must_clone(facts)
    checked(*_command(facts, verb, machine), within=30)
    if not until(lambda: _said(facts, "cable", machine) == wanted, 10):
        raise Fault(FAILED, f"{machine}: its hypervisor does not say that the cable is {wanted}: look at it there")


def clone(facts: Facts, machine: str, original: str, label: str) -> None:
    """Overwrite a machine that is off and off the network with a copy of its counterpart, which works on."""
    _must_clone(facts)
    if not any({machine, original} == {*pair} for pair in facts["power"]["pairs"]):
        raise Fault(USAGE, f"{machine}: host.json names no pair of it and {original}: nothing was copied")
    if status(facts, machine) != "off" or _said(facts, "cable", machine) != "out":
        raise Fault(FAILED, f"{machine}: is not off, or its cable is in: nothing was copied")
    leave_host()  # a copy takes long, and other machines may have to be switched off meanwhile
    _hold(machine)
    words = [
        word.replace("{original}", original).replace("{label}", label) for word in _command(facts, "clone", machine)
    ]
    checked(*words, within=CLONE_S)
    if _said(facts, "copy", machine) != f"{original} {label}":
        raise Fault(FAILED, f"{machine}: its hypervisor does not say that it is a copy of {original}: look at it there")


def _hold(machine: str) -> None:
    """Hold one machine until this command and what it has started have ended: what is half copied must not start."""
    handle = os.open(VAR / f"machine-{machine}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    inherited.append(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Fault(BUSY, f"{machine}: is being copied: let that end, then run this again") from error


def isolate(facts: Facts, machine: str, address: str) -> None:
    """Let a machine that is off the network stand alone, by its console."""
    _must_clone(facts)
    if _said(facts, "cable", machine) != "out":
        raise Fault(FAILED, f"{machine}: its cable is not out: nothing was done")
    checked(
        *_command(facts, "console", machine),
        GDR_HOST,
        str(stored_epoch()),
        "stand-alone",
        address,
        within=30,
    )


def _must_clone(facts: Facts) -> None:
    if missing := [word for word in MACHINE if word not in (facts["power"] or {})]:
        raise Fault(USAGE, f"power: {', '.join(missing)}: not given: add to host.json what the hypervisor can do")


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
