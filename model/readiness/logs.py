"""The log database, where there is one: it takes rows, its name answers it everywhere, and the log servers write there.

Nothing of it is in the way of a runbook: logs hold up no failover.
"""

from collections.abc import Iterator
from dataclasses import replace

from model.conditions.logs import KIND, answers_one, connected
from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, other
from model.logs import FRAMEWORK, LogSeen, log_address, log_pair, regions_in_use
from model.observation import HostSeen, ServerSeen
from model.readiness import crossed
from model.readiness.blocked import NOTHING, data_in
from model.readiness.line import Check, Line
from model.view import View

TAKES = Check("log database takes rows", "prove", "make it on the active DBMS, readable by the observer", NOTHING)
COPIED = Check("log database on the standby", "prove", "mend replication: it is a database of the same DBMS", NOTHING)
POLICY = Check("log policy in force", "prove", "site1 wants both regions' logs at region 1: fail back", NOTHING)
NAMED = Check("log name on the server", "prove", "let it answer the active DBMS", NOTHING)
RESOLVED = Check("log name on the host", "prove", "let GEO DNS, or the zone, answer the log database in use", NOTHING)
CONNECTED = Check("log message server connected", "prove", "restart it; look at its log and its DAP", NOTHING)
WRITES = Check("log message servers write", "prove", "look at their logs; nothing may have been logged", NOTHING)
SLEEPS = Check("log message server sleeps", "fence", "stop it: it rests with the framework of its host", NOTHING)
WHOSE = ("", FRAMEWORK)


def lines(view: View) -> Iterator[Line]:
    """Judge all of it."""
    if view.environment.database.log is None:
        return
    if view.environment.is_crossed:
        yield from crossed.servers(view)
    else:
        yield from _databases(view, data_in(view))
        yield from _name(view, data_in(view))
    awake = view.environment.logging(view.source)
    for key in REGION_KEYS:
        places = regions_in_use(view.environment, data_in(view), key, view.seen.log(key))
        wanted = tuple(log_address(view.environment, place) for place in places)
        for host in view.environment.log_servers(key):
            yield from _of_host(view, host, wanted) if host in awake else (_sleeps(view, host),)
        logs = [view.seen.log(place) for place in places]
        yield from (_writes(view, key, whose, logs) for whose in WHOSE if _pair(view, key, whose, awake))


def _pair(view: View, region: RegionKey, whose: str, awake: tuple[Host, ...]) -> list[Host]:
    return [host for host in log_pair(view.environment, region, whose) if host in awake]


def _sleeps(view: View, host: Host) -> Line:
    """Judge that it does not run beside a framework that rests: none of the two databases lets that host in."""
    runs, seen = view.runs(host.name, KIND), view.host(host.name)
    found = {True: "listens", False: "does not run", None: seen.fault or "unknown"}[runs]
    return SLEEPS.judged(host.name, None if runs is None else not runs, found)


def _of_host(view: View, host: Host, wanted: tuple[str, ...]) -> Iterator[Line]:
    """Judge where a host writes; a connection to a log server that is silent here may be stale, and proves nothing."""
    silent = crossed.silent(view)
    answering = tuple(address for address in wanted if address not in silent)
    for line, sure in zip(_judged(view, host, wanted), _judged(view, host, answering), strict=True):
        doubted = line.verdict != sure.verdict
        yield replace(line, verdict="unknown", remedy=crossed.ANSWER) if doubted else line


def _judged(view: View, host: Host, wanted: tuple[str, ...]) -> tuple[Line, Line]:
    name = view.environment.log_name or ""
    resolved = _answer(RESOLVED, host.name, view.host(host.name), name, wanted)
    return resolved, _connected(view, host, wanted)


def _connected(view: View, host: Host, wanted: tuple[str, ...]) -> Line:
    fault, seen = connected(view, host, wanted), view.host(host.name)
    known = seen.component(KIND).running is not None and (seen.log_peers is not None or fault is None)
    return CONNECTED.judged(host.name, fault is None if known else None, fault or f"to {' or '.join(wanted)}")


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


def _name(view: View, here: RegionKey) -> Iterator[Line]:
    """Judge what our own server answers for the name, where it is of our zone."""
    known, wanted = view.environment, (log_address(view.environment, here),)
    name = known.log_name or ""
    if name in known.moved_names:
        yield _answer(NAMED, known.writer.name, view.seen.server(known.writer.name), name, wanted)


def _answer(check: Check, subject: str, seen: HostSeen | ServerSeen, name: str, wanted: tuple[str, ...]) -> Line:
    found = seen.aliases.get(name)
    text = seen.fault or "unknown" if found is None else f"{name} {', '.join(found) or 'nothing'}"
    return check.judged(subject, None if found is None else answers_one(found, wanted), text)


def _writes(view: View, region: RegionKey, whose: str, logs: list[LogSeen]) -> Line:
    hosts, subject = log_pair(view.environment, region, whose), f"{region} {whose}".rstrip()
    ages = [seen.rows[host.name] for seen in logs for host in hosts if seen.written_by(host)]
    if not ages and logs[0].fault:
        return WRITES.judged(subject, None, logs[0].fault)
    found = f"newest row {max(0.0, min(ages)):.0f} s old" if ages else "no row of the last hour is of their sessions"
    return WRITES.judged(subject, bool(ages), found)
