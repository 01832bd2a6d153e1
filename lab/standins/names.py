"""The two framework names and the search for the Primary behind them, as proxies and SCS do it."""

import asyncio
import configparser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.standins.link import Link, Lost, ignore, resolve
from lab.standins.wire import Message, Rejection

ATTEMPT_S = 0.5


@dataclass(frozen=True, slots=True)
class Masters:
    """Where the pair of masters is said to be."""

    names: tuple[str, str]
    port: int


def read_masters(path: Path) -> Masters:
    """Read the file that -f names: [primary_configserver] and [backup_configserver]."""
    ini = configparser.ConfigParser(interpolation=None)
    with path.open() as file:
        ini.read_file(file)
    primary, backup = ini["primary_configserver"], ini["backup_configserver"]
    return Masters((primary["host"], backup["host"]), int(primary["port"]))


@dataclass(slots=True)
class Found:
    """A master that accepted us."""

    link: Link
    name: str
    address: str
    answer: Message


class Search:
    """Try the two names in turn, one attempt each half second.

    A cycle is one attempt at each name. Both are resolved when it starts, through this host's resolver and
    whatever that one caches, and not again within it.
    """

    def __init__(self, masters: Masters, application: str) -> None:
        self._masters, self._application = masters, application
        self.last_error = "not tried"

    async def find(self, *, since: int | None = None, on_event: Callable[[Message], None] = ignore) -> Found:
        """Repeat cycles until a Primary accepts the registration."""
        loop = asyncio.get_running_loop()
        while True:
            for name, address in await self._resolve_both():
                next_at = loop.time() + ATTEMPT_S
                if (found := await self._register(name, address, since, on_event)) is not None:
                    return found
                await asyncio.sleep(max(0.0, next_at - loop.time()))

    async def _resolve_both(self) -> list[tuple[str, str | None]]:
        found = await asyncio.gather(*(resolve(name) for name in self._masters.names), return_exceptions=True)
        failed = [answer for answer in found if isinstance(answer, BaseException)]
        self.last_error = str(failed[0]) if failed else self.last_error
        answers = [answer if isinstance(answer, str) else None for answer in found]
        return list(zip(self._masters.names, answers, strict=True))

    async def _register(
        self, name: str, address: str | None, since: int | None, on_event: Callable[[Message], None]
    ) -> Found | None:
        if address is None:
            return None
        try:
            link = await Link.open(address, self._masters.port, timeout_s=ATTEMPT_S, on_event=on_event)
        except Lost as error:
            self.last_error = str(error)
            return None
        try:
            asked = {"application": self._application, "since": since}
            answer = await link.request("register", timeout_s=1.0, **asked)
        except (Lost, Rejection) as error:
            link.close()
            self.last_error = str(error)
            return None
        return Found(link, name, address, answer)
