"""What a region's log database says of itself, as the observer: it is another database of the same server."""

import json

from blocks import reach
from model.environment.document import LogRows, RegionKey
from model.environment.environment import Environment
from model.errors import RecoveryError
from model.logs import LogSeen, log_address
from tasks.dbms.postgresql.statements import statement


async def log(environment: Environment, region: RegionKey) -> LogSeen:
    """Ask a region's log database; one that does not answer says why. It is not waited for long."""
    known = environment.database
    if known.log is None:
        raise LookupError(f"{environment.name}: asked for a log database that the environment file has not")
    where = (log_address(environment, region), known.port, known.log.database)
    try:
        access = await reach.sql(known.access)
        (row,) = await access.fetch(*where, question(known.log.rows), deadline_s=environment.probes.silent_s)
    except RecoveryError as error:
        return LogSeen(fault=str(error))
    return LogSeen(writable=row["writable"], sessions=json.loads(row["sessions"]), rows=json.loads(row["rows"]))


def question(rows: LogRows) -> str:
    """Fill in the names of the vendor's table; the environment file allows no other than bare identifiers."""
    text = statement("log")
    for key, name in rows.model_dump().items():
        text = text.replace("{" + key + "}", f'"{name}"')
    return text
