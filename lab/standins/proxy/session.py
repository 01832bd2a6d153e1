"""Configuration Server Proxy: searches the Primary, keeps a copy of the configuration, passes writes on."""

import logging
from collections.abc import Sequence
from pathlib import Path

from lab.standins import daemon, wire
from lab.standins.daemon import Status, StatusSocket
from lab.standins.link import Link, Lost
from lab.standins.memory import apply_event
from lab.standins.names import Found, Masters, Search, read_masters
from lab.standins.options import options, port
from lab.standins.proxy.engine import Proxy
from lab.standins.server import Server, Session
from lab.standins.wire import Message, Rejection

log = logging.getLogger("standin")

USAGE = "proxy -app NAME -f FILE [-port PORT]"
WRITE_S = 8.0
LOAD_S = 10.0


class ConfigurationProxy:
    """One csproxy process."""

    def __init__(self, application: str, masters: Masters, port: int, dbid: int = 0) -> None:
        self.proxy = Proxy()
        self.status = Status("csproxy", application, dbid)
        self.socket = StatusSocket(self.status)
        self.search = Search(masters, application)
        self.clients = Server(
            {"register": self._register, "read": self._read, "write": self._write, "status": self._say}
        )
        self._port = port
        self._master: Link | None = None
        self._early: list[Message] | None = None

    async def run(self) -> None:
        """Come up only with a configuration; then serve it for ever, with or without a master."""
        await self.socket.open()
        try:
            await self._connect()
            await self.clients.listen(self._port)
            log.info("serving on port %d", self._port)
            while True:
                await self._stay_connected()
                await self._connect()
        finally:
            self.clients.close()
            self.socket.close()

    async def _connect(self) -> None:
        while self._master is None:
            self._early = []
            found = await self.search.find(since=self.proxy.since, on_event=self._take_event)
            try:
                await self._take_over(found)
            except (Lost, Rejection) as error:
                log.warning("master %s at %s: %s", found.name, found.address, error)
                found.link.close()

    async def _take_over(self, found: Found) -> None:
        changes = found.answer.get("changes")
        if changes is None:
            self.proxy.memory.load_snapshot(await found.link.request("load", timeout_s=LOAD_S))
        else:
            self.proxy.catch_up(changes, found.answer["version"])
        self._replay()
        self._master, self.proxy.connected = found.link, True
        self.status.facts = {"master": found.address, "version": self.proxy.memory.version}
        log.info("00-04503 connected to confserv at %s (%s)", found.address, found.name)
        self.status.become(self.proxy.status, f"normal mode with {found.address}")

    def _replay(self) -> None:
        """Apply what was notified between registration and the end of the load."""
        early, self._early = self._early or [], None
        for event in early:
            if event["version"] > self.proxy.memory.version:
                apply_event(self.proxy.memory, event)

    async def _stay_connected(self) -> None:
        if self._master is None:
            return
        await self._master.ended.wait()
        self._master, self.proxy.connected = None, False
        self.status.facts = {"version": self.proxy.memory.version}
        log.error("00-04504 connection to confserv lost")
        self.status.become(self.proxy.status, "read-only: no master")

    def _take_event(self, event: Message) -> None:
        if event.get("event") != "change":
            log.warning("unknown event %r", event.get("event"))
        elif self._early is not None:
            self._early.append(event)
        else:
            apply_event(self.proxy.memory, event)
            self.clients.broadcast(event)

    async def _say(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        return wire.answer(request, status=self.status.status, **self.status.facts)

    async def _register(self, session: Session, request: Message) -> Message:
        session.name = wire.text(request, "application")
        return wire.answer(request, version=self.proxy.memory.version)

    async def _read(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        rows = self.proxy.memory.read(wire.text(request, "table"), request.get("where") or {})
        return wire.answer(request, rows=rows, version=self.proxy.memory.version)

    async def _write(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        """Acknowledge only what the master acknowledged."""
        change = self.proxy.require_write(request)
        if (master := self._master) is None:
            raise Rejection("read-only: no master Configuration Server")
        try:
            done = await master.request("write", timeout_s=WRITE_S, **change)
        except Lost as error:
            raise Rejection(f"master lost: {error}", wire.UNKNOWN) from error
        return wire.answer(request, dbid=done["dbid"], version=done["version"])


def main(argv: Sequence[str]) -> int:
    """Run: proxy -app NAME -f FILE -port PORT."""
    asked = options(USAGE, argv, {"-app": None, "-f": None, "-port": "2121"})
    number = port(USAGE, asked["-port"])
    masters = read_masters(Path(asked["-f"]))

    async def body() -> None:
        await ConfigurationProxy(asked["-app"], masters, number).run()

    return daemon.run("csproxy", body)
