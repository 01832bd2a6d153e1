"""The Configuration Database as confserv uses it: one session, one transaction per write."""

import asyncio
import json
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lab.standins.confserv.engine import Settings
from lab.standins.memory import HISTORY, TABLES, Change, Row, parse_change
from lab.standins.wire import UNKNOWN, Rejection

if TYPE_CHECKING:
    import asyncpg

CONNECT_S = 3.0
STATEMENT_S = 5.0
CHECK_S = 2.0

T = TypeVar("T")
Loaded = tuple[dict[str, list[Row]], int, list[tuple[int, Change]]]


class DatabaseLost(ConnectionError):
    """The session is gone or does not answer."""


class Database(Protocol):
    """What the session of confserv needs; tests put a dictionary behind it."""

    async def connect(self, session_name: str) -> None:
        """Open the session, or raise DatabaseLost."""

    async def name(self, session_name: str) -> None:
        """Show another application_name from now on."""

    async def load(self) -> Loaded:
        """Read all tables, the version and the recent History Log, as of one moment."""

    async def writable(self) -> bool:
        """Say whether this is a primary that accepts writes; DatabaseLost when it does not say."""

    async def write(self, change: Change) -> int:
        """Commit one change and return its version; Rejection says whether it may have happened."""

    def drop(self) -> None:
        """End the session without waiting for the server."""


class PostgreSQL:
    """The real one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: asyncpg.Connection[Any] | None = None

    async def connect(self, session_name: str) -> None:
        """Open the session."""
        import asyncpg  # noqa: PLC0415 - costs more to import than all the rest together

        at = self._settings
        try:
            self._session = await asyncpg.connect(
                host=at.dbserver,
                port=at.dbport,
                user=at.username,
                password=at.password,
                database=at.dbname,
                ssl=False,
                timeout=CONNECT_S,
                server_settings={"application_name": session_name},
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseLost(f"{at.dbserver}:{at.dbport}: {error or 'no answer'}") from error

    async def name(self, session_name: str) -> None:
        """Show another application_name from now on."""
        await self._bounded(self._open.execute(f"SET application_name = '{session_name}'"), CHECK_S)

    async def load(self) -> Loaded:
        """Read everything in one snapshot; tables that are being made are asked for again."""
        import asyncpg  # noqa: PLC0415

        try:
            return await self._bounded(self._load(), 6 * STATEMENT_S)
        except asyncpg.PostgresError as error:
            self.drop()
            raise DatabaseLost(str(error)) from error

    async def writable(self) -> bool:
        """Ask the server, not our memory."""
        answer = await self._bounded(self._open.fetchval("SHOW transaction_read_only"), CHECK_S)
        return bool(answer == "off")

    async def write(self, change: Change) -> int:
        """Commit one change.

        Only what the server refused with a reason is a refusal; whatever hangs or breaks may have
        been committed, and is never acknowledged.
        """
        import asyncpg  # noqa: PLC0415

        try:
            return await self._bounded(self._write(change), STATEMENT_S)
        except DatabaseLost as error:
            raise Rejection(f"database: {error}", UNKNOWN) from error
        except _refusals() as error:
            raise Rejection(f"database: {error}") from error
        except asyncpg.PostgresError as error:
            self.drop()
            raise Rejection(f"database: {error}", UNKNOWN) from error

    def drop(self) -> None:
        """End the session without waiting for the server."""
        if self._session is not None:
            self._session.terminate()
            self._session = None

    @property
    def _open(self) -> "asyncpg.Connection[Any]":
        if self._session is None or self._session.is_closed():
            raise DatabaseLost("no session")
        return self._session

    async def _bounded(self, statement: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Run a statement under a deadline.

        A late one is not cancelled but cut off with its session: asyncpg would answer the cancellation
        by a ROLLBACK, and wait for a server that does not answer.
        """
        import asyncpg  # noqa: PLC0415

        task = asyncio.ensure_future(statement)
        if not (await asyncio.wait({task}, timeout=timeout_s))[0]:
            task.add_done_callback(_forget)
            self.drop()
            raise DatabaseLost(f"no answer within {timeout_s} s")
        try:
            return task.result()
        except (OSError, TimeoutError, asyncpg.InterfaceError, *_endings()) as error:
            self.drop()
            raise DatabaseLost(str(error)) from error

    async def _load(self) -> Loaded:
        async with self._open.transaction(isolation="repeatable_read", readonly=True):
            tables = {table: await self._rows(table) for table in TABLES}
            history = await self._open.fetch("SELECT id, change FROM cfg_history ORDER BY id DESC LIMIT $1", HISTORY)
        changes = [(int(row["id"]), parse_change(json.loads(row["change"]))) for row in reversed(history)]
        return tables, changes[-1][0] if changes else 0, changes

    async def _rows(self, table: str) -> list[Row]:
        found = await self._open.fetch(f"SELECT {', '.join(TABLES[table])} FROM {table}")  # noqa: S608
        return [dict(row) for row in found]

    async def _write(self, change: Change) -> int:
        statement, values = as_sql(change)
        async with self._open.transaction():
            done = await self._open.execute(statement, *values)
            if not done.endswith(" 1"):
                raise Rejection(f"{change.table}: the database holds no object {change.row['dbid']}")
            version = await self._open.fetchval(
                "INSERT INTO cfg_history (change) VALUES ($1) RETURNING id", json.dumps(change.as_message())
            )
        return int(version)


def as_sql(change: Change) -> tuple[str, list[Any]]:
    """Render a change; table and columns come from TABLES, checked by parse_change."""
    table, row = change.table, change.row
    columns = list(row)
    if change.op == "insert":
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", list(row.values())  # noqa: S608
    if change.op == "delete":
        return f"DELETE FROM {table} WHERE dbid = $1", [row["dbid"]]  # noqa: S608
    columns.remove("dbid")
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, 2))
    return f"UPDATE {table} SET {sets} WHERE dbid = $1", [row["dbid"], *(row[c] for c in columns)]  # noqa: S608


def _forget(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()


def _endings() -> "tuple[type[asyncpg.PostgresError], ...]":
    import asyncpg  # noqa: PLC0415

    return (
        asyncpg.PostgresConnectionError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
        asyncpg.CannotConnectNowError,
    )


def _refusals() -> "tuple[type[asyncpg.PostgresError], ...]":
    import asyncpg  # noqa: PLC0415

    return (
        asyncpg.IntegrityConstraintViolationError,
        asyncpg.ReadOnlySQLTransactionError,
        asyncpg.InsufficientPrivilegeError,
        asyncpg.DataError,
        asyncpg.UndefinedTableError,
    )
