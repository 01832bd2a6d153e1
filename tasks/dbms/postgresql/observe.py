"""What a PostgreSQL server says of itself over its own port, as the observer."""

import json
from dataclasses import dataclass
from typing import Any

from blocks import reach
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.errors import Refused, Transient
from model.observation import DatabaseRole, DatabaseSeen
from tasks.dbms.postgresql.statements import statement

CS_ACCOUNT = "genesys"


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
    """Ask a region's DBMS; UNKNOWN with the reason when it does not answer."""
    access, address = await reach.sql(environment.database.access), str(environment.dbms(region).address)
    where = (address, environment.database.port, environment.database.config_database)
    try:
        (row,) = await access.fetch(*where, statement("observe"), CS_ACCOUNT, deadline_s=environment.probes.deadline_s)
        cases = await access.fetch(*where, statement("canaries"), deadline_s=environment.probes.deadline_s)
    except (Transient, Refused) as error:
        return DatabaseSeen(fault=str(error))
    return _seen(row, frozenset(case["case_id"] for case in cases))


def _seen(row: dict[str, Any], canaries: frozenset[str]) -> DatabaseSeen:
    return DatabaseSeen(
        role=DatabaseRole.STANDBY if row["in_recovery"] else DatabaseRole.PRIMARY,
        received=row["received"],
        streaming=row["streaming"],
        sync_names=row["sync_names"],
        sessions=json.loads(row["sessions"]),
        canaries=canaries,
        settings=json.loads(row["settings"]),
    )
