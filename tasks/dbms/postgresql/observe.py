"""What a PostgreSQL server says of itself over its own port, as the observer."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

from blocks import reach
from model.applications import Applications, Backup, Option
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.errors import RecoveryError, Refused
from model.literals import AddressLiteral, Literals
from model.observation import DatabaseRole, DatabaseSeen, SlotSeen
from tasks.dbms.postgresql.statements import statement

FOREIGN = ("UndefinedColumnError", "UndefinedTableError", "UndefinedFunctionError")  # of another release's tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a server has come: bytes of WAL written by a primary, received by a standby."""

    in_recovery: bool
    bytes: int


async def position(environment: Environment, region: RegionKey, deadline_s: float) -> Position:
    """Ask a region's DBMS how far it has come.

    Raises:
        Transient: No answer within `deadline_s`.
        Refused: The observer may not log in.
    """
    access, address = await reach.sql(environment.database.access), str(environment.dbms(region).address)
    where = (address, environment.database.port, environment.database.config_database)
    (row,) = await access.fetch(*where, statement("position"), deadline_s=deadline_s)
    return Position(**row)


async def database(environment: Environment, region: RegionKey) -> DatabaseSeen:
    """Ask a region's DBMS; UNKNOWN with the reason when it does not answer.

    The canaries are read as the Configuration Server account, which a failover ends by writing one as: a table that is
    missing or a login that is refused hides only them.
    """
    server, canaries = await asyncio.gather(
        _answer(environment, region, "observe"), _answer(environment, region, "canaries", as_account=True)
    )
    if isinstance(server, RecoveryError):
        return DatabaseSeen(fault=str(server))
    seen = _seen(server[0])
    if isinstance(canaries, RecoveryError):
        return replace(seen, fault=str(canaries), barred=isinstance(canaries, Refused))
    return replace(seen, canaries=frozenset(row["case_id"] for row in canaries))


async def literals(environment: Environment, region: RegionKey) -> Literals:
    """Ask a region's copy for what looks like an address."""
    rows = await _answer(environment, region, "literals")
    if isinstance(rows, RecoveryError):
        return Literals(fault=str(rows))
    found = (
        AddressLiteral(table=row["source"], address=row["address"], rows=row["rows"], row=str(row["first"]))
        for row in rows
    )
    return Literals(found=tuple(found), fault="")


async def applications(environment: Environment, region: RegionKey, name: str) -> Applications:
    """Ask a region's copy for the Application of this name, what it is the backup of, and how the two differ."""
    rows = await _answer(environment, region, "applications", [name])
    if isinstance(rows, RecoveryError):
        foreign = any(word in str(rows) for word in FOREIGN)
        return Applications(name=name, fault=str(rows), foreign=foreign)
    return Applications(name=name, found=tuple(map(_backup, rows)), fault="")


def _backup(row: dict[str, Any]) -> Backup:
    options = json.loads(row["differing"])
    return Backup(
        name=row["backup"],
        enabled=row["enabled"],
        served=row["served"],
        differing=tuple(
            Option(section=one["section"], option=one["option"], values=one["values"] and (*one["values"],))
            for one in options
        ),
    )


async def _answer(
    environment: Environment, region: RegionKey, name: str, *values: Any, as_account: bool = False
) -> list[dict[str, Any]] | RecoveryError:
    """Return the rows of a statement, or why there are none."""
    try:
        access, address = await reach.sql(environment.database.access), str(environment.dbms(region).address)
        where = (address, environment.database.port, environment.database.config_database)
        fetch = access.fetch_as_account if as_account else access.fetch
        return await fetch(*where, statement(name), *values, deadline_s=environment.probes.deadline_s)
    except RecoveryError as error:
        return error


def _seen(row: dict[str, Any]) -> DatabaseSeen:
    return DatabaseSeen(
        role=DatabaseRole.STANDBY if row["in_recovery"] else DatabaseRole.PRIMARY,
        received=row["received"],
        streaming=row["streaming"],
        sync_names=row["sync_names"],
        sessions=json.loads(row["sessions"]),
        configuring=frozenset(json.loads(row["configuring"])),
        settings=json.loads(row["settings"]),
        held=tuple(map(_slot, json.loads(row["slots"]))),
    )


def _slot(told: dict[str, Any]) -> SlotSeen:
    return SlotSeen(name=told["name"], active=told["active"], lost=told["lost"], kept_bytes=told["kept"])
