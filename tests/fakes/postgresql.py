"""PostgreSQL servers in memory: what the product's own statements find there, and ways to misbehave."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from model.errors import Refused, Transient, Unverified
from tasks.dbms.postgresql.statements import statement

HANG = "SELECT pg_sleep(30)"
CONTROL_HOST = "192.0.2.10"
SLOT = {"name": "r2_db", "active": True, "lost": False, "kept": 0}
BACKUP = {"backup": "confserv_b", "enabled": True, "served": "confserv", "differing": "[]"}


class Manner(StrEnum):
    """How a server behaves."""

    WELL = "well"
    REFUSES = "nobody listens"
    SILENT = "nothing answers"
    BUSY = "has no connection left"
    FORGETS = "says OK and commits nothing"


class Died(ConnectionError):
    """The session ended between the statement and its answer."""


@dataclass
class Server:
    """One server.

    Attributes:
        clients: Sessions by address, whatever their account.
        literals: Addresses in the Configuration Database, by table; None where there are no such tables.
        applications: Those that are a backup, and of what.
        ends: Set to end the session that hangs.
    """

    in_recovery: bool = False
    position: int = 1000
    canaries: list[tuple[str, str]] = field(default_factory=list)
    databases: frozenset[str] = frozenset({"config"})
    passwords: dict[str, str] = field(default_factory=dict)
    clients: dict[str, int] = field(default_factory=dict)
    has_canary_table: bool = True
    literals: list[tuple[str, str]] | None = field(default_factory=lambda: [("cfg_flex_prop", "198.18.0.10")])
    applications: list[dict[str, Any]] = field(default_factory=lambda: [dict(BACKUP)])
    manner: Manner = Manner.WELL
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, user: str, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Run a statement, as the server would for this user.

        Raises:
            Refused: PostgreSQL's own word against it.
            Died: The session ended meanwhile.
        """
        if sql == HANG:
            self.clients[CONTROL_HOST] = 1
            await self.ends.wait()
            raise Died
        if sql == statement("position"):
            return [{"in_recovery": self.in_recovery, "bytes": self.position}]
        if sql == statement("observe"):
            return [self._observed()]
        if sql == statement("canaries") and self.has_canary_table:
            return [{"case_id": case} for case in sorted({case for case, _ in self.canaries})]
        if sql == statement("literals") and self.literals is not None:
            return [{"source": table, "address": found, "rows": 1, "first": "2"} for table, found in self.literals]
        if sql == statement("applications") and self.literals is not None:
            return [row for row in self.applications if row["backup"] in values[0]]
        if sql == statement("canary"):
            return self._insert(user, (values[0], values[1]))
        raise Refused("UndefinedTableError: relation does not exist")

    def _observed(self) -> dict[str, Any]:
        return {
            "in_recovery": self.in_recovery,
            "received": self.position,
            "streaming": True,
            "sync_names": "",
            "sessions": json.dumps(self.clients),
            "configuring": json.dumps(sorted(self.clients)),
            "settings": json.dumps({"fsync": "on"}),
            "slots": json.dumps([] if self.in_recovery else [SLOT]),
        }

    def _insert(self, user: str, row: tuple[str, str]) -> list[dict[str, Any]]:
        if user != "genesys":
            raise Refused("InsufficientPrivilegeError: permission denied for table gdr_canary")
        if self.in_recovery:
            raise Refused("ReadOnlySQLTransactionError: cannot execute INSERT in a read-only transaction")
        if self.manner is not Manner.FORGETS and row not in self.canaries:
            self.canaries.append(row)
        return []


class FakeSql:
    """The `Sql` of servers in memory, by address."""

    def __init__(
        self,
        servers: Mapping[str, Server],
        password: str = "right",  # noqa: S107  # the fake's own
        account_password: str = "",
    ) -> None:
        """Reach these servers; both logins have this password, unless the account has another."""
        self.servers = servers
        self.passwords = {"gdr_observer": password, "genesys": account_password or password}

    async def fetch(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Read as the observer."""
        return await self._read(address, port, database, "gdr_observer", sql, values, deadline_s)

    async def fetch_as_account(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Read as the Configuration Server account."""
        return await self._read(address, port, database, "genesys", sql, values, deadline_s)

    async def commit(self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float) -> None:
        """Write as the Configuration Server account."""
        await self._run(address, port, database, "genesys", sql, values, deadline_s)

    async def logins(self) -> dict[str, str]:
        """Return the logins of a new server."""
        passwords = {
            "observer_password": self.passwords["gdr_observer"],
            "account_password": self.passwords["genesys"],
            "replica_password": self.passwords["gdr_observer"],
            "log_password": self.passwords["gdr_observer"],
        }
        return {"observer": "gdr_observer", "account": "genesys", **passwords}

    async def _read(self, address: str, port: int, database: str, user: str, *words: Any) -> list[dict[str, Any]]:
        try:
            return await self._run(address, port, database, user, *words)
        except Unverified as error:
            raise Transient(str(error)) from None

    async def _run(
        self,
        address: str,
        port: int,
        database: str,
        user: str,
        sql: str,
        values: tuple[Any, ...],
        deadline_s: float,
    ) -> list[dict[str, Any]]:
        where, server = f"{address}:{port}", self.servers[address]
        self._require_login(where, server, database, user, deadline_s)
        try:
            return await asyncio.wait_for(server.run(user, sql, values), deadline_s)
        except (TimeoutError, Died) as error:
            raise Unverified(f"{where}: statement sent, no answer: {type(error).__name__}") from None
        except Refused as error:
            raise Refused(f"{where}: {error}") from None

    def _require_login(self, where: str, server: Server, database: str, user: str, deadline_s: float) -> None:
        match server.manner:
            case Manner.REFUSES:
                raise Transient(f"{where}: no connection: ConnectionRefusedError")
            case Manner.SILENT:
                raise Transient(f"{where}: silent for {deadline_s * 0.6:g} s")
            case Manner.BUSY:
                raise Transient(f"{where}: no connection: TooManyConnectionsError")
        if self.passwords[user] != "right":
            raise Refused(f"{where}: login as {user} refused: wrong password in the block, or pg_hba.conf")
        if database not in server.databases:
            raise Refused(f"{where}: InvalidCatalogNameError: database {database!r} does not exist")
