"""The units: each host knows its components as the environment file does, and systemd asks the guard before a start."""

from collections.abc import Iterator

from model.environment.document import Component, Host
from model.environment.environment import REGION_KEYS
from model.observation import ComponentSeen
from model.readiness.blocked import WAKING, WAY_BACK, needing, unless_off
from model.readiness.line import Check, Line
from model.view import View

DESCRIBED = Check("host.json agrees", "fence", "correct unit or port in host.json, or in the environment file")
GUARDED = Check("boot guard in force", "fence", "put the drop-in on this very unit, then systemctl daemon-reload")


def described(view: View) -> Iterator[Line]:
    """Judge that host and environment file mean the same unit and port: else the first stop is Refused."""
    for _, host in view.environment.all_hosts():
        for part in host.components:
            yield _described(view, host, part)


def _described(view: View, host: Host, part: Component) -> Line:
    seen, subject, blocks = view.host(host.name), f"{host.name} {part.kind}", needing(view, host.name)
    if not seen.answers:
        return DESCRIBED.judged(subject, None, seen.fault or "unknown", blocks)
    known = seen.components.get(part.kind)
    if known is None:
        return DESCRIBED.judged(subject, False, "host.json has no such component", blocks)  # noqa: FBT003
    return DESCRIBED.judged(subject, _agrees(known, part), _description(known), blocks)


def _agrees(known: ComponentSeen, part: Component) -> bool | None:
    if (known.unit, known.port) != (part.unit, part.port) or known.loaded is False:
        return False
    return known.loaded


def _description(known: ComponentSeen) -> str:
    words = {True: "", False: ", which systemd does not have", None: ", its state unknown"}
    return f"unit {known.unit}{words[known.loaded]}, port {known.port}"


def guarded(view: View) -> Iterator[Line]:
    """Judge that no unit of a writer starts at boot unasked. What LCA starts past systemd, only its script can ask.

    The region that is given up must not come back by itself; one that was given up before must not either.
    """
    for key in REGION_KEYS:
        for host in view.environment.writers(key):
            for part in host.components:
                yield _guarded(view, host, part)


def _guarded(view: View, host: Host, part: Component) -> Line:
    known = view.host(host.name).component(part.kind).guarded
    words = {True: "systemd asks it", False: "systemd starts the unit without asking", None: "unknown"}
    blocks = WAKING if view.environment.region_of(host.name) == view.source else WAY_BACK
    blocks = unless_off(view, host.name, blocks)
    return GUARDED.judged(f"{host.name} {part.unit}", known, words[known], blocks)
