"""Log Message Server: accepts log messages, and writes each into the log database until that has taken it.

What the database has acknowledged is noted in `acknowledged`, beside its log: a test compares it with the rows.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from lab.standins import daemon, wire
from lab.standins.daemon import RUNNING, UNAVAILABLE, Status, StatusSocket
from lab.standins.log_message_server.database import DatabaseLost, LogDatabase, read_settings
from lab.standins.options import options, port
from lab.standins.server import Server, Session
from lab.standins.wire import Message

log = logging.getLogger("standin")

UNIT = "log-message-server"
USAGE = "log_message_server -f FILE [-port PORT]"
OWN_S = 1.0
"""How often it has something to say itself."""
AGAIN_S = 0.5


class LogMessageServer:
    """One process."""

    def __init__(self, port: int, database: LogDatabase, note: Path) -> None:
        self.status = Status(UNIT, "log_message_server", 111)
        self.socket = StatusSocket(self.status)
        self.clients = Server({"log": self._log})
        self._port, self._database, self._note = port, database, note
        self._wanted = asyncio.Event()
        self.acknowledged = int(note.read_text()) if note.exists() else 0
        self._asked = self.acknowledged

    async def run(self) -> None:
        """Serve until cancelled."""
        await self.clients.listen(self._port)
        await self.socket.open()
        self.status.become(RUNNING, f"port {self._port}")
        try:
            while True:
                self._asked = max(self._asked, self.acknowledged + 1)
                await self._write_what_is_asked()
                await self._rest()
        finally:
            self._database.drop()
            self.clients.close()
            self.socket.close()

    async def _rest(self) -> None:
        """Wait for a client's message, or until there is something of its own to say."""
        self._wanted.clear()
        try:
            async with asyncio.timeout(OWN_S):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def _write_what_is_asked(self) -> None:
        while self.acknowledged < self._asked:
            try:
                server = await self._database.write(self.acknowledged + 1)
            except DatabaseLost as error:
                self.status.become(UNAVAILABLE, str(error))
                await asyncio.sleep(AGAIN_S)
                continue
            self.acknowledged += 1
            self._note.write_text(f"{self.acknowledged}\n")
            self.status.become(RUNNING, f"{server} takes rows")

    async def _log(self, session: Session, request: Message) -> Message:  # noqa: ARG002
        wire.text(request, "text")
        self._asked += 1
        self._wanted.set()
        return wire.answer(request)


def main(argv: Sequence[str]) -> int:
    """Run: log_message_server -f FILE -port PORT."""
    asked = options(USAGE, argv, {"-f": None, "-port": "7121"})
    number = port(USAGE, asked["-port"])
    database = LogDatabase(read_settings(Path(asked["-f"])))

    async def body() -> None:
        await LogMessageServer(number, database, daemon.log_directory() / f"{UNIT}.acknowledged").run()

    return daemon.run(UNIT, body)
