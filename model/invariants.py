"""What must never be true. One function per rule; each returns None or what is broken.

Numbers are those of the vendor facts (V1-V12). A rule speaks only of what was seen: ignorance is no breach, it is why
a precondition does not hold. Not listed: V3, V5 and V11 belong to GoldenGate and to WSFC, V12 to clones; V4 cannot be
with PostgreSQL, where a server that streams is no primary.
"""

from collections.abc import Callable, Iterable

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.observation import DatabaseRole, Guard, Power
from model.view import View

Invariant = Callable[[View], str | None]


def one_primary(view: View) -> str | None:
    """V1: two Primaries corrupt each other, as each writes from its own memory."""
    found = [host.name for key in REGION_KEYS for host in view.environment.framework(key) if view.is_primary(host)]
    return f"V1: Primary on {' and '.join(found)}" if len(found) > 1 else None


def one_writable_database(view: View) -> str | None:
    """V2: two writable copies diverge."""
    found = [key for key in REGION_KEYS if view.seen.database(key).role is DatabaseRole.PRIMARY]
    return f"V2: DBMS of {' and '.join(found)} are both primary" if len(found) > 1 else None


def names_follow_primary(view: View) -> str | None:
    """V6: steady names and Primary agree; while switching, names never leave for a region without one."""
    record, server = view.seen.record, view.seen.server(view.environment.writer.name)
    if record is None or not server.answers:
        return None
    expected = {name: (address,) for name, address in view.environment.addresses(record.active).items()}
    if dict(server.addresses) != expected:
        return f"V6: {view.environment.writer.name} answers {dict(server.addresses)}, the record says {record.active}"
    elsewhere = [key for key in REGION_KEYS if key != record.active and view.primary(key)]
    if record.state == "steady" and elsewhere:
        return f"V6: names answer {record.active}, the Primary is in {elsewhere[0]}"
    return None


def one_main_scs(view: View) -> str | None:
    """V7: Solution Control Servers with MAIN rights in two regions compete for the same hosts."""
    found = [key for key in REGION_KEYS if any(view.runs(host.name, "scs") for host in view.environment.framework(key))]
    if len(found) <= 1 or _stopping(view):
        return None
    return f"V7: SCS runs in {' and '.join(found)}"


def one_region_awake(view: View) -> str | None:
    """V8: framework components running, or their guard open, in both regions."""
    awake = [key for key in REGION_KEYS if any(_awake(view, host.name) for host in view.environment.framework(key))]
    if len(awake) <= 1 or _stopping(view):
        return None
    return f"V8: framework runs, or its guard is open, in {' and '.join(awake)}"


def _awake(view: View, host: str) -> bool:
    seen = view.host(host)
    running = any(view.runs(host, kind) for kind in ("confserv", "scs"))
    return seen.power is not Power.OFF and not view.inside(host) and (running or seen.guard is Guard.OPEN)


def _stopping(view: View) -> bool:
    """While switching, the target's guard opens before the source is fenced: a host that boots then starts all it has.

    It is harmless: its database is a standby and closed to it, so no Configuration Server works, no SCS knows a host.
    An abort finds it so, and stops it.
    """
    follows = view.intent.runbook == "abort" and view.intent.undoes != "framework_failover"
    record, woken = view.seen.record, view.source if follows else view.target
    return record is not None and record.is_switching and view.seen.database(woken).role is not DatabaseRole.PRIMARY


def one_reachable_database(view: View) -> str | None:
    """V9: the DBMS port open from framework hosts to both running DBMS."""
    port, everyone = view.environment.database.port, frozenset(view.environment.framework_addresses())
    open_ = [
        key
        for key in REGION_KEYS
        if (host := view.host(view.environment.dbms(key).name)).answers
        and view.seen.database(key).role in (DatabaseRole.PRIMARY, DatabaseRole.STANDBY)
        and everyone - host.blocked.get(port, everyone)
    ]
    return f"V9: {port}/tcp is open to framework hosts in {' and '.join(open_)}" if len(open_) > 1 else None


def old_primary_unreachable(view: View) -> str | None:
    """V10: the target is primary while framework hosts can still reach the old one: running, not fenced, not closed."""
    host, seen = view.environment.dbms(view.source), view.seen.database(view.source)
    running = view.runs(host.name, "dbms") or seen.role in (DatabaseRole.PRIMARY, DatabaseRole.STANDBY)
    if view.seen.database(view.target).role is not DatabaseRole.PRIMARY or not running:
        return None
    closed = view.host(host.name).shut_out(view.environment.database.port)
    reaching = set(view.environment.framework_addresses()) - (closed or frozenset())
    if closed is None or not reaching or view.fence_level(host) is not None:
        return None
    return f"V10: {view.target} is primary, {host.name} runs and is open to {', '.join(sorted(reaching))}"


INVARIANTS: tuple[Invariant, ...] = (
    one_primary,
    one_writable_database,
    names_follow_primary,
    one_main_scs,
    one_region_awake,
    one_reachable_database,
    old_primary_unreachable,
)


def breaches(view: View) -> tuple[str, ...]:
    """Return every rule that is broken in this observation."""
    return tuple(found for rule in INVARIANTS if (found := rule(view)) is not None)


def blind(view: View) -> tuple[str, ...]:
    """Name what an invariant needs and nobody could see. A host that is powered off is seen: it does nothing."""
    found = [] if view.seen.record else ["record"]
    writer = view.environment.writer.name
    found += [] if view.seen.server(writer).answers else [writer]
    for key in REGION_KEYS:
        found += _blind_hosts(view, key)
        found += [view.environment.dbms(key).name] if _blind_database(view, key) else []
    return tuple(found)


def _blind_hosts(view: View, region: RegionKey) -> list[str]:
    awake = [host for host in view.environment.framework(region) if view.host(host.name).power is not Power.OFF]
    return [
        host.name
        for host in awake
        if None in (view.is_primary(host), view.runs(host.name, "scs")) or view.host(host.name).guard is Guard.UNKNOWN
    ]


def _blind_database(view: View, region: RegionKey) -> bool:
    seen, host = view.seen.database(region), view.host(view.environment.dbms(region).name)
    running = seen.role in (DatabaseRole.PRIMARY, DatabaseRole.STANDBY)
    unasked = seen.sessions is None or view.environment.database.port not in host.blocked
    return host.power is not Power.OFF and (seen.role is DatabaseRole.UNKNOWN or (running and unasked))


def verdict(breaches: Iterable[str], unseen: Iterable[str]) -> str:
    """Say what came of the invariants; that they held is said only of what was seen."""
    broken, missing = "; ".join(breaches), ", ".join(unseen)
    held = f"invariants held as far as seen; not seen: {missing}" if missing else "invariants held"
    return broken or held
