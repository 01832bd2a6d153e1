"""The hosts: they answer, can be switched off, keep time, have room."""

from collections.abc import Iterator

from model.environment.document import Host
from model.environment.environment import REGION_KEYS
from model.observation import HostSeen, Power
from model.readiness.blocked import DBMS, FORCED, FRAMEWORK, NOTHING, Blocks, needing
from model.readiness.line import Check, Line
from model.view import View

SKEW_S = 5.0  # an answer's way through a slow network counts as skew, so less would cry wolf
FREE_BYTES = 100 << 20  # room for logs and an epoch; a DBMS needs what it may keep back as well

ANSWERS = Check("host answers", "observe", "start the host, or let the control host in over SSH")
NO_POWER = "repair it, or name one: else a lost host can only be waived"
POWER = Check("power source answers", "fence", NO_POWER, FORCED, (FRAMEWORK, DBMS))
CLOCK = Check("clock", "report", "repair time synchronisation", NOTHING)
DISK = Check("disk free", "database", "make room: a full disk stops the DBMS and refuses an epoch")


def lines(view: View) -> Iterator[Line]:
    """Judge every host and every shared resolver."""
    for _, host in view.environment.all_hosts():
        yield from _machine(view, host.name)
        yield _power(view, host)
    for resolver in view.environment.dns.resolvers:
        yield from _machine(view, resolver.name)


def _machine(view: View, name: str) -> Iterator[Line]:
    seen = view.host(name)
    yield ANSWERS.judged(name, seen.answers, _answer(seen), needing(view, name))
    yield _clock(name, seen)
    yield _disk(view, name, seen)


def _answer(seen: HostSeen) -> str:
    return seen.fault or ("answers" if seen.answers else "no answer")


def _power(view: View, host: Host) -> Line:
    seen, source = view.host(host.name), view.environment.power_source(host)
    if source is None:
        fenced = host.role == "application"
        said = "no power source is named" + (", and none is needed" if fenced else "")
        return POWER.judged(host.name, fenced, said, _fencing(view, host))
    known = None if seen.power is Power.UNKNOWN else True
    return POWER.judged(host.name, known, f"{source.name} says {seen.power}", _fencing(view, host))


def _fencing(view: View, host: Host) -> Blocks:
    """Return what fences this host by its power: only what is lost is fenced so."""
    alone = DBMS if host.role == "dbms" else FRAMEWORK
    return (*FORCED, alone) if host in view.environment.writers(view.source) else NOTHING


def _clock(name: str, seen: HostSeen) -> Line:
    skew = seen.clock_skew_s
    holds = None if skew is None else abs(skew) <= SKEW_S
    return CLOCK.judged(name, holds, "unknown" if skew is None else f"{skew:+.1f} s, {SKEW_S:.0f} s allowed")


def _disk(view: View, name: str, seen: HostSeen) -> Line:
    free, needed = seen.disk_free_bytes, FREE_BYTES + _kept_bytes(view, name)
    if free is None:
        return DISK.judged(name, None, "unknown", needing(view, name))
    return DISK.judged(name, free >= needed, f"{free >> 20} MiB, {needed >> 20} MiB needed", needing(view, name))


def _kept_bytes(view: View, name: str) -> int:
    """Return what a DBMS may keep back for a standby that is lost: that room must be there."""
    for region in REGION_KEYS:
        if view.environment.dbms(region).name == name:
            text = view.seen.database(region).settings.get("max_slot_wal_keep_size", "")
            return int(text) << 20 if text.isdecimal() else 0
    return 0
