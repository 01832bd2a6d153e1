"""A listening port: sessions, requests answered by verb, notifications to all."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.standins import wire
from lab.standins.wire import Message, Rejection

log = logging.getLogger("standin")

SLOW_BYTES = 1 << 25
"""A peer that lets this much pile up is cut off instead of filling our memory."""

Verb = Callable[["Session", Message], Awaitable[Message]]


@dataclass(eq=False, slots=True)
class Session:
    """One connected client."""

    writer: asyncio.StreamWriter
    peer: str
    name: str = ""

    def send(self, message: Message) -> None:
        """Queue one message without ever waiting for the peer."""
        transport = self.writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > SLOW_BYTES:
            transport.abort()
            return
        self.writer.write(wire.encode(message))


class Server:
    """Answers each request by the function of its verb; a verb it does not know is an error."""

    def __init__(self, verbs: Mapping[str, Verb], *, left: Callable[[Session], None] | None = None) -> None:
        self._verbs = {"ping": _pong, **verbs}
        self._left = left
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.sessions: set[Session] = set()

    async def listen(self, port: int) -> int:
        """Open a TCP port; returns the port, which the kernel chooses for 0."""
        host = os.environ.get("GENESYS_ADDRESS", "0.0.0.0")
        self._server = await asyncio.start_server(self._serve, host, port, limit=wire.LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def listen_unix(self, path: str) -> None:
        """Open a status socket that this user and root may use."""
        listening = socket.socket(socket.AF_UNIX)
        _bind(listening, Path(path))
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=wire.LIMIT)

    def broadcast(self, message: Message) -> None:
        """Notify every session that has a name, that is, registered."""
        for session in self.sessions:
            if session.name:
                session.send(message)

    def drop_all(self) -> None:
        """End all sessions, keep listening."""
        for session in list(self.sessions):
            session.writer.close()

    def close(self) -> None:
        """Stop listening and end all sessions."""
        if self._server is not None:
            self._server.close()
        self.drop_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(writer, _address(writer))
        self.sessions.add(session)
        try:
            await self._converse(reader, session)
        finally:
            self.sessions.discard(session)
            writer.close()
            if self._left is not None:
                self._left(session)

    async def _converse(self, reader: asyncio.StreamReader, session: Session) -> None:
        with contextlib.suppress(OSError, asyncio.LimitOverrunError, ValueError):
            while line := await reader.readline():
                # Each request in its own task: heartbeats must be answered while a write waits,
                # and a write must run to its end although its client has gone.
                task = asyncio.create_task(self._answer(session, line))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _answer(self, session: Session, line: bytes) -> None:
        request: Message = {}
        try:
            request = wire.decode(line)
            verb = self._verbs.get(str(request.get("verb")), _unknown)
            session.send(await verb(session, request))
        except (Rejection, wire.Garbled) as error:
            log.warning("request of %s rejected: %s", session.peer, error)
            outcome = error.outcome if isinstance(error, Rejection) else wire.REFUSED
            session.send(wire.error(request, str(error), outcome))


async def _pong(session: Session, request: Message) -> Message:  # noqa: ARG001
    return wire.answer(request)


async def _unknown(session: Session, request: Message) -> Message:  # noqa: ARG001
    raise Rejection(f"unknown request {request.get('verb')!r}")


def _bind(listening: socket.socket, path: Path) -> None:
    path.unlink(missing_ok=True)  # left behind by a killed process: the lock says that none is alive
    listening.bind(str(path))
    path.chmod(0o660)


def _address(writer: asyncio.StreamWriter) -> str:
    connected: socket.socket = writer.get_extra_info("socket")
    if connected.family == socket.AF_UNIX:
        return "status socket"
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 2), (socket.TCP_KEEPCNT, 3)):
        connected.setsockopt(socket.IPPROTO_TCP, option, value)
    host, port = writer.get_extra_info("peername")[:2]
    return f"{host}:{port}"
