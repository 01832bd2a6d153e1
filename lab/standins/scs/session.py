"""Solution Control Server: main decides for the framework pair, site holds a connection to the master."""

import asyncio
import configparser
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.standins import daemon, wire
from lab.standins.daemon import RUNNING, Status, StatusSocket
from lab.standins.link import Link, Lost
from lab.standins.names import Masters, Search, read_masters
from lab.standins.options import options
from lab.standins.scs.engine import Action, Pair, Start, log_line
from lab.standins.server import Server, Session
from lab.standins.wire import Message, Rejection

log = logging.getLogger("standin")

MAIN = "MAIN"
TICK_S = 0.5
RETRY_S = 0.5
PEER_LOST_AFTER_S = 2.0
ASK_S = 7.0


@dataclass(frozen=True, slots=True)
class Settings:
    """One scs.conf: [general] and the two masters that -f must name; `agent` is a site's own host."""

    application: str
    rights: str
    rank: str
    port: int
    lca_port: int
    masters: Masters
    agent: str = ""


def read_settings(path: Path) -> Settings:
    """Read scs.conf."""
    ini = configparser.ConfigParser(interpolation=None)
    with path.open() as file:
        ini.read_file(file)
    general = ini["general"]
    return Settings(
        application=general["application"],
        rights=general["distributed_rights"],
        rank=general["rank"],
        port=int(general["port"]),
        lca_port=int(general["lca-port"]),
        masters=read_masters(path),
        agent=general.get("agent", ""),
    )


