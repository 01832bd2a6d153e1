"""A client's connection: pairs answers with requests, hands out events, notices a peer gone silent."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Callable
from typing import Any, Self

from lab.standins import wire
from lab.standins.wire import Message, Rejection

BEAT_S = 0.5
SILENT_S = 1.8
"""Two seconds at most until a dead peer is noticed, as with ADDP and its shortest settings."""


class Lost(ConnectionError):
    """The peer cannot be reached, or went away: what was asked and not answered has an unknown outcome."""


def ignore(event: Message) -> None:
    """Drop events nobody asked for."""


class Link:
    """One connection to another daemon, with a heartbeat."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_event: Callable[[Message], None]
    ) -> None:
        self._reader, self._writer, self._on_event = reader, writer, on_event
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._ids = itertools.count(1)
        self._heard = asyncio.get_running_loop().time()
        self.ended = asyncio.Event()
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._beat())]

    @classmethod
    async def open(
        cls, host: str, port: int, *, timeout_s: float = 1.0, on_event: Callable[[Message], None] = ignore
    ) -> Self:
        """Connect by TCP."""
        opening = asyncio.open_connection(host, port, limit=wire.LIMIT)
        return cls(*await _within(timeout_s, opening, f"{host}:{port}"), on_event)

    @classmethod
    async def open_unix(cls, path: str, *, timeout_s: float = 0.5) -> Self:
        """Connect to a status socket of this host."""
        opening = asyncio.open_unix_connection(path, limit=wire.LIMIT)
        return cls(*await _within(timeout_s, opening, path), ignore)

    async def request(self, verb: str, *, timeout_s: float = 3.0, **fields: Any) -> Message:
        """Ask and wait for the answer. Python 3.11's wait_for would lose a cancellation that comes with it.

        Raises:
            Rejection: The peer answered with an error.
            Lost: No answer came.
        """
        answer = await self._exchange({"verb": verb, **fields}, timeout_s)
        if "error" in answer:
            raise Rejection(str(answer["error"]), str(answer.get("outcome", wire.REFUSED)))
        return answer

    async def _exchange(self, message: Message, timeout_s: float) -> Message:
        if self.ended.is_set():
            raise Lost("connection is closed")
        number = next(self._ids)
        waiting: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        self._writer.write(wire.encode({"id": number, **message}))
        try:
            async with asyncio.timeout(timeout_s):
                return await waiting
        except TimeoutError as error:
            raise Lost(f"{message['verb']}: no answer within {timeout_s} s") from error
        finally:
            self._waiting.pop(number, None)

    async def _receive(self) -> None:
        try:
            with contextlib.suppress(OSError, wire.Garbled, asyncio.LimitOverrunError, ValueError):
                while line := await self._reader.readline():
                    self._heard = asyncio.get_running_loop().time()
                    self._take(wire.decode(line))
        finally:
            self.close()

    def _take(self, message: Message) -> None:
        if "event" in message:
            self._on_event(message)
            return
        waiting = self._waiting.get(message.get("id") or 0)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._heard < SILENT_S:
            self._writer.write(wire.encode({"id": 0, "verb": "ping"}))
            await asyncio.sleep(BEAT_S)
        self.close()

    def close(self) -> None:
        """End the connection at once, without waiting for a peer that may be dead."""
        if self.ended.is_set():
            return
        self.ended.set()
        self._writer.transport.abort()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Lost("connection lost before the answer"))
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _within(timeout_s: float, opening: Any, where: str) -> Streams:
    try:
        async with asyncio.timeout(timeout_s):
            streams: Streams = await opening
    except (OSError, TimeoutError) as error:
        raise Lost(f"{where}: {error or 'no answer'}") from error
    return streams


async def resolve(name: str, *, timeout_s: float = 2.0) -> str:
    """Ask this host's resolver, hosts file included, for one IPv4 address."""
    asking = asyncio.get_running_loop().getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(timeout_s):
            found = await asking
    except (OSError, TimeoutError) as error:
        raise Lost(f"{name}: no address: {error or 'no answer'}") from error
    return str(found[0][4][0])
