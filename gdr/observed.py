"""An observation for people: what runs where, what is broken, and where that stands in the legal-state matrix."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from model.case import Case
from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.invariants import breaches
from model.loss import lag_s
from model.matrix import classify, situation
from model.observation import HostSeen, Observation
from model.step import Intent
from model.view import View

WORDS = {True: "runs", False: "stopped", None: "unknown"}


def neutral_view(known: Environment, seen: Observation, case: Case | None) -> View:
    """Judge an observation where nobody has said what is wanted: by the open case, else as if the passive side were."""
    record = seen.record
    target: RegionKey = "region2" if record is None else other(record.active)
    if record is not None and record.is_switching:
        target = record.target
    intent = case.intent if case else Intent(runbook="full_failover", target=target, mode="unplanned", reason="")
    waived = case.waived if case else frozenset()
    return View(environment=known, seen=seen, intent=intent, case=case.name if case else "-", waived=waived)


def data(view: View, case: Case | None) -> dict[str, Any]:
    """Write everything that was seen, and what it means, as plain data."""
    from tasks.evidence import dump  # noqa: PLC0415  (the data layer of the journal)

    place = situation(view)
    verdict, way = classify(place)
    return {
        "environment": view.environment.name,
        "open_case": case.name if case else None,
        "situation": asdict(place),
        "verdict": verdict,
        "way_on": way,
        "breaches": list(breaches(view)),
        "lag_s": lag_s(view.seen, view.target),
        "observation": dump(view.seen),
    }


def page(view: View, case: Case | None) -> RenderableType:
    """Write the same for a terminal."""
    return Group(
        _hosts(view),
        Text(),
        _databases(view),
        Text(),
        *_logs(view),
        _names(view),
        Text(),
        Text("\n".join(_meaning(view, case))),
    )


def _table(*titles: str) -> Table:
    return Table(*titles, box=None, pad_edge=False, title_justify="left")


def _hosts(view: View) -> Table:
    table = _table("host", "role", "power", "epoch", "guard", "components")
    for _, host in view.environment.all_hosts():
        seen = view.host(host.name)
        epoch = "-" if seen.epoch is None else str(seen.epoch)
        parts = ", ".join(_components(host, seen)) if seen.answers else seen.fault
        table.add_row(host.name, host.role, str(seen.power), epoch, str(seen.guard), parts)
    for resolver in view.environment.dns.resolvers:
        seen = view.host(resolver.name)
        table.add_row(resolver.name, "resolver", "", "", "", "answers" if seen.answers else seen.fault)
    return table


def _components(host: Host, seen: HostSeen) -> Iterator[str]:
    for part in host.components:
        found = seen.component(part.kind)
        role = f" {found.run_mode}" if found.run_mode else ""
        status = f" ({found.status})" if found.status and found.status != "Running" else ""
        yield f"{part.kind} {WORDS[found.running]}{role}{status}"


def _databases(view: View) -> Table:
    table = _table("database", "role", "position", "streams", "sessions of", "closed to")
    port = view.environment.database.port
    for key in REGION_KEYS:
        host, seen = view.environment.dbms(key).name, view.seen.database(key)
        sessions = "unknown" if seen.sessions is None else ", ".join(sorted(seen.sessions)) or "nobody"
        closed = ", ".join(sorted(view.host(host).blocked.get(port, ()))) or "nobody"
        position = "unknown" if seen.received is None else str(seen.received)
        streams = {True: "yes", False: "no", None: "unknown"}[seen.streaming]
        table.add_row(
            host, str(seen.role), position, streams, sessions, closed if port in view.host(host).blocked else "unknown"
        )
    return table


def _logs(view: View) -> Iterator[RenderableType]:
    """Write who writes into which log database, and what answers for its name; nothing where there is none."""
    name = view.environment.log_name
    if name is None:
        return
    table = _table("log database", "takes rows", "written by", "log message server", name, "connected to")
    for key in REGION_KEYS:
        seen, hosts = view.seen.log(key), view.environment.log_servers(key)
        wrote = [
            host.name for each in REGION_KEYS for host in view.environment.log_servers(each) if seen.written_by(host)
        ]
        takes = seen.fault or {True: "yes", False: "no", None: "unknown"}[seen.writable]
        first = (view.environment.dbms(key).name, takes, ", ".join(wrote) or "nobody")
        for index, host in enumerate(hosts):
            table.add_row(*(first if index == 0 else ("", "", "")), host.name, *_log_server(view, host, name))
    yield from (table, Text())


def _log_server(view: View, host: Host, name: str) -> tuple[str, str]:
    seen = view.host(host.name)
    resolved = ", ".join(seen.aliases.get(name, ())) or "unknown"
    peers = "unknown" if seen.log_peers is None else ", ".join(sorted(seen.log_peers)) or "nobody"
    return resolved, peers


def _names(view: View) -> Table:
    table = _table("name server", *view.environment.dns.framework_names)
    for server in view.environment.dns.servers:
        seen = view.seen.server(server.name)
        answers = [", ".join(seen.addresses.get(name, ())) for name in view.environment.dns.framework_names]
        table.add_row(server.name, *(answers if seen.answers else [seen.fault]))
    return table


def _meaning(view: View, case: Case | None) -> Iterator[str]:
    seen, place = view.seen, situation(view)
    verdict, way = classify(place)
    yield f"record     {seen.record.text() if seen.record else seen.record_fault}"
    yield f"open case  {case.name if case else 'none'}"
    yield f"sample     {_sample(view)}"
    yield (
        f"situation  {verdict.upper()}: framework {place.framework}, database {place.dbms}, other region "
        f"{'fenced' if place.fenced else 'not fenced'}, replicating to {place.replicating}: {way}"
    )
    yield from (f"bubble     {line}" for line in _bubbles(view))
    broken = breaches(view)
    yield from (f"BREACH     {breach}" for breach in broken) if broken else ("invariants none is broken",)


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
    return f"{max(0.0, time.time() - sample.at):.0f} s old, {behind}, at most {sample.bytes_per_s:.0f} bytes/s"
