"""What was seen, as tables and words for people: in a terminal, and as a page beside a run."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, other
from model.evidence import FIRST
from model.invariants import breaches
from model.matrix import classify, situation
from model.observation import HostSeen
from model.view import View

RUNS = {True: "runs", False: "stopped", None: "unknown"}
YES = {True: "yes", False: "no", None: "unknown"}
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table; a row may end early."""

    titles: Row
    rows: tuple[Row, ...]


def sheets(view: View) -> Iterator[Sheet]:
    """Yield hosts, databases, log databases where there are any, and name servers."""
    yield Sheet(titles=("host", "role", "power", "epoch", "guard", "components"), rows=tuple(_hosts(view)))
    titles = ("database", "role", "position", "streams", "sessions of", "closed to")
    yield Sheet(titles=titles, rows=tuple(_databases(view)))
    name = view.environment.log_name
    if name is not None:
        logs = ("log database", "takes rows", "written by", "log message server", name, "connected to", *_more(view))
        yield Sheet(titles=logs, rows=tuple(_logs(view, name)))
    yield Sheet(titles=("name server", *view.environment.dns.framework_names), rows=tuple(_names(view)))


def _hosts(view: View) -> Iterator[Row]:
    for _, host in view.environment.all_hosts():
        seen = view.host(host.name)
        epoch = "-" if seen.epoch is None else str(seen.epoch)
        parts = ", ".join(_components(host, seen)) if seen.answers else seen.fault
        yield host.name, host.role, str(seen.power), epoch, str(seen.guard), parts
    for resolver in view.environment.dns.resolvers:
        seen = view.host(resolver.name)
        yield resolver.name, "resolver", "", "", "", "answers" if seen.answers else seen.fault


def _components(host: Host, seen: HostSeen) -> Iterator[str]:
    for part in host.components:
        found = seen.component(part.kind)
        role = f" {found.run_mode}" if found.run_mode else ""
        status = f" ({found.status})" if found.status and found.status != "Running" else ""
        yield f"{part.kind} {RUNS[found.running]}{role}{status}"


def _databases(view: View) -> Iterator[Row]:
    port = view.environment.database.port
    for key in REGION_KEYS:
        host, seen = view.environment.dbms(key).name, view.seen.database(key)
        sessions = "unknown" if seen.sessions is None else ", ".join(sorted(seen.sessions)) or "nobody"
        blocked = view.host(host).blocked
        closed = ", ".join(sorted(blocked[port])) or "nobody" if port in blocked else "unknown"
        position = "unknown" if seen.received is None else str(seen.received)
        yield host, str(seen.role), position, YES[seen.streaming], sessions, closed


def _logs(view: View, name: str) -> Iterator[Row]:
    """Say who writes into which log database, and what answers for its name."""
    for key in REGION_KEYS:
        seen, hosts = view.seen.log(key), view.environment.log_servers(key)
        servers = (host for each in REGION_KEYS for host in view.environment.log_servers(each))
        wrote = ", ".join(host.name for host in servers if seen.written_by(host)) or "nobody"
        first = (_log_place(view, key), seen.fault or YES[seen.writable], wrote)
        for index, host in enumerate(hosts):
            more = (_age(view, other(key), host),) if view.environment.is_crossed else ()
            yield *(first if index == 0 else ("", "", "")), host.name, *_log_server(view, host, name), *more


def _more(view: View) -> Row:
    return ("newest row at the other region",) if view.environment.is_crossed else ()


def _log_place(view: View, key: RegionKey) -> str:
    if not view.environment.is_crossed:
        return view.environment.dbms(key).name
    address, port = view.environment.log_place(key)
    return f"{address}:{port}"


def _age(view: View, there: RegionKey, host: Host) -> str:
    """Return how old the newest row of a host is that the other region's log server has."""
    age = view.seen.log(there).rows.get(host.name)
    return "unknown" if view.seen.log(there).fault else "none of the last hour" if age is None else f"{age:.0f} s old"


def _log_server(view: View, host: Host, name: str) -> tuple[str, str]:
    seen = view.host(host.name)
    resolved = ", ".join(seen.aliases.get(name, ())) or "unknown"
    peers = "unknown" if seen.log_peers is None else ", ".join(sorted(seen.log_peers)) or "nobody"
    return resolved, peers


def _names(view: View) -> Iterator[Row]:
    for server in view.environment.dns.servers:
        seen = view.seen.server(server.name)
        answers = [", ".join(seen.addresses.get(name, ())) for name in view.environment.dns.framework_names]
        yield server.name, *(answers if seen.answers else [seen.fault])


def meaning(view: View) -> Iterator[tuple[str, str]]:
    """Yield what it means, each time what is said and of what."""
    seen, place = view.seen, situation(view)
    verdict, way = classify(place)
    yield "record", seen.record.text() if seen.record else seen.record_fault
    yield "open case", "none" if view.case == FIRST else view.case
    yield "sample", _sample(view)
    fenced = "fenced" if place.fenced else "not fenced"
    where = f"framework {place.framework}, database {place.dbms}, other region {fenced}"
    yield "situation", f"{verdict.upper()}: {where}, replicating to {place.replicating}: {way}"
    yield from (("bubble", line) for line in _bubbles(view))
    broken = breaches(view)
    yield from (("BREACH", breach) for breach in broken) if broken else (("invariants", "none is broken"),)


def _bubbles(view: View) -> Iterator[str]:
    """Name who stands within walls, and who has a copy."""
    for _, host in view.environment.all_hosts():
        walls, copy = view.host(host.name).walls, view.host(host.name).copy
        if walls is not None and walls.case:
            yield f"{host.name} stands within {'whole' if walls.whole else 'TORN'} walls of {walls.case}"
        if copy is not None and copy.case:
            yield f"{host.name} has a copy of {copy.case}"


def _sample(view: View) -> str:
    sample = view.seen.sample
    if sample is None:
        return "none: what an unplanned failover may lose is unknown (is gdr-sampler running?)"
    behind = (
        "standby silent"
        if sample.standby is None
        else f"standby {max(0, sample.primary - sample.standby)} bytes behind"
    )
    return f"{max(0.0, view.seen.at - sample.at):.0f} s old, {behind}, at most {sample.bytes_per_s:.0f} bytes/s"
