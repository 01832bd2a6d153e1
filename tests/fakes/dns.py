"""The writing DNS server in memory: a zone, a key, an update policy, and ways to misbehave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from model.errors import Overtaken, Refused, Transient, Unverified


class Manner(StrEnum):
    """How the server behaves."""

    WELL = "well"
    REFUSES = "nobody listens"
    SILENT = "nothing answers"
    FROZEN = "accepts, and answers nothing"
    DIES = "does it, and dies before its answer"
    FORGETS = "says OK and changes nothing"
    LAME = "answers without authority"


@dataclass
class Zone:
    """What the server holds.

    Attributes:
        sets: Record sets by name and type.
        ttls: Seconds that addresses may be kept, by name, where it is not the zone's 30.
        policy: Names the key may change.
        key: The secret it accepts.
    """

    sets: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    ttls: dict[str, int] = field(default_factory=dict)
    policy: frozenset[str] = frozenset()
    key: str = "right"
    manner: Manner = Manner.WELL


class FakeNames:
    """The `Names` of a server in memory."""

    def __init__(self, zone: Zone, key: str = "right") -> None:
        """Reach this zone with a key."""
        self.zone = zone
        self.key = key
        self.swaps: list[str] = []

    async def swap(
        self,
        address: str,
        port: int,  # noqa: ARG002  # of the Protocol
        zone: str,  # noqa: ARG002
        record: str,
        *,
        expected: str | None,
        text: str,
        addresses: Mapping[str, str],
        ttl_s: int,
        deadline_s: float,  # noqa: ARG002
        found: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Compare and swap."""
        self._require_answer(address)
        if self.key != self.zone.key:
            raise Refused(f"{address}: update refused: PeerBadSignature: wrong TSIG key in the block")
        if not {record, *addresses} <= self.zone.policy:
            raise Refused(f"{address}: update refused: REFUSED: check the server's update policy")
        wanted: dict[tuple[str, str], tuple[str, ...]] = {}
        wanted[record, "TXT"] = () if expected is None else (expected,)
        wanted |= {(name, "A"): values for name, values in (found or {}).items()}
        what = " or ".join(name for name, _ in wanted)
        if any(self.zone.sets.get(key, ()) != values for key, values in wanted.items()):
            raise Overtaken(f"{what}: changed meanwhile on {address}: another process has taken over")
        if self.zone.manner is not Manner.FORGETS:
            self._write(record, text, addresses, ttl_s)
        if self.zone.manner is Manner.DIES:
            raise Unverified(f"{address}: update sent, no answer: EOFError")

    def _write(self, record: str, text: str, addresses: Mapping[str, str], ttl_s: int) -> None:
        self.swaps.append(text)
        self.zone.sets[record, "TXT"] = (text,)
        self.zone.sets |= {(name, "A"): (value,) for name, value in addresses.items()}
        self.zone.ttls |= dict.fromkeys(addresses, ttl_s)

    def _require_answer(self, address: str) -> None:
        match self.zone.manner:
            case Manner.REFUSES:
                raise Transient(f"{address}: no connection for an update: ConnectionRefusedError")
            case Manner.SILENT:
                raise Transient(f"{address}: no connection for an update: TimeoutError")
            case Manner.FROZEN:
                raise Unverified(f"{address}: update sent, no answer: Timeout")

    async def ask(self, address: str, port: int, name: str, kind: str, deadline_s: float) -> tuple[str, ...]:  # noqa: ARG002
        """Answer one question, as `blocks.dns_server.ask` does."""
        if self.zone.manner in (Manner.REFUSES, Manner.SILENT, Manner.FROZEN):
            raise Transient(f"{address}: {name} {kind}: no answer: {self.zone.manner.name}")
        if self.zone.manner is Manner.LAME:
            raise Transient(f"{address}: {name} {kind}: no authoritative answer: REFUSED")
        return self.zone.sets.get((name, kind), ())

    async def ask_ttl(self, address: str, port: int, name: str, deadline_s: float) -> int | None:
        """Answer how long the addresses of a name may be kept, as `blocks.dns_server.ask_ttl` does."""
        return self.zone.ttls.get(name, 30) if await self.ask(address, port, name, "A", deadline_s) else None
