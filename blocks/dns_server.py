"""Reach the authoritative DNS servers: queries to each, and signed updates with prerequisites (RFC 2136, RFC 8945)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring
import dns.update
from prefect.blocks.core import Block
from pydantic import HttpUrl, SecretStr

from model.errors import Overtaken, Refused, Transient, Unverified


class DnsServer(Block):
    """The update key of one zone.

    Attributes:
        key_name: TSIG key name, as the server knows it.
        key_secret: The key in base64.
        algorithm: TSIG algorithm.
    """

    _block_type_name = "Genesys DR DNS Server"
    _block_type_slug = "gdr-dns-server"
    _logo_url = HttpUrl("https://github.com/isc-projects.png")
    _description = "The TSIG key that may change the framework names and the activation record."

    key_name: str
    key_secret: SecretStr
    algorithm: str = "hmac-sha256"

    async def swap(  # noqa: PLR0913  (an update has this many parts)
        self,
        address: str,
        port: int,
        zone: str,
        record: str,
        *,
        expected: str | None,
        text: str,
        addresses: Mapping[str, str],
        ttl_s: int,
        deadline_s: float,
        found: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Replace the record `expected` by `text`, and the A records of `addresses` with it, in one update.

        Where `expected` is None the record is made, and must not be there before. The A records of `found` must be
        as they were found (RFC 2136 2.4): exactly these, or none.

        Raises:
            Transient: No connection: certainly nothing was changed.
            Overtaken: The record, or an address, is no longer what was expected.
            Refused: The key may not do this.
            Unverified: Sent, and no answer came.
        """
        update = dns.update.UpdateMessage(
            zone, keyring=self._keyring(), keyalgorithm=dns.name.from_text(self.algorithm)
        )
        if expected is None:
            update.absent(dns.name.from_text(record), "TXT")
        else:
            update.present(dns.name.from_text(record), "TXT", f'"{expected}"')
        for name, values in (found or {}).items():
            _require(update, dns.name.from_text(name), values)
        update.replace(dns.name.from_text(record), 0, "TXT", f'"{text}"')
        for name, value in addresses.items():
            update.replace(dns.name.from_text(name), ttl_s, "A", value)
        _judge(await _send(update, address, port, deadline_s), address, " or ".join([record, *(found or {})]))

    def _keyring(self) -> dict[dns.name.Name, Any]:
        return dns.tsigkeyring.from_text({self.key_name: self.key_secret.get_secret_value()})


def _require(update: dns.update.UpdateMessage, name: dns.name.Name, values: tuple[str, ...]) -> None:
    if values:
        update.present(name, "A", *values)
    else:
        update.absent(name, "A")


async def _send(update: dns.message.Message, address: str, port: int, deadline_s: float) -> dns.message.Message:
    try:
        async with asyncio.timeout(deadline_s):
            reader, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError) as error:
        raise Transient(f"{address}: no connection for an update: {type(error).__name__}") from None
    writer.close()
    await writer.wait_closed()
    del reader
    try:
        return await dns.asyncquery.tcp(update, address, port=port, timeout=deadline_s)
    except dns.tsig.PeerBadTime:
        raise Refused(
            f"{address}: update refused: BADTIME: this clock and the server's differ: mend the clocks"
        ) from None
    except dns.tsig.PeerError as error:
        raise Refused(f"{address}: update refused: {type(error).__name__}: wrong TSIG key in the block") from None
    except (OSError, EOFError, dns.exception.DNSException) as error:
        raise Unverified(f"{address}: update sent, no answer: {type(error).__name__}") from None


def _judge(answer: dns.message.Message, address: str, what: str) -> None:
    match answer.rcode():
        case dns.rcode.NOERROR:
            return
        case dns.rcode.NXRRSET | dns.rcode.NXDOMAIN | dns.rcode.YXRRSET:
            raise Overtaken(f"{what}: changed meanwhile on {address}: another process has taken over")
        case dns.rcode.NOTAUTH:
            raise Refused(f"{address}: update refused: NOTAUTH: wrong TSIG key in the block")
        case code:
            raise Refused(f"{address}: update refused: {dns.rcode.to_text(code)}: check the server's update policy")


async def ask(address: str, port: int, name: str, kind: str, deadline_s: float) -> tuple[str, ...]:
    """Ask one server itself for one record set; only an authoritative answer counts.

    Raises:
        Transient: No answer, or one without authority.
    """
    return tuple(sorted(_text(item) for item in await _set(address, port, name, kind, deadline_s) or ()))


async def ask_ttl(address: str, port: int, name: str, deadline_s: float) -> int | None:
    """Ask one server itself for how many seconds its addresses of a name may be kept; None where it has none.

    Raises:
        Transient: No answer, or one without authority.
    """
    found = await _set(address, port, name, "A", deadline_s)
    return None if found is None else found.ttl


async def _set(address: str, port: int, name: str, kind: str, deadline_s: float) -> dns.rrset.RRset | None:
    query = dns.message.make_query(name, kind, flags=0)
    try:
        answer = await dns.asyncquery.tcp(query, address, port=port, timeout=deadline_s)
    except (OSError, EOFError, dns.exception.DNSException) as error:
        raise Transient(f"{address}: {name} {kind}: no answer: {type(error).__name__}") from None
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) or not answer.flags & dns.flags.AA:
        raise Transient(f"{address}: {name} {kind}: no authoritative answer: {dns.rcode.to_text(answer.rcode())}")
    return answer.get_rrset(answer.answer, dns.name.from_text(name), dns.rdataclass.IN, dns.rdatatype.from_text(kind))


def _text(item: Any) -> str:
    return b"".join(item.strings).decode() if hasattr(item, "strings") else str(item.to_text())
