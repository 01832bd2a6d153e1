"""The watcher leaves the client an address that is good, and takes a spent one from it; no log keeps a ticket."""

import logging
from unittest.mock import AsyncMock

import pytest

from blocks.slack import without_ticket
from gdr.slack import connection

OLD, NEW = "wss://slack.example/link?ticket=1", "wss://slack.example/link?ticket=2"


class Ended(Exception):
    """Nobody looks any more."""


async def left(monkeypatch: pytest.MonkeyPatch, *looks: tuple[bool, str]) -> list[str | None]:
    """Return the address that the watcher leaves to the client after each look, at which it was connected or not."""
    monkeypatch.setattr(connection, "LOOK_S", 0)
    socket, coming, found = AsyncMock(wss_uri=None), [*looks], list[str | None]()

    async def is_connected() -> bool:
        found.append(socket.wss_uri)
        if not coming:
            raise Ended
        is_so, socket.wss_uri = coming.pop(0)
        return is_so

    socket.is_connected = is_connected
    with pytest.raises(Ended):
        await connection.keep(socket, "lab")
    return found[1:]


async def test_an_address_that_the_client_got_while_it_hangs_up_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await left(monkeypatch, (True, OLD), (False, NEW), (True, NEW)) == [OLD, NEW, NEW]


async def test_an_address_that_led_to_no_connection_by_the_next_look_is_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await left(monkeypatch, (False, OLD), (False, OLD), (False, NEW), (False, NEW)) == [OLD, None, NEW, None]


@pytest.mark.parametrize("scheme", ["ws", "wss", "http", "https"])
def test_no_address_in_the_log_keeps_its_ticket(scheme: str) -> None:
    url = f"{scheme}://slack.example/link"
    error = ValueError(f"no answer from '{url}?ticket=planted&app_id=A0'")
    told = (f"{url}?ticket=planted",)
    record = logging.LogRecord("n", logging.ERROR, "p", 1, "tried %s", told, (ValueError, error, None))
    assert without_ticket(record)
    assert record.getMessage() == f"tried {url}"
    assert record.exc_text
    assert f"no answer from '{url}'" in record.exc_text
