"""The log database as a log message server uses it: found by name at each connection, one row a message."""

import asyncio
import configparser
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg

CONNECT_S = 3.0
STATEMENT_S = 2.0


class DatabaseLost(ConnectionError):
    """The session is gone, or the server takes no rows: whether the last one was written is unknown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One log.conf: who we are, and what a Database Access Point says."""

    host: str
    dbserver: str
    dbport: int
    dbname: str
    username: str
    password: str
    table: str
    column: str
    at: str


def read_settings(path: Path) -> Settings:
    """Read log.conf."""
    ini = configparser.ConfigParser(interpolation=None)
    with path.open() as file:
        ini.read_file(file)
    said = dict(ini["log"])
    return Settings(**{**said, "dbport": int(said["dbport"])})  # type: ignore[arg-type]  # the port alone is no text


class LogDatabase:
    """One session, opened by name each time: what that name answers is this host's resolver's business."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: asyncpg.Connection[Any] | None = None

    async def write(self, number: int) -> str:
        """Write one row and return the address of the server that took it; the same row twice is one.

        Raises:
            DatabaseLost: It may have been written.
        """
        import asyncpg  # noqa: PLC0415 - costs more to import than all the rest together

        at = self._settings
        row = (at.host, dt.datetime.now(dt.UTC), f"{number:09d}")
        statement = (
            f"INSERT INTO {at.table} ({at.column}, {at.at}, messagetext) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"  # noqa: S608  # ours
        )
        try:
            async with asyncio.timeout(CONNECT_S + STATEMENT_S):
                session = await self._open()
                await session.execute(statement, *row)
                return str(await session.fetchval("SELECT host(inet_server_addr())"))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self.drop()
            raise DatabaseLost(f"{at.dbserver}:{at.dbport}: {error or 'no answer'}") from error

    async def _open(self) -> "asyncpg.Connection[Any]":
        import asyncpg  # noqa: PLC0415

        if self._session is None or self._session.is_closed():
            at = self._settings
            self._session = await asyncpg.connect(
                host=at.dbserver,
                port=at.dbport,
                user=at.username,
                password=at.password,
                database=at.dbname,
                ssl=False,
                timeout=CONNECT_S,
                command_timeout=STATEMENT_S,
                server_settings={"application_name": "log_message_server"},
            )
        return self._session

    def drop(self) -> None:
        """End the session without waiting for the server."""
        if self._session is not None:
            self._session.terminate()
            self._session = None