class SolutionControlServer:
    """One SCS process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        names = settings.masters.names if settings.rights == MAIN else tuple(filter(None, (settings.agent,)))
        self.pair = Pair(names, now=asyncio.get_running_loop().time(), repairs=settings.rights == MAIN)
        self.status = Status("scs", settings.application, 0)
        self.socket = StatusSocket(self.status)
        self.clients = Server({"applications": self._applications, "start": self._start, "stop": self._stop})
        self._agents: dict[str, Link] = {}
        self._peer_lost_at = asyncio.get_running_loop().time()
        self._peer_connected = False
        self._master = ""
        self._wake = asyncio.Event()
        self._asking: set[asyncio.Task[None]] = set()

    @property
    def main(self) -> bool:
        """Whether this one owns the framework applications."""
        return self.settings.rights == MAIN

    @property
    def acting(self) -> bool:
        """The one of the framework's primary host acts; the other only while that one is unreachable."""
        if not self.main:
            return bool(self.settings.agent)
        lost_s = asyncio.get_running_loop().time() - self._peer_lost_at
        return self.settings.rank == "primary" or (not self._peer_connected and lost_s > PEER_LOST_AFTER_S)

    async def run(self) -> None:
        """Serve until cancelled."""
        await self.clients.listen(self.settings.port)
        await self.socket.open()
        self.status.become(RUNNING, f"distributed_rights={self.settings.rights}, rank {self.settings.rank}")
        try:
            await asyncio.gather(*self._duties())
        finally:
            self.clients.close()
            self.socket.close()

    def _duties(self) -> "list[asyncio.Task[None]]":
        duties = [self._keep_master()]
        duties += [self._keep_agent(name) for name in self.pair.hosts]
        duties += [self._decide_for_ever()] if self.pair.hosts else []
        duties += [self._keep_peer()] if self.main else []
        return [asyncio.create_task(duty) for duty in duties]

    def _show(self) -> None:
        facts = {"acting": self.acting, "master": self._master or None}
        if facts != self.status.facts:
            log.info("acting %s, master Configuration Server %s", self.acting, self._master or "not connected")
            self.status.facts = facts

    # Connections

    async def _keep_master(self) -> None:
        search = Search(self.settings.masters, self.settings.application)
        while True:
            found = await search.find()
            self._master = found.address
            self._show()
            await self._learn(found.link)
            await found.link.ended.wait()
            self._master = ""
            self._show()

    async def _learn(self, master: Link) -> None:
        """Read what is to start by itself; a master that is busy is asked again."""
        while self.pair.hosts and not master.ended.is_set():
            try:
                self.pair.autostart = await _read_autostart(master)
            except (Lost, Rejection) as error:
                log.warning("what starts by itself is not known yet: %s", error)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _keep_agent(self, name: str) -> None:
        while True:
            with contextlib.suppress(Lost, Rejection):
                await self._hold_agent(name)
            self._agents.pop(name, None)
            self.pair.lose(name, now=asyncio.get_running_loop().time())
            await asyncio.sleep(RETRY_S)

    async def _hold_agent(self, name: str) -> None:
        loop = asyncio.get_running_loop()

        def take(event: Message) -> None:
            self.pair.hear(name, event["units"], now=loop.time())
            self._wake.set()

        link = await Link.open(name, self.settings.lca_port, on_event=take)
        try:
            take(await link.request("register", application=self.settings.application))
            self._agents[name] = link
            log.info("00-04503 connected to lca at %s", name)
            await link.ended.wait()
            log.error("00-04504 connection to lca at %s lost", name)
        finally:
            link.close()

    async def _keep_peer(self) -> None:
        other = self.settings.masters.names[1 if self.settings.rank == "primary" else 0]
        while True:
            with contextlib.suppress(Lost):
                link = await Link.open(other, self.settings.port)
                self._peer_connected = True
                await link.ended.wait()
            if self._peer_connected:
                self._peer_connected, self._peer_lost_at = False, asyncio.get_running_loop().time()
            await asyncio.sleep(RETRY_S)

    # Decisions

    async def _decide_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            self._wake.clear()
            self._show()
            for action in self.pair.decide(now=loop.time(), acting=self.acting):
                task = asyncio.create_task(self._act(action))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)

    async def _act(self, action: Action) -> None:
        log.warning("%s", log_line(action))
        try:
            link = self._agent(action.host)
            if isinstance(action, Start):
                await link.request("start", unit=action.unit, timeout_s=ASK_S)
            else:
                await link.request("mode", unit="confserv", mode=action.mode, timeout_s=ASK_S)
        except (Lost, Rejection) as error:
            log.warning("%s: %s", action, error)

    def _agent(self, host: str) -> Link:
        if host not in self._agents:
            raise Rejection(f"{host}: no connection to its agent")
        return self._agents[host]

    # Requests

    async def _applications(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        seen = [
            {"host": name, "unit": unit_name, "status": unit.status, "runmode": unit.runmode}
            for name, host in self.pair.hosts.items()
            for unit_name, unit in host.units.items()
        ]
        return wire.answer(request, applications=seen, **self.status.facts)

    async def _start(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        host, unit = self._addressed(request)
        await self._relay(host, "start", unit)
        return wire.answer(request)

    async def _stop(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        host, unit = self._addressed(request)
        self.pair.stop_asked(host, unit)
        await self._relay(host, "stop", unit)
        return wire.answer(request)

    def _addressed(self, request: Message) -> tuple[str, str]:
        host, unit = wire.text(request, "host"), wire.text(request, "unit")
        if host not in self.pair.hosts:
            raise Rejection(f"unknown host {host!r}")
        return host, unit

    async def _relay(self, host: str, verb: str, unit: str) -> None:
        try:
            await self._agent(host).request(verb, unit=unit, timeout_s=ASK_S)
        except Lost as error:
            raise Rejection(f"{host}: {error}", wire.UNKNOWN) from error


async def _read_autostart(master: Link) -> frozenset[str]:
    """Ask the master which applications have `[sml] autostart=true` in their annex."""
    where = {"section": "sml", "opt": "autostart", "val": "true"}
    annex = (await master.request("read", table="cfg_flex_prop", where=where))["rows"]
    applications = (await master.request("read", table="cfg_application"))["rows"]
    wanted = {row["object_dbid"] for row in annex}
    return frozenset(row["name"] for row in applications if row["dbid"] in wanted)


def main(argv: Sequence[str]) -> int:
    """Run: scs -f FILE."""
    settings = read_settings(Path(options("scs -f FILE", argv, {"-f": None})["-f"]))

    async def body() -> None:
        await SolutionControlServer(settings).run()

    return daemon.run("scs", body)
