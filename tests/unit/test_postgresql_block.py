"""What the PostgreSQL block asks of a session, and what it makes of errors that no server of the contract gives."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from blocks.postgresql import PostgresqlAccess
from model.errors import Transient

SECRET = SecretStr("none")
BLOCK = PostgresqlAccess(observer="o", observer_password=SECRET, account="a", account_password=SECRET)


class Session:
    """One that ends each statement as a server does whose statement_timeout has passed, or says nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def fetch(self, *_words: Any) -> list[dict[str, Any]]:
        """Run it."""
        if self.error:
            raise self.error
        return []

    def terminate(self) -> None:
        """End it."""


@pytest.fixture
async def port() -> Any:
    """A server that accepts connections."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


def connecting(monkeypatch: pytest.MonkeyPatch, session: Session) -> list[dict[str, str]]:
    settings: list[dict[str, str]] = []

    async def connect(**options: Any) -> Session:
        settings.append(options["server_settings"])
        return session

    monkeypatch.setattr(asyncpg, "connect", connect)
    return settings


async def test_the_server_ends_a_read_after_its_deadline_and_never_a_write(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = connecting(monkeypatch, Session())
    for run in (BLOCK.fetch, BLOCK.fetch_as_account, BLOCK.commit):
        await run("127.0.0.1", port, "logs", "SELECT 1", deadline_s=1.2345)
    assert settings == [{"statement_timeout": "1235"}, {"statement_timeout": "1235"}, {}]


@pytest.mark.parametrize("read", [BLOCK.fetch, BLOCK.fetch_as_account])
async def test_a_read_that_the_server_ended_may_be_repeated(
    port: int, monkeypatch: pytest.MonkeyPatch, read: Callable[..., Any]
) -> None:
    connecting(monkeypatch, Session(asyncpg.QueryCanceledError("canceling statement due to statement timeout")))
    with pytest.raises(Transient, match="statement sent, no answer: QueryCanceledError"):
        await read("127.0.0.1", port, "logs", "SELECT 1", deadline_s=2.0)
