"""Local Control Agent: port 4999; starts units as its own children, past systemd."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Sequence

from lab.standins import daemon, wire
from lab.standins.daemon import RUNNING, STOPPED, Status, StatusSocket
from lab.standins.lca.engine import Host, Unit
from lab.standins.link import Link, Lost
from lab.standins.options import port
from lab.standins.server import Server, Session
from lab.standins.wire import Message, Rejection

log = logging.getLogger("standin")

POLL_S = 0.5
STOP_S = 5.0
SWITCH_S = 5.0
NOT_OURS = {"lca", "scs"}
"""Not started and not judged by the Management Layer: they are it."""


class LocalControlAgent:
    """The agent of one host."""

    def __init__(self, port: int) -> None:
        self.host = Host()
        self.status = Status("lca", "lca", 0)
        self.socket = StatusSocket(self.status)
        self.controllers = Server(
            {
                "register": self._register,
                "units": self._units,
                "start": self._start,
                "stop": self._stop,
                "mode": self._mode,
            }
        )
        self._port = port
        self._reported: list[Message] = []
        self._links: dict[str, Link] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    async def run(self) -> None:
        """Serve and watch until cancelled; children stay, as they do with the vendor's agent."""
        await self.controllers.listen(self._port)
        await self.socket.open()
        self.status.become(RUNNING, f"port {self._port}")
        try:
            while True:
                await self.look()
                await asyncio.sleep(POLL_S)
        finally:
            self.controllers.close()
            self.socket.close()

    async def look(self) -> None:
        """Ask every unit's status socket, and tell SCS what changed."""
        found = {path.parent.name for path in daemon.home().glob("*/run.sh")}
        self.host.know(sorted(found - NOT_OURS))
        self._reap()
        await asyncio.gather(*(self._ask(unit) for unit in self.host.units.values()))
        self._report()

    def _report(self) -> None:
        report = self.host.report()
        if report != self._reported:
            self._reported = report
            log.info("units: %s", ", ".join(f"{u['unit']} {u['status']} {u['runmode'] or ''}" for u in report))
            self.controllers.broadcast({"event": "units", "units": report})

    async def _ask(self, unit: Unit) -> None:
        try:
            link = await self._socket_of(unit)
        except Lost:
            return unit.miss(gone=True)
        try:
            return unit.hear(await link.request("status", timeout_s=1.0))
        except (Lost, Rejection):
            gone = link.ended.is_set()
            link.close()
            return unit.miss(gone=gone)

    async def _socket_of(self, unit: Unit) -> Link:
        """Keep one connection per unit: its end tells at once that the process is gone."""
        link = self._links.get(unit.name)
        if link is None or link.ended.is_set():
            link = await Link.open_unix(str(daemon.run_directory() / f"{unit.name}.sock"))
            self._links[unit.name] = link
        return link

    async def _register(self, session: Session, request: Message) -> Message:
        session.name = wire.text(request, "application")
        log.info("SCS %s connected from %s", session.name, session.peer)
        return wire.answer(request, units=self.host.report())

    async def _units(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        return wire.answer(request, units=self.host.report())

    async def _start(self, session: Session, request: Message) -> Message:
        unit = self.host.startable(wire.text(request, "unit"))
        child = _spawn(unit.name)
        unit.child = child.pid
        self._children[unit.name] = child
        log.info("%s asked to start %s: pid %d", session.name or session.peer, unit.name, child.pid)
        self._report()
        return wire.answer(request, pid=child.pid)

    def _reap(self) -> None:
        for name, child in list(self._children.items()):
            if (code := child.poll()) is not None:
                log.info("%s: pid %d ended with %d", name, child.pid, code)
                del self._children[name]
                self.host.unit(name).child = None

    async def _stop(self, session: Session, request: Message) -> Message:
        unit = self.host.unit(wire.text(request, "unit"))
        pid = unit.as_message()["pid"]
        if pid is None:
            return wire.answer(request, status=STOPPED)
        log.info("%s asked to stop %s: pid %d", session.name or session.peer, unit.name, pid)
        await self._end(unit, pid)
        return wire.answer(request, status=unit.status)

    async def _end(self, unit: Unit, pid: int) -> None:
        loop = asyncio.get_running_loop()
        kill_at = loop.time() + STOP_S
        _signal(pid, signal.SIGTERM)
        while unit.status != STOPPED:
            if loop.time() > kill_at:
                _signal(pid, signal.SIGKILL)
            await asyncio.sleep(POLL_S / 5)
            self._reap()
            await self._ask(unit)
        self._report()

    async def _mode(self, session: Session, request: Message) -> Message:
        unit, mode = self.host.unit(wire.text(request, "unit")), wire.text(request, "mode")
        log.info("%s asked to switch %s to %s", session.name or session.peer, unit.name, mode)
        try:
            link = await self._socket_of(unit)
            done = await link.request("mode", mode=mode, timeout_s=SWITCH_S)
        except Lost as error:
            raise Rejection(f"{unit.name}: {error}", wire.UNKNOWN) from error
        await self._ask(unit)
        self._report()
        return wire.answer(request, runmode=done.get("runmode"))


def _spawn(unit: str) -> subprocess.Popen[bytes]:
    """Run run.sh. Not by asyncio, which kills children when its loop ends: the vendor's agent leaves them."""
    script, nothing = daemon.home() / unit / "run.sh", subprocess.DEVNULL
    with (daemon.log_directory() / f"{unit}.out").open("a") as out:
        return subprocess.Popen([script], stdin=nothing, stdout=out, stderr=out, start_new_session=True)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(pid) == pid:  # ours: run.sh may still be waiting for the guard, a child of its own
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def main(argv: Sequence[str]) -> int:
    """Run: lca PORT."""
    number = port("lca [PORT]", *(argv or ("4999",)))

    async def body() -> None:
        await LocalControlAgent(number).run()

    return daemon.run("lca", body)
