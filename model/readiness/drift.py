"""Drift: what is installed in one region against the other, and on one host of a pair against the other."""

from collections.abc import Iterator
from itertools import pairwise

from model.environment.document import Component, Host
from model.environment.environment import REGION_KEYS, other
from model.inventory import UNASKED, Between, Difference, Inventory, Part, differences, facts
from model.readiness.blocked import NOTHING, WAKING, Blocks, needing, unless_off
from model.readiness.line import Check, Line
from model.view import View

MEND = "make both alike, or list it in expected_differences of the environment file"
REGIONS = Check("regions alike", "framework", MEND, WAKING)
PAIR = Check("pair alike", "framework", MEND, WAKING)
OWN = Check("configured for its own region", "framework", "name hosts of its own region in that file (V12)", WAKING)
PORTS = Check("configured ports", "framework", "correct the port there, or in the environment file", WAKING)
Roles = tuple[str, ...]
FRAMEWORK: Roles = ("framework_primary", "framework_backup")
ROLES: Roles = (*FRAMEWORK, "application", "dbms")
PAIRS = (FRAMEWORK, ("application",))


def alike(view: View, of: Roles = ROLES) -> Iterator[Line]:
    """Compare the regions host by host, and the two of each pair; of hosts of these roles only."""
    for role in of:
        for one, two in zip(*(view.environment.hosts(key, role) for key in REGION_KEYS), strict=False):
            yield from _compared(view, one, two, "regions")
    for key in REGION_KEYS:
        for pair in PAIRS:
            hosts = [host for role in pair if role in of for host in view.environment.hosts(key, role)]
            for one, two in pairwise(hosts):
                yield from _compared(view, one, two, "pair")


def _compared(view: View, one: Host, two: Host, between: Between) -> Iterator[Line]:
    kinds = dict.fromkeys(part.kind for host in (one, two) for part in host.components)
    check = REGIONS if between == "regions" else PAIR
    for kind in kinds:
        subject = f"{one.name} and {two.name} {kind}"
        unknown = [fault for host in (one, two) if (fault := _unknown(view, host, kind))]
        if unknown:
            yield check.judged(subject, None, "; ".join(unknown), _blocks(view, one, two))
            continue
        left, right = _facts(view, one, kind), _facts(view, two, kind)
        found = tuple(differences(left, right, between, view.environment.expected))
        wrong = tuple(difference for difference in found if not difference.why)
        yield check.judged(subject, not wrong, _worded(wrong, found), _blocks(view, one, two))


def _blocks(view: View, one: Host, two: Host) -> Blocks:
    """Return what would run into it: what starts the dormant region's framework or DBMS."""
    writers = view.environment.writers(view.target)
    dormant = next((host for host in (two, one) if host in writers), None)
    return NOTHING if dormant is None else unless_off(view, dormant.name, WAKING)


def _unknown(view: View, host: Host, kind: str) -> str:
    """Say what of a component nobody knows; a component that the environment file does not have is known."""
    named = host.component(kind)
    if named is None:
        return ""
    found, seen = inventory(view, host), view.host(host.name)
    if found.fault or not seen.answers:
        return f"{host.name}: {found.fault or seen.fault or 'does not answer'}"
    part = found.parts.get(kind, Part())
    if named.config and part.config is None:
        return f"{host.name}: {part.fault or f'host.json names no config for {kind}: {named.config}'}"
    return ""


def inventory(view: View, host: Host) -> Inventory:
    """Return what a host says is installed."""
    return view.seen.inventories.get(host.name, UNASKED)


def _facts(view: View, host: Host, kind: str) -> dict[str, str]:
    """Gather what a host says of a component; nothing where it has none."""
    if host.component(kind) is None:
        return {}
    seen = view.host(host.name).component(kind)
    known = {"unit": seen.unit, "port": seen.port, "asks the boot guard": seen.guarded}
    told = {name: str(value) for name, value in known.items() if value is not None}
    return {"component": "present", **told, **facts(inventory(view, host).parts.get(kind, Part()))}


def _worded(wrong: tuple[Difference, ...], found: tuple[Difference, ...]) -> str:
    if wrong:
        return "; ".join(f"{one.fact}: {one.left} and {one.right}" for one in wrong)
    expected = ", ".join(one.fact for one in found)
    return f"alike, but as expected for {expected}" if expected else "alike"


def files(view: View, of: Roles = ROLES) -> Iterator[Line]:
    """Judge each configuration file of these roles: no host of the other region, and the environment file's ports."""
    for key in REGION_KEYS:
        theirs = {word: host.name for host in view.environment.hosts(other(key)) for word in _words(host)}
        for host in view.environment.hosts(key):
            for part in host.components:
                if part.config and host.role in of:
                    yield from _file(view, host, part, theirs)


def _words(host: Host) -> tuple[str, str]:
    return host.name, str(host.address)


def _file(view: View, host: Host, part: Component, theirs: dict[str, str]) -> Iterator[Line]:
    subject, unknown = f"{host.name} {part.config}", _unknown(view, host, part.kind)
    blocks = tuple(runbook for runbook in needing(view, host.name) if runbook in WAKING)
    if unknown:
        yield OWN.judged(subject, None, unknown, blocks)
        yield PORTS.judged(subject, None, unknown, blocks)
        return
    told = facts(inventory(view, host).parts[part.kind])
    foreign = [f"{fact} = {text}" for fact, text in told.items() if any(_names(text, word) for word in theirs)]
    yield OWN.judged(subject, not foreign, "; ".join(foreign) or "names no host of the other region", blocks)
    yield _ports(subject, told, part, blocks)


def _names(text: str, word: str) -> bool:
    """Whether a value names this host or address, also as the first label of a longer name."""
    tokens = "".join(letter if letter.isalnum() or letter in ".-" else " " for letter in text).split()
    return any(token == word or token.startswith(f"{word}.") for token in tokens)


def _ports(subject: str, told: dict[str, str], part: Component, blocks: Blocks) -> Line:
    """Compare the ports that the server's own section names, if it names any."""
    wanted = {"server/port": part.port, "server/ha-port": part.ha_port}
    named = {fact: told[fact] for fact in wanted if fact in told and wanted[fact] is not None}
    differing = [fact for fact, text in named.items() if text != str(wanted[fact])]
    wrong = [f"{fact} = {named[fact]}, environment file {wanted[fact]}" for fact in differing]
    return PORTS.judged(subject, not wrong, "; ".join(wrong) or ", ".join(named) or "names none", blocks)
