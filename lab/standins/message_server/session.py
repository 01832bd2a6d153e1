"""Message Server: accepts log messages and counts them."""

import asyncio
from collections.abc import Sequence

from lab.standins import daemon, wire
from lab.standins.daemon import RUNNING, Status, StatusSocket
from lab.standins.options import options, port
from lab.standins.server import Server, Session
from lab.standins.wire import Message

USAGE = "message_server [-port PORT]"


class MessageServer:
    """One message-server process."""

    def __init__(self, port: int) -> None:
        self.status = Status("message-server", "message_server", 110)
        self.socket = StatusSocket(self.status)
        self.received = 0
        self.clients = Server({"log": self._log, "count": self._count})
        self._port = port

    async def run(self) -> None:
        """Serve until cancelled."""
        await self.clients.listen(self._port)
        await self.socket.open()
        self.status.become(RUNNING, f"port {self._port}")
        try:
            await asyncio.Event().wait()
        finally:
            self.clients.close()
            self.socket.close()

    async def _log(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        wire.text(request, "text")
        self.received += 1
        return wire.answer(request)

    async def _count(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        return wire.answer(request, received=self.received)


def main(argv: Sequence[str]) -> int:
    """Run: message_server -port PORT."""
    number = port(USAGE, options(USAGE, argv, {"-port": "7120"})["-port"])

    async def body() -> None:
        await MessageServer(number).run()

    return daemon.run("message-server", body)
