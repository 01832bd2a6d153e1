"""What the DNS block makes of errors no server of the contract can be brought to give."""

import asyncio
from typing import Any

import dns.asyncquery
import dns.message
import dns.name
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import pytest
from pydantic import SecretStr

from blocks.dns_server import DnsServer
from model.errors import Overtaken, Refused

KEYS = dns.tsigkeyring.from_text({"gdr.": "b2xk", "gdr-2.": "bmV3"})


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


async def test_the_names_an_update_sets_must_be_as_they_were_found(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dns.message.Message] = []

    async def answer(update: dns.message.Message, *_: Any, **__: Any) -> dns.message.Message:
        sent.append(update)
        return dns.message.from_text("rcode NOERROR")

    monkeypatch.setattr(dns.asyncquery, "tcp", answer)
    await DnsServer(key_name="gdr.", key_secret=SecretStr("bm9uZQ==")).swap(
        "127.0.0.1", port, "gen.test", "_x.gen.test", expected=None, text="b", ttl_s=1, deadline_s=2.0,
        addresses={"a.gen.test": "192.0.2.1"}, found={"a.gen.test": ("192.0.2.7", "192.0.2.8"), "b.gen.test": ()},
    )  # fmt: skip
    required = {line for line in sent[0].to_text().partition(";PREREQ")[2].partition(";UPDATE")[0].split("\n") if line}
    assert required == {
        "_x.gen.test. NONE TXT",
        "a.gen.test. 0 IN A 192.0.2.7",
        "a.gen.test. 0 IN A 192.0.2.8",
        "b.gen.test. NONE A",
    }


async def _asked(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    except asyncio.IncompleteReadError:
        return b""


def _judged(wire: bytes, ring: Any) -> bytes:
    try:
        answer = dns.message.make_response(dns.message.from_wire(wire, keyring=ring))
    except dns.message.UnknownTSIGKey:
        answer = dns.message.make_response(dns.message.from_wire(wire, keyring=KEYS), tsig_error=dns.rcode.BADKEY)
        answer.set_rcode(dns.rcode.NOTAUTH)
        return answer.to_wire(prepend_length=True)
    answer.set_rcode(dns.rcode.NXRRSET)
    return answer.to_wire(prepend_length=True)


@pytest.fixture
async def writer() -> Any:
    """A server that knows the keys in its ring, and whose record is never what was expected: its port, and the ring."""
    ring = dict(KEYS)

    async def answer(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        if wire := await _asked(reader):  # the block looks first whether somebody listens
            out.write(_judged(wire, ring))
        out.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], ring
    server.close()
    await server.wait_closed()


async def test_a_new_key_beside_the_old_may_update_and_the_old_one_no_more_once_it_is_removed(writer: Any) -> None:
    port, ring = writer

    async def opens(name: str, secret: str) -> None:
        await DnsServer(key_name=name, key_secret=SecretStr(secret)).swap(
            "127.0.0.1", port, "gen.test", "_x.gen.test", expected="a", text="a", addresses={}, ttl_s=0, deadline_s=5.0
        )

    for key in (("gdr.", "b2xk"), ("gdr-2.", "bmV3")):
        with pytest.raises(Overtaken):
            await opens(*key)
    del ring[dns.name.from_text("gdr.")]
    with pytest.raises(Overtaken):
        await opens("gdr-2.", "bmV3")
    with pytest.raises(Refused, match="wrong TSIG key in the block"):
        await opens("gdr.", "b2xk")
