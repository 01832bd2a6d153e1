"""Measure the parts of the world that a question needs, all at once, each with its own deadline."""

import asyncio
import time
from dataclasses import replace

from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.observation import DatabaseRole, DatabaseSeen, HostSeen, Observation, Power
from model.record import Record
from model.scope import Scope
from tasks import samples
from tasks.dbms.postgresql import observe as postgresql
from tasks.dns import observe as dns
from tasks.hosts import observe as hosts

Reports = dict[str, tuple[HostSeen, DatabaseSeen | None]]


async def look(environment: Environment, scope: Scope) -> Observation:
    """Observe what is in scope. What does not answer is unknown, with the reason."""
    at = time.time()
    (reports, databases), answers, (record, fault) = await asyncio.gather(
        _machines(environment, scope),
        asyncio.gather(*(dns.server(environment, name) for name in sorted(scope.servers))),
        _record(environment, scope),
    )
    return Observation(
        at=at,
        hosts={name: seen for name, (seen, _) in reports.items()},
        databases={key: _joined(seen, reports[environment.dbms(key).name][1]) for key, seen in databases.items()},
        servers=dict(zip(sorted(scope.servers), answers, strict=True)),
        record=record,
        record_fault=fault,
        sample=samples.newest(environment.name),
        watch=samples.watched(environment.name),
    )


async def _record(environment: Environment, scope: Scope) -> tuple[Record | None, str]:
    return await dns.record(environment) if scope.record else (None, "not asked")


async def _machines(environment: Environment, scope: Scope) -> tuple[Reports, dict[RegionKey, DatabaseSeen]]:
    """Ask the power sources first: a host that is off is not asked, so it costs no deadline."""
    power = await hosts.powers(environment, sorted(scope.hosts))
    regions = sorted(scope.databases)
    reports, databases = await asyncio.gather(
        asyncio.gather(*(hosts.host(environment, name, state) for name, state in power.items())),
        asyncio.gather(*(_database(environment, key, power[environment.dbms(key).name]) for key in regions)),
    )
    return dict(zip(power, reports, strict=True)), dict(zip(regions, databases, strict=True))


async def _database(environment: Environment, region: RegionKey, power: Power) -> DatabaseSeen:
    return DatabaseSeen(fault="powered off") if power is Power.OFF else await postgresql.database(environment, region)


def _joined(over_sql: DatabaseSeen, by_host: DatabaseSeen | None) -> DatabaseSeen:
    """Join what the server says with what its host says; the host knows of a server that does not answer."""
    if by_host is None:
        return over_sql
    if over_sql.role is DatabaseRole.UNKNOWN:
        return replace(by_host, fault=over_sql.fault)
    return replace(over_sql, checkpoint=by_host.checkpoint, timeline=by_host.timeline)
