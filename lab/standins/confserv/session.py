"""Configuration Server: ports 2020 (clients) and 2021 (the other of the pair), one database session."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path

from lab.standins import daemon, wire
from lab.standins.confserv import engine
from lab.standins.confserv.database import Database, DatabaseLost, PostgreSQL
from lab.standins.daemon import BACKUP, PRIMARY, Status, StatusSocket
from lab.standins.link import Link, Lost
from lab.standins.memory import Change, Memory, apply_event, change_event, parse_change
from lab.standins.options import options
from lab.standins.server import Server, Session
from lab.standins.wire import Message, Rejection

log = logging.getLogger("standin")

RECONNECT_S = 0.2
CHECK_EVERY_S = 1.0
PEER_S = 1.0
DBIDS = {engine.PRIMARY_SECTION: 99}
BACKUP_DBID = 100


class ConfigurationServer:
    """One process of the pair."""

    def __init__(self, settings: engine.Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.state = engine.Server(BACKUP)
        self.memory = Memory()
        dbid = DBIDS.get(settings.section, BACKUP_DBID)
        self.status = Status("confserv", settings.section, dbid)
        self.clients = Server(
            {
                "register": self._register,
                "load": self._load_all,
                "read": self._read,
                "write": self._write,
                "status": self._say,
            },
            left=self._client_left,
        )
        self.followers = Server({"role": self._role, "follow": self._follow})
        self.socket = StatusSocket(self.status, self.switch)
        self._writing = asyncio.Lock()
        self._connected = False
        self._session_name = ""
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Listen, decide the role, then serve until cancelled."""
        await self.clients.listen(self.settings.port)
        await self.followers.listen(self.settings.ha_port)
        await self._start_role()
        await self.socket.open()
        try:
            async with asyncio.TaskGroup() as duties:
                duties.create_task(self._keep_database())
                duties.create_task(self._keep_following())
        finally:
            self.close()

    def close(self) -> None:
        """Stop answering at once."""
        self.database.drop()
        self.clients.close()
        self.followers.close()
        self.socket.close()

    async def switch(self, role: str) -> None:
        """Take the role SCS gives; a write under way ends first."""
        async with self._writing:
            if role != self.state.role:
                self._take_role(role, "switched by SCS")
        self._wake.set()

    async def _start_role(self) -> None:
        role = engine.first_role(backup=self.settings.backup, peer_role=await self._ask_peer())
        self._take_role(role, f"section {self.settings.section}")

    async def _ask_peer(self) -> str | None:
        try:
            link = await Link.open(self.settings.peer, self.settings.ha_port, timeout_s=PEER_S)
        except Lost as error:
            log.info("peer does not answer: %s", error)
            return None
        try:
            return str((await link.request("role", timeout_s=PEER_S)).get("runmode"))
        except (Lost, Rejection) as error:
            log.info("peer does not say its role: %s", error)
            return None
        finally:
            link.close()

    def _take_role(self, role: str, why: str) -> None:
        log.info("runmode %s -> %s: %s", self.status.runmode, role, why)
        self.state.role = self.status.runmode = role
        if role == BACKUP:
            self.clients.drop_all()
            self.followers.drop_all()
        self._show()

    def _show(self) -> None:
        self.state.loaded = self.memory.loaded
        self.status.become(self.state.status, "database" if self.state.writable else "no writable database")
        self.status.facts = {"version": self.memory.version, "clients": len(self._registered())}

    def _registered(self) -> list[Session]:
        return [session for session in self.clients.sessions if session.name]

    # Database

    async def _keep_database(self) -> None:
        while True:
            wait_s = CHECK_EVERY_S
            try:
                await self._check_database()
            except DatabaseLost as error:
                wait_s = RECONNECT_S
                self._lose_database(str(error))
            self._show()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            self._wake.clear()

    async def _check_database(self) -> None:
        if not self._connected:
            session_name = self.state.session_name
            await self.database.connect(session_name)
            self._connected, self._session_name = True, session_name
            log.info("00-04503 connected to dbserver at %s", self.settings.dbserver)
        # The lock keeps checks off the session while a write uses it: asyncpg runs one statement at a time.
        async with self._writing:
            if not self.memory.loaded:
                await self._load()
            if self._session_name != self.state.session_name:
                await self._rename_session()
            self.state.writable = await self.database.writable()

    async def _load(self) -> None:
        loaded = await self.database.load()
        if not self.memory.loaded:  # meanwhile the Primary may have sent something newer
            self.memory.load(*loaded)
            log.info("configuration loaded, version %d", self.memory.version)

    async def _rename_session(self) -> None:
        """Follow a switched role; a new Primary reads again what a broken HA link may have missed."""
        await self.database.name(self.state.session_name)
        self._session_name = self.state.session_name
        if self.state.role == PRIMARY:
            self.memory.load(*await self.database.load())

    def _lose_database(self, why: str) -> None:
        if self._connected:
            log.error("00-04504 connection to dbserver at %s lost: %s", self.settings.dbserver, why)
        elif not self.memory.loaded:
            log.warning("no configuration yet: %s", why)
        self._connected = self.state.writable = False
        self.database.drop()

    # The pair

    async def _keep_following(self) -> None:
        while True:
            if self.state.role == BACKUP:
                with contextlib.suppress(Lost, Rejection):
                    await self._follow_peer()
            await asyncio.sleep(RECONNECT_S)

    async def _follow_peer(self) -> None:
        link = await Link.open(self.settings.peer, self.settings.ha_port, timeout_s=PEER_S, on_event=self._take_event)
        try:
            self.memory.load_snapshot(await link.request("follow"))
            log.info("following the Primary at %s, version %d", self.settings.peer, self.memory.version)
            while self.state.role == BACKUP and not link.ended.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RECONNECT_S):
                        await link.ended.wait()
            log.info("no longer following the Primary")
        finally:
            link.close()

    def _take_event(self, event: Message) -> None:
        if self.state.role == BACKUP:
            apply_event(self.memory, event)

    async def _role(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        return wire.answer(request, runmode=self.state.role, status=self.state.status)

    async def _follow(self, session: Session, request: Message) -> Message:
        self.state.require_leader()
        session.name = "backup"
        return wire.answer(request, **self.memory.snapshot())

    # Clients

    async def _say(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        return wire.answer(request, status=self.state.status, runmode=self.state.role)

    async def _register(self, session: Session, request: Message) -> Message:
        """Accept a client; one that knows a version gets the changes since, if we still have them."""
        self.state.require_client()
        session.name = wire.text(request, "application")
        log.info("client %s registered from %s", session.name, session.peer)
        since = request.get("since")
        changes = self.memory.since(since) if isinstance(since, int) else None
        return wire.answer(request, runmode=self.state.role, version=self.memory.version, changes=changes)

    def _client_left(self, session: Session) -> None:
        if session.name:
            log.info("client %s at %s disconnected", session.name, session.peer)

    async def _load_all(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        self.state.require_client()
        return wire.answer(request, **self.memory.snapshot())

    async def _read(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        self.state.require_client()
        rows = self.memory.read(wire.text(request, "table"), request.get("where") or {})
        return wire.answer(request, rows=rows, version=self.memory.version)

    async def _write(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        """Database first, then memory, then everybody else, then the answer."""
        change = parse_change(request)
        self.state.require_write()
        async with self._writing:
            self.state.require_write()
            change = self.memory.complete(change)
            version = await self._commit(change)
            self.memory.apply(version, change)
            event = change_event(version, change)
            self.followers.broadcast(event)
            self.clients.broadcast(event)
        return wire.answer(request, dbid=change.row["dbid"], version=version)

    async def _commit(self, change: Change) -> int:
        try:
            return await self.database.write(change)
        except Rejection as error:
            if error.outcome == wire.UNKNOWN:
                self._lose_database(str(error))
                self._show()
            self._wake.set()
            raise


def main(argv: Sequence[str]) -> int:
    """Run: confserv -s SECTION -c FILE."""
    asked = options("confserv [-s SECTION] -c FILE", argv, {"-s": engine.PRIMARY_SECTION, "-c": None})
    settings = engine.read_settings(Path(asked["-c"]), asked["-s"])

    async def body() -> None:
        await ConfigurationServer(settings, PostgreSQL(settings)).run()

    return daemon.run("confserv", body)
