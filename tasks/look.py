"""Measure the parts of the world that a question needs, all at once, each with its own deadline."""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from model.applications import UNTOLD, Applications, backup_name
from model.bubble import Room
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.inventory import Inventory
from model.literals import Literals
from model.logs import LogSeen
from model.machine import CutOff, Machine
from model.observation import DatabaseRole, DatabaseSeen, HostSeen, Observation, Power
from model.record import Record
from model.scope import Scope
from model.survey import Survey
from tasks import last_seen, log_samples, samples
from tasks.bubble import observe as bubble
from tasks.dbms.postgresql import logs as log_databases
from tasks.dbms.postgresql import observe as postgresql
from tasks.deployment import observe as deployment
from tasks.dns import observe as dns
from tasks.hosts import observe as hosts
from tasks.vms import observe as vms

T = TypeVar("T")
Powers = asyncio.Future[dict[str, Power]]
BY_HOST = (
    "checkpoint",
    "timeline",
    "marked",
    "follows",
    "reseeding",
    "ready",
    "wants",
    "slots",
    "keeps_from",
    "stranded",
)
Reports = dict[str, tuple[HostSeen, DatabaseSeen | None]]


async def look(environment: Environment, scope: Scope) -> Observation:
    """Observe what is in scope. What does not answer is unknown, with the reason."""
    at = time.time()
    powers = asyncio.ensure_future(hosts.powers(environment, sorted(scope.hosts)))
    (reports, databases), wanted, answers, (record, fault) = await asyncio.gather(
        _machines(environment, scope, powers),
        asyncio.gather(
            _inventories(environment, scope, powers),
            _literals(environment, scope, powers),
            _surveys(environment, scope),
            _hypervisors(environment, scope),
            asyncio.gather(_cuts(environment, scope), _bubbles(environment, scope)),
            asyncio.gather(_logs(environment, scope, powers), _ttls(environment, scope)),
        ),
        asyncio.gather(*(dns.server(environment, name) for name in sorted(scope.servers))),
        _record(environment, scope),
    )
    installed, literals, surveys, machines, (cuts, (tried, rooms)), (logs, ttls) = wanted
    applications = await _applications(environment, scope, record, installed)
    return Observation(
        at=at,
        hosts={name: seen for name, (seen, _) in reports.items()},
        databases={key: _joined(seen, reports[environment.dbms(key).name][1]) for key, seen in databases.items()},
        servers=dict(zip(sorted(scope.servers), answers, strict=True)),
        record=record,
        record_fault=fault,
        sample=samples.newest(environment.name),
        watch=samples.watched(environment.name),
        inventories=installed,
        ttls=ttls,
        literals=literals,
        applications=applications,
        logs=logs,
        surveys=surveys,
        machines=machines,
        cuts=cuts,
        tried=tried,
        rooms=rooms,
        kept=last_seen.kept(environment) if scope.inventories else {},
    )


async def _record(environment: Environment, scope: Scope) -> tuple[Record | None, str]:
    return await dns.record(environment) if scope.record else (None, "not asked")


async def _machines(
    environment: Environment, scope: Scope, powers: Powers
) -> tuple[Reports, dict[RegionKey, DatabaseSeen]]:
    """Ask power sources, hosts and servers at once; what is said to be off is waited for no longer."""
    names, regions = sorted(scope.hosts), sorted(scope.databases)
    reports, databases = await asyncio.gather(
        asyncio.gather(*(_host(environment, name, powers, heard=name in scope.heard) for name in names)),
        asyncio.gather(*(_database(environment, key, powers) for key in regions)),
    )
    return dict(zip(names, reports, strict=True)), dict(zip(regions, databases, strict=True))


async def _inventories(environment: Environment, scope: Scope, powers: Powers) -> dict[str, Inventory]:
    """Ask hosts what is installed, where that is wanted."""
    names = sorted(scope.hosts) if scope.inventories else []
    off = Inventory(fault="powered off")
    asking = (_unless_off(powers, name, hosts.inventory(environment, name), off) for name in names)
    return dict(zip(names, await asyncio.gather(*asking), strict=True))


async def _literals(environment: Environment, scope: Scope, powers: Powers) -> dict[RegionKey, Literals]:
    """Search both copies of the Configuration Database for addresses, where that is wanted."""
    regions, off = sorted(scope.databases) if scope.inventories else [], Literals(fault="powered off")
    asking = (
        _unless_off(powers, environment.dbms(key).name, postgresql.literals(environment, key), off) for key in regions
    )
    return dict(zip(regions, await asyncio.gather(*asking), strict=True))


