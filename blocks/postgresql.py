"""Reach PostgreSQL: an observer, and the Configuration Server's own account for the canary."""

import asyncio
from math import ceil
from typing import Any, NamedTuple

import asyncpg
from prefect.blocks.core import Block
from pydantic import HttpUrl, SecretStr

from model.errors import Refused, Transient, Unverified

LOST = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
BUSY = (asyncpg.TooManyConnectionsError, asyncpg.exceptions.OperatorInterventionError)
LOGIN = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)


class PostgresqlAccess(Block):
    """Two logins of the configuration database.

    Attributes:
        observer: Login with pg_monitor; it reads only.
        observer_password: Its password.
        account: The Configuration Server's account: reads and writes the canaries, and is given to deploy.
        account_password: Its password.
        replica_password: Of the login that the environment file calls `replication_user`; only deploy needs it.
        log_password: Of the login that owns a log database which deploy makes (`deploy.database.log.account`).
    """

    _block_type_name = "Genesys DR PostgreSQL Access"
    _block_type_slug = "gdr-postgresql-access"
    _logo_url = HttpUrl("https://github.com/postgres.png")
    _description = "The observer's login, and the Configuration Server's own for the canary."

    observer: str
    observer_password: SecretStr
    account: str
    account_password: SecretStr
    replica_password: SecretStr = SecretStr("")
    log_password: SecretStr = SecretStr("")

    async def fetch(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Run one statement as the observer and return its rows.

        Raises:
            Transient: No answer within `deadline_s`.
            Refused: The login, or the statement, is not allowed.
        """
        login = (self.observer, self.observer_password)
        return await _read(Place(address, port, database), login, Statement(sql, values), deadline_s)

    async def fetch_as_account(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Run one statement as the Configuration Server account and return its rows; raises as `fetch`."""
        login = (self.account, self.account_password)
        return await _read(Place(address, port, database), login, Statement(sql, values), deadline_s)

    async def commit(self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float) -> None:
        """Run one statement as the Configuration Server account and commit it.

        Raises:
            Transient: It was certainly not committed.
            Refused: The login, or the statement, is not allowed.
            Unverified: Sent, and no answer came.
        """
        login = (self.account, self.account_password)
        await _run(Place(address, port, database), login, Statement(sql, values, reads=False), deadline_s)

    async def logins(self) -> dict[str, str]:
        """Return the logins that a new server is given, with their passwords."""
        return {
            "observer": self.observer,
            "observer_password": self.observer_password.get_secret_value(),
            "account": self.account,
            "account_password": self.account_password.get_secret_value(),
            "replica_password": self.replica_password.get_secret_value(),
            "log_password": self.log_password.get_secret_value(),
        }


SILENT = 0.6  # the part of a deadline that a connection may take, for two lost packets cost 3 s


class Place(NamedTuple):
    """One database of one server."""

    address: str
    port: int
    database: str

    def __str__(self) -> str:
        """Write it as the messages do."""
        return f"{self.address}:{self.port}"


class Statement(NamedTuple):
    """What is run. A read that nobody waits for any more the server ends itself, or such ones pile up there."""

    sql: str
    values: tuple[Any, ...]
    reads: bool = True

    def settings(self, deadline_s: float) -> dict[str, str]:
        """Return the session's settings; none for a write, whose outcome must not become unknown by one."""
        return {"statement_timeout": str(ceil(deadline_s * 1000))} if self.reads else {}


async def _read(
    place: Place, login: tuple[str, SecretStr], asked: Statement, deadline_s: float
) -> list[dict[str, Any]]:
    try:
        return await _run(place, login, asked, deadline_s)
    except Unverified as error:  # a question that was not answered has changed nothing
        raise Transient(str(error)) from None


async def _run(place: Place, login: tuple[str, SecretStr], asked: Statement, deadline_s: float) -> list[dict[str, Any]]:
    end = asyncio.get_running_loop().time() + deadline_s
    await _answers(place, deadline_s * SILENT)
    connection = await _connect(place, login, end, asked.settings(deadline_s))
    try:
        async with asyncio.timeout_at(end):
            return [dict(row) for row in await connection.fetch(asked.sql, *asked.values)]
    except asyncpg.exceptions.TransactionRollbackError as error:
        raise Transient(f"{place}: rolled back: {type(error).__name__}") from None
    except (*LOST, *BUSY) as error:
        raise Unverified(f"{place}: statement sent, no answer: {type(error).__name__}") from None
    except asyncpg.PostgresError as error:
        raise Refused(_words(place, error)) from None
    finally:
        connection.terminate()


async def _answers(place: Place, silent_s: float) -> None:
    """Connect and hang up: a host that says nothing must not cost a whole statement's deadline."""
    try:
        async with asyncio.timeout(silent_s):
            _, writer = await asyncio.open_connection(place.address, place.port)
            writer.close()
            await writer.wait_closed()
    except TimeoutError:
        raise Transient(f"{place}: silent for {silent_s:g} s") from None
    except OSError as error:
        raise Transient(f"{place}: no connection: {type(error).__name__}") from None


async def _connect(place: Place, login: tuple[str, SecretStr], end: float, settings: dict[str, str]) -> Any:
    user, password = login
    try:
        async with asyncio.timeout_at(end):
            return await asyncpg.connect(
                host=place.address,
                port=place.port,
                database=place.database,
                user=user,
                password=password.get_secret_value(),
                ssl="prefer",
                server_settings=settings,
            )
    except LOGIN:
        raise Refused(f"{place}: login as {user} refused: wrong password in the block, or pg_hba.conf") from None
    except (*LOST, *BUSY) as error:
        raise Transient(f"{place}: no connection: {type(error).__name__}") from None
    except asyncpg.PostgresError as error:
        raise Refused(_words(place, error)) from None


def _words(place: Place, error: asyncpg.PostgresError) -> str:
    return f"{place}: {type(error).__name__}: {error.args[0] if error.args else ''}"
