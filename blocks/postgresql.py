"""Reach PostgreSQL: an observer, and the Configuration Server's own account for the canary."""

import asyncio
from typing import Any

import asyncpg
from prefect.blocks.core import Block
from pydantic import SecretStr

from model.errors import Refused, Transient

LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
)
LOGIN = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)


class PostgresqlAccess(Block):
    """Two logins of the configuration database.

    Attributes:
        observer: Login with pg_monitor; it reads only.
        account: The Configuration Server's account; used for the canary alone.
    """

    _block_type_name = "Genesys DR PostgreSQL Access"
    _block_type_slug = "gdr-postgresql-access"
    _description = "The observer's login, and the Configuration Server's own for the canary."

    observer: str
    observer_password: SecretStr
    account: str
    account_password: SecretStr

    async def fetch(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Run one statement as the observer and return its rows.

        Raises:
            Transient: No answer within `deadline_s`.
            Refused: The login, or the statement, is not allowed.
        """
        login = (self.observer, self.observer_password)
        return await _fetch(address, port, database, login, sql, values, deadline_s)

    async def commit(self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float) -> None:
        """Run one statement as the Configuration Server account and commit it. Raises like `fetch`."""
        login = (self.account, self.account_password)
        await _fetch(address, port, database, login, sql, values, deadline_s)


async def _fetch(  # noqa: PLR0913  (private)
    address: str,
    port: int,
    database: str,
    login: tuple[str, SecretStr],
    sql: str,
    values: tuple[Any, ...],
    deadline_s: float,
) -> list[dict[str, Any]]:
    user, password = login
    try:
        async with asyncio.timeout(deadline_s):
            await _answers(address, port, deadline_s / 4)
            connection = await asyncpg.connect(
                host=address,
                port=port,
                database=database,
                user=user,
                password=password.get_secret_value(),
                ssl="prefer",
            )
            try:
                return [dict(row) for row in await connection.fetch(sql, *values)]
            finally:
                connection.terminate()
    except LOGIN:
        raise Refused(
            f"{address}:{port}: login as {user} refused: wrong password in the block, or pg_hba.conf"
        ) from None
    except LOST as error:
        raise Transient(f"{address}:{port}: no answer: {type(error).__name__}") from None
    except asyncpg.PostgresError as error:
        raise Refused(f"{address}:{port}: {type(error).__name__}: {error.args[0] if error.args else ''}") from None


async def _answers(address: str, port: int, silent_s: float) -> None:
    """Connect and hang up: a host that says nothing must not cost a whole statement's deadline."""
    async with asyncio.timeout(silent_s):
        _, writer = await asyncio.open_connection(address, port)
        writer.close()
        await writer.wait_closed()
