"""What a region's log database says of itself, as the observer: under `cross` a server of its own."""

import json

from blocks import reach
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.environment.log import LogRows
from model.errors import RecoveryError
from model.logs import LogSeen
from tasks.dbms.postgresql.statements import statement


async def log(environment: Environment, region: RegionKey) -> LogSeen:
    """Ask a region's log database; one that does not answer says why. It is not waited for long."""
    known = environment.database
    if known.log is None:
        raise LookupError(f"{environment.name}: asked for a log database that the environment file has not")
    where = (*environment.log_place(region), known.log.database)
    try:
        access = await reach.sql(known.access)
        (row,) = await access.fetch(*where, question(known.log.rows), deadline_s=environment.probes.silent_s)
    except RecoveryError as error:
        return LogSeen(fault=str(error))
    told = {part: json.loads(row[part]) for part in ("sessions", "rows", "counts")}
    return LogSeen(writable=row["writable"], **told)


def question(rows: LogRows) -> str:
    """Fill in the names of the vendor's table; the environment file allows no other than bare identifiers."""
    text = statement("log")
    for key, name in rows.model_dump().items():
        text = text.replace("{" + key + "}", f'"{name}"')
    return text
