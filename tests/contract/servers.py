"""The DNS servers and databases of the contracts: in memory, and those of the lab."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Protocol

from blocks import dns_server, reach
from blocks.dns_server import DnsServer
from blocks.postgresql import PostgresqlAccess
from lab import credentials, up
from lab.api import Lab
from lab.command import wait_until
from lab.credentials import Credentials
from lab.services import prefect
from tests.contract.inside import Inside, control_host
from tests.fakes.dns import FakeNames, Zone
from tests.fakes.dns import Manner as Answers
from tests.fakes.postgresql import CONTROL_HOST, FakeSql, Server
from tests.fakes.postgresql import Manner as Serves

RECORD, NAMES = "_genesys-dr.gen.test", ("cfgmaster-p.gen.test", "cfgmaster-b.gen.test")
STEADY = "v=1 epoch=1 state=steady active=region1 target=region1 case=- head=-"
WRONG_KEY = "d3JvbmctYnV0LXByb3Blci1iYXNlNjQ="


class DnsSubject(Protocol):
    """A writing server, and what can be done to it."""

    address: str
    lame: str
    names: reach.Names
    wrong_key: reach.Names
    unknown_key: reach.Names

    async def ask(self, address: str, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """Ask one server itself, as `blocks.dns_server.ask` does."""

    async def ask_ttl(self, address: str, *args: Any) -> int | None:
        """Likewise, as `blocks.dns_server.ask_ttl` does."""

    async def misbehave(self, manner: Answers) -> None:
        """Refuse, be silent, or freeze."""

    async def mend(self) -> None:
        """Behave again."""


class FakeDns:
    """The fake."""

    address, lame = "192.0.2.53", "192.0.2.54"

    def __init__(self) -> None:
        """Hold the steady zone."""
        sets: dict[tuple[str, str], tuple[str, ...]] = {
            (RECORD, "TXT"): (STEADY,),
            (NAMES[0], "A"): ("198.18.1.11",),
            (NAMES[1], "A"): ("198.18.1.12",),
        }
        self.zone = Zone(sets=sets, policy=frozenset({RECORD, *NAMES}))
        self._asked = FakeNames(self.zone)
        self.names: reach.Names = self._asked
        self.wrong_key: reach.Names = FakeNames(self.zone, key="wrong")
        self.unknown_key: reach.Names = FakeNames(self.zone, key="wrong")

    async def ask(self, address: str, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """Ask the server, or one without authority."""
        return await self._names(address).ask(address, *args, **kwargs)

    async def ask_ttl(self, address: str, *args: Any) -> int | None:
        """See `ask`."""
        return await self._names(address).ask_ttl(address, *args)

    def _names(self, address: str) -> FakeNames:
        return self._asked if address == self.address else FakeNames(Zone(manner=Answers.LAME))

    async def misbehave(self, manner: Answers) -> None:
        """See `DnsSubject`."""
        self.zone.manner = manner

    async def mend(self) -> None:
        """See `DnsSubject`."""
        self.zone.manner = Answers.WELL


class LabDns:
    """The lab's BIND; its forwarder is the server without authority."""

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop) -> None:
        """Reach it."""
        self._lab, self._loop, self._undo = lab, loop, contextlib.ExitStack()
        self.address, self.lame = lab.address("ns1"), lab.address("fwd")
        secret = credentials.load(lab.identity).tsig
        self.names, self.wrong_key = self._block("gdr.", secret), self._block("gdr.", WRONG_KEY)
        self.unknown_key = self._block("nobody.", secret)
        self._blocks = Inside(loop, dns_server)

    async def ask(self, address: str, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """See `DnsSubject`."""
        answer: tuple[str, ...] = await self._blocks.ask(address, *args, **kwargs)
        return answer

    async def ask_ttl(self, address: str, *args: Any) -> int | None:
        """See `DnsSubject`."""
        ttl_s: int | None = await self._blocks.ask_ttl(address, *args)
        return ttl_s

    def _block(self, name: str, secret: str) -> reach.Names:
        names: reach.Names = Inside(self._loop, DnsServer(key_name=name, key_secret=secret))  # type: ignore[assignment]
        return names

    async def misbehave(self, manner: Answers) -> None:
        """See `DnsSubject`."""
        fault = {
            Answers.REFUSES: ("stop-dns", "ns1"),
            Answers.SILENT: ("silent", "ns1"),
            Answers.FROZEN: ("freeze", "ns1", "named"),
        }[manner]
        await asyncio.to_thread(self._lab.break_, *fault)
        self._undo.callback(self._lab.mend, *fault)

    async def mend(self) -> None:
        """See `DnsSubject`."""
        await asyncio.to_thread(self._undo.close)
        writer = self._lab.topology.host("ns1")
        await asyncio.to_thread(up.wait_for_dns, self._lab.identity, self._lab.topology, writer)


@contextlib.asynccontextmanager
async def dns(lab: Lab | None) -> AsyncIterator[DnsSubject]:
    """Make a DNS server of a kind; what the tests changed in it is put back."""
    if lab is None:
        yield FakeDns()
        return
    async with control_host(lab) as loop:
        real = LabDns(lab, loop)
        try:
            yield real
        finally:
            await real.mend()


class SqlSubject(Protocol):
    """A primary and its standby, and what can be done to the primary."""

    primary: str
    standby: str
    control: str
    sql: reach.Sql
    wrong: reach.Sql
    wrong_password: str

    async def misbehave(self, manner: Serves) -> None:
        """Refuse, be silent, or be busy."""

    async def end_sessions(self) -> None:
        """End the session that hangs, as soon as it does."""


class FakeDatabases:
    """The fake."""

    primary, standby, control, wrong_password = "192.0.2.31", "192.0.2.32", CONTROL_HOST, "wrong-and-secret"

    def __init__(self) -> None:
        """Serve a pair."""
        self.servers = {self.primary: Server(), self.standby: Server(in_recovery=True)}
        self.sql: reach.Sql = FakeSql(self.servers)
        self.wrong: reach.Sql = FakeSql(self.servers, password=self.wrong_password)

    async def misbehave(self, manner: Serves) -> None:
        """See `SqlSubject`."""
        self.servers[self.primary].manner = manner

    async def end_sessions(self) -> None:
        """See `SqlSubject`."""
        self.servers[self.primary].ends.set()


END = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()"


class LabDatabases:
    """The lab's streaming pair."""

    wrong_password = "wrong-and-secret"  # noqa: S105  # nobody's

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop) -> None:
        """Reach it."""
        self._lab, self._loop, self._undo = lab, loop, contextlib.ExitStack()
        self.primary, self.standby, self.control = (lab.address(name) for name in ("r1-db", "r2-db", "ctl"))
        known = credentials.load(lab.identity)
        self.sql = self._block(known)
        self.wrong = self._block(known, observer_password=self.wrong_password, account_password=self.wrong_password)

    def _block(self, known: Credentials, **other: str) -> reach.Sql:
        fields = {**prefect.blocks(known, "")["lab-postgresql"], **other}
        del fields["type"]
        sql: reach.Sql = Inside(self._loop, PostgresqlAccess(**fields))  # type: ignore[assignment]
        return sql

    def _psql(self, text: str) -> str:
        argv = ["psql", "-XqAt", "-d", "config", "-c", text]
        return self._lab.exec("r1-db", argv, "postgres", check=True).stdout

    async def misbehave(self, manner: Serves) -> None:
        """See `SqlSubject`."""
        await asyncio.to_thread(self._misbehave, manner)

    def _misbehave(self, manner: Serves) -> None:
        match manner:
            case Serves.REFUSES:
                self._lab.exec("r1-db", ["iptables", "-I", "INPUT", *CONTROL], check=True)
                self._undo.callback(self._lab.exec, "r1-db", ["iptables", "-D", "INPUT", *CONTROL], check=True)
            case Serves.SILENT:
                self._lab.break_("silent", "r1-db")
                self._undo.callback(self._lab.mend, "silent", "r1-db")
            case _:
                self._psql("alter role gdr_observer connection limit 0; alter role genesys connection limit 0")
                again = "alter role gdr_observer connection limit -1; alter role genesys connection limit -1"
                self._undo.callback(self._psql, again)

    async def end_sessions(self) -> None:
        """See `SqlSubject`."""
        await asyncio.to_thread(wait_until, "a session that hangs", lambda: "t" in self._psql(END), 10)

    async def mend(self) -> None:
        """Undo what was done to the primary."""
        await asyncio.to_thread(self._undo.close)


CONTROL = ("-s", "198.18.0.10/32", "-p", "tcp", "--dport", "5432", "-j", "REJECT", "--reject-with", "tcp-reset")


@contextlib.asynccontextmanager
async def databases(lab: Lab | None) -> AsyncIterator[SqlSubject]:
    """Make a pair of databases of a kind."""
    if lab is None:
        yield FakeDatabases()
        return
    async with control_host(lab) as loop:
        real = LabDatabases(lab, loop)
        try:
            yield real
        finally:
            await real.mend()
