"""What the DNS block makes of errors no server of the contract can be brought to give."""

import asyncio
from typing import Any

import dns.asyncquery
import dns.tsig
import pytest
from pydantic import SecretStr

from blocks.dns_server import DnsServer
from model.errors import Refused


@pytest.fixture
async def port() -> Any:
    """A server that accepts connections."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_clocks_that_differ_are_not_called_a_wrong_key(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bad_time(*_: Any, **__: Any) -> None:
        raise dns.tsig.PeerBadTime

    monkeypatch.setattr(dns.asyncquery, "tcp", bad_time)
    block = DnsServer(key_name="gdr.", key_secret=SecretStr("bm9uZQ=="))
    with pytest.raises(Refused, match=r"BADTIME: this clock and the server.s differ") as caught:
        await block.swap(
            "127.0.0.1", port, "gen.test", "_x.gen.test", expected="a", text="b", addresses={}, ttl_s=1, deadline_s=2.0
        )
    assert "key" not in str(caught.value)
