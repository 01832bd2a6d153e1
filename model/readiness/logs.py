"""The log database, where there is one: it takes rows, its name answers it everywhere, and the log servers write there.

Nothing of it is in the way of a runbook: logs hold up no failover.
"""

from collections.abc import Iterator

from model.conditions.logs import KIND, connected
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.logs import LogSeen, log_address
from model.observation import HostSeen, ServerSeen
from model.readiness.blocked import NOTHING, data_in
from model.readiness.line import Check, Line
from model.view import View

TAKES = Check("log database takes rows", "prove", "make it on the active DBMS, readable by the observer", NOTHING)
COPIED = Check("log database on the standby", "prove", "mend replication: it is a database of the same DBMS", NOTHING)
POLICY = Check("log policy in force", "prove", "site1 wants both regions' logs at region 1: fail back", NOTHING)
NAMED = Check("log name on the server", "prove", "let it answer the active DBMS", NOTHING)
RESOLVED = Check("log name on the host", "prove", "let GEO DNS, or the zone, answer the active DBMS there", NOTHING)
CONNECTED = Check("log message server connected", "prove", "restart it; look at its log and its DAP", NOTHING)
WRITES = Check("log message servers write", "prove", "look at their logs; nothing may have been logged", NOTHING)


def lines(view: View) -> Iterator[Line]:
    """Judge all of it."""
    if view.environment.database.log is None:
        return
    here = data_in(view)
    yield from _databases(view, here)
    yield from _names(view, here)
    for key in REGION_KEYS:
        for host in view.environment.log_servers(key):
            fault = connected(view, host, (log_address(view.environment, here),))
            seen = view.host(host.name)
            known = seen.component(KIND).running is not None and (seen.log_peers is not None or fault is None)
            yield CONNECTED.judged(host.name, fault is None if known else None, fault or "to the active DBMS")
        yield _writes(view, key, view.seen.log(here))


def _databases(view: View, here: RegionKey) -> Iterator[Line]:
    active, dormant = view.seen.log(here), view.seen.log(other(here))
    names = {key: view.environment.dbms(key).name for key in REGION_KEYS}
    yield TAKES.judged(names[here], active.writable, active.fault or _kind(active))
    copied = None if dormant.writable is None else not dormant.writable
    yield COPIED.judged(names[other(here)], copied, dormant.fault or _kind(dormant))
    policy = view.environment.database.log_policy
    found = f"{policy}: the log database in use is that of {here}"
    yield POLICY.judged(view.environment.name, policy != "site1" or here == "region1", found)


def _kind(seen: LogSeen) -> str:
    return "takes rows" if seen.writable else "a replica"


def _names(view: View, here: RegionKey) -> Iterator[Line]:
    """Judge what answers for the name in each region: a server of ours only where the name is of our zone."""
    known, wanted = view.environment, (log_address(view.environment, here),)
    name = known.log_name or ""
    if name in known.moved_names:
        yield _answer(NAMED, known.writer.name, view.seen.server(known.writer.name), name, wanted)
    for key in REGION_KEYS:
        for host in known.log_servers(key):
            yield _answer(RESOLVED, host.name, view.host(host.name), name, wanted)


def _answer(check: Check, subject: str, seen: HostSeen | ServerSeen, name: str, wanted: tuple[str, ...]) -> Line:
    found = seen.aliases.get(name)
    text = seen.fault or "unknown" if found is None else f"{name} {', '.join(found) or 'nothing'}"
    return check.judged(subject, None if found is None else found == wanted, text)


def _writes(view: View, region: RegionKey, seen: LogSeen) -> Line:
    ages = [seen.rows[host.name] for host in view.environment.log_servers(region) if seen.written_by(host)]
    if seen.fault:
        return WRITES.judged(region, None, seen.fault)
    found = f"newest row {max(0.0, min(ages)):.0f} s old" if ages else "no row of the last hour is of their sessions"
    return WRITES.judged(region, bool(ages), found)