async def _applications(
    environment: Environment, scope: Scope, record: Record | None, installed: Mapping[str, Inventory]
) -> Applications:
    """Ask the active copy of the Configuration Database for the pair's objects, by the name that its backup told."""
    if not scope.inventories or record is None:
        return UNTOLD
    if name := backup_name(environment, record.active, installed):
        return await postgresql.applications(environment, record.data, name)
    backup = environment.framework(record.active)[1].name
    return Applications(fault=f"{backup}: did not tell the section of its configuration file")


async def _logs(environment: Environment, scope: Scope, powers: Powers) -> dict[RegionKey, LogSeen]:
    """Ask the log databases who writes, where that is wanted and there are any."""
    regions = sorted(scope.logs) if environment.database.log else []
    found = await asyncio.gather(*(_log(environment, key, powers) for key in regions))
    sampled = log_samples.newest(environment.name) if environment.is_crossed else {}
    return {key: replace(seen, sample=sampled.get(key)) for key, seen in zip(regions, found, strict=True)}


async def _log(environment: Environment, region: RegionKey, powers: Powers) -> LogSeen:
    host, asking = environment.log_host(region), log_databases.log(environment, region)
    return await (_unless_off(powers, host.name, asking, LogSeen(fault="powered off", off=True)) if host else asking)


async def _ttls(environment: Environment, scope: Scope) -> dict[str, dict[str, int]]:
    """Ask the DNS servers how long what they answer may be kept, where that is wanted."""
    names = sorted(scope.servers) if scope.inventories else []
    return dict(zip(names, await asyncio.gather(*(dns.ttls(environment, name) for name in names)), strict=True))


async def _surveys(environment: Environment, scope: Scope) -> dict[str, Survey]:
    """Ask hosts what they have of a deployment, where that is wanted."""
    names = sorted(scope.surveys)
    found = await asyncio.gather(*(deployment.survey(environment, name, laid=scope.laid) for name in names))
    return dict(zip(names, found, strict=True))


async def _hypervisors(environment: Environment, scope: Scope) -> dict[str, Machine]:
    """Ask hypervisors of their machines, where that is wanted."""
    return await vms.machines(environment, sorted(scope.machines)) if scope.machines else {}


async def _cuts(environment: Environment, scope: Scope) -> dict[str, CutOff]:
    """Try whether hosts are cut off, where that is wanted."""
    names = sorted(scope.cuts)
    found = await asyncio.gather(*(vms.cut_off(environment, name) for name in names))
    return dict(zip(names, found, strict=True))


async def _bubbles(environment: Environment, scope: Scope) -> tuple[dict[str, CutOff], dict[str, Room]]:
    """Try the walls of hosts, and ask whether a copy has room, where that is wanted."""
    walled, databases = sorted(scope.tried), sorted(scope.rooms)
    tried, rooms = await asyncio.gather(
        asyncio.gather(*(bubble.walls(environment, name) for name in walled)),
        asyncio.gather(*(bubble.room(environment, name) for name in databases)),
    )
    return dict(zip(walled, tried, strict=True)), dict(zip(databases, rooms, strict=True))


async def _host(
    environment: Environment, name: str, powers: Powers, *, heard: bool
) -> tuple[HostSeen, DatabaseSeen | None]:
    seen, database = await _unless_off(powers, name, hosts.host(environment, name, heard=heard), hosts.OFF)
    return replace(seen, power=(await powers)[name]), database


async def _database(environment: Environment, region: RegionKey, powers: Powers) -> DatabaseSeen:
    asking = postgresql.database(environment, region)
    return await _unless_off(powers, environment.dbms(region).name, asking, DatabaseSeen(fault="powered off"))


async def _unless_off(powers: Powers, name: str, asking: Coroutine[Any, Any, T], off: T) -> T:
    """Return the answer, or `off` as soon as the host's power source says that it is off."""
    answer = asyncio.ensure_future(asking)
    try:
        return off if (await powers)[name] is Power.OFF else await answer
    finally:
        answer.cancel()


def _joined(over_sql: DatabaseSeen, by_host: DatabaseSeen | None) -> DatabaseSeen:
    """Join what the server says with what its host says; the host knows of a server that does not answer."""
    if by_host is None:
        return over_sql
    if over_sql.role is DatabaseRole.UNKNOWN:
        return replace(by_host, fault=over_sql.fault)
    return replace(over_sql, **{name: getattr(by_host, name) for name in BY_HOST})
