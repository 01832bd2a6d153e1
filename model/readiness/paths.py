"""Paths from every application host to the dormant region's framework, on which nobody listens until it is needed."""

from collections.abc import Iterator
from dataclasses import replace

from model.environment.document import Host
from model.environment.environment import REGION_KEYS
from model.observation import Power
from model.readiness.blocked import NOTHING, WAKING
from model.readiness.drift import inventory
from model.readiness.line import Check, Line
from model.view import View

KINDS = ("confserv", "scs", "message_server")  # what applications, proxies and site SCS connect to
REACHED = ("open", "refused")
OPEN = Check("path to the dormant framework", "prove", "open these ports in every firewall between the two", WAKING)


def lines(view: View) -> Iterator[Line]:
    """Judge each path: refused means that it is open and nobody listens, silence that a firewall was forgotten."""
    for key in REGION_KEYS:
        for host in view.environment.hosts(key, "application"):
            for framework in view.environment.framework(view.target):
                yield _line(view, host, framework)


def _line(view: View, host: Host, framework: Host) -> Line:
    subject, known, seen = f"{host.name} to {framework.name}", inventory(view, host), view.host(host.name)
    if known.fault or not seen.answers:
        return OPEN.judged(subject, None, known.fault or seen.fault, NOTHING)
    ports = [part.port for part in framework.components if part.kind in KINDS]
    said = {port: known.paths.get(f"{framework.address}:{port}") for port in ports}
    unnamed = [str(port) for port, outcome in said.items() if outcome is None]
    if unnamed:
        return OPEN.judged(subject, None, f"its host.json names no path to {framework.address}, {', '.join(unnamed)}")
    found = ", ".join(f"{port} {outcome}" for port, outcome in said.items())
    shut = [port for port, outcome in said.items() if outcome not in REACHED]
    if shut and view.asleep(framework):
        told = f"{framework.name} has no power: whether a firewall is in the way shows only while it is up"
        return replace(OPEN.judged(subject, None, told, NOTHING), verdict="not_yet", remedy="")
    if shut and not _up(view, framework):
        return OPEN.judged(subject, None, f"{found}; {framework.name} itself does not answer")
    return OPEN.judged(subject, not shut, found)


def _up(view: View, host: Host) -> bool:
    """Whether the other end is there at all to say anything."""
    seen = view.host(host.name)
    return seen.answers and seen.power is not Power.OFF
