"""Write through the proxies all the time (`run`, the default), or judge a ledger (`verify`)."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import TextIO

from lab.standins import wire
from lab.standins.client.engine import ACKNOWLEDGED, SECTION, Entry, read_ledger, verify
from lab.standins.link import Link, Lost
from lab.standins.wire import Rejection

WRITE_S = 3.0
DSN_S = 10.0
Address = tuple[str, int]


class Client:
    """One configuration client; round robin over the proxies that accept a connection."""

    def __init__(self, proxies: Sequence[Address], ledger: TextIO, *, every_s: float) -> None:
        self._proxies, self._ledger, self._every_s = proxies, ledger, every_s
        self._links: dict[Address, Link] = {}

    async def run(self) -> None:
        """Write until cancelled."""
        loop = asyncio.get_running_loop()
        for number, proxy in enumerate(cycle(self._proxies)):
            next_at = loop.time() + self._every_s
            link = await self._link(proxy)
            if link is not None:
                await self._write(proxy, link)
            elif number % len(self._proxies):
                continue
            await asyncio.sleep(max(0.0, next_at - loop.time()))

    async def _link(self, proxy: Address) -> Link | None:
        link = self._links.get(proxy)
        if link is not None and not link.ended.is_set():
            return link
        try:
            link = await Link.open(*proxy, timeout_s=0.5)
        except Lost:
            return None
        self._links[proxy] = link
        return link

    async def _write(self, proxy: Address, link: Link) -> None:
        number = uuid.uuid4().hex
        row = {"object_dbid": 1, "object_type": 0, "section": SECTION, "opt": number, "val": str(time.time())}
        try:
            await link.request("write", op="insert", table="cfg_flex_prop", row=row, timeout_s=WRITE_S)
        except Rejection as error:
            self._note(number, proxy, error.outcome, str(error))
        except Lost as error:
            link.close()  # a late answer must not reach anybody
            self._note(number, proxy, wire.UNKNOWN, str(error))
        else:
            self._note(number, proxy, ACKNOWLEDGED)

    def _note(self, number: str, proxy: Address, outcome: str, why: str = "") -> None:
        entry = Entry(number, time.time(), f"{proxy[0]}:{proxy[1]}", outcome, why)
        self._ledger.write(entry.as_line() + "\n")
        self._ledger.flush()


def addresses(listed: str) -> list[Address]:
    """Read a:2121,b:2121."""
    pairs = [item.rpartition(":") for item in listed.split(",")]
    return [(host, int(port)) for host, _, port in pairs]


def _run(asked: argparse.Namespace) -> int:
    with Path(asked.ledger).open("a") as ledger:
        client = Client(addresses(asked.proxies), ledger, every_s=asked.every)
        asyncio.run(_until_signal(client, asked.seconds))
    return 0


async def _until_signal(client: Client, seconds: float | None) -> None:
    task = asyncio.ensure_future(client.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(task, seconds)


async def _rows_of(dsn: str) -> list[str]:
    import asyncpg  # noqa: PLC0415 - the lab's hosts load it only where it is needed

    session = await asyncpg.connect(dsn, timeout=DSN_S)
    try:
        found = await session.fetch("SELECT opt FROM cfg_flex_prop WHERE section = $1", SECTION, timeout=DSN_S)
    finally:
        await session.close(timeout=DSN_S)
    return [str(row["opt"]) for row in found]


def _rows_in(file: str) -> Iterator[str]:
    """Read ids from a file or stdin: one a line, the first column of a CSV."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text()
    return (line.split(",")[0].strip().strip('"') for line in text.splitlines() if line.strip())


def _verify(asked: argparse.Namespace) -> int:
    rows = asyncio.run(_rows_of(asked.dsn)) if asked.dsn else _rows_in(asked.rows)
    with Path(asked.ledger).open() as ledger:
        verdict = verify(read_ledger(ledger), rows)
    sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
    return 0


def main(argv: Sequence[str]) -> int:
    """Run: client --proxies A:P,B:P --ledger FILE, or: client verify --ledger FILE --rows FILE|--dsn DSN."""
    parser = argparse.ArgumentParser(prog="client")
    parser.add_argument("verb", nargs="?", choices=("run", "verify"), default="run")
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--proxies", help="host:port,... to write through")
    parser.add_argument("--every", type=float, default=0.2, help="seconds between writes")
    parser.add_argument("--seconds", type=float, help="end after this long")
    parser.add_argument("--rows", help="verify: file of ids found in the database, - for stdin")
    parser.add_argument("--dsn", help="verify: ask this database")
    asked = parser.parse_args(argv)
    if asked.verb == "verify":
        if not asked.dsn and not asked.rows:
            parser.error("verify needs --rows or --dsn")
        return _verify(asked)
    if not asked.proxies:
        parser.error("run needs --proxies")
    return _run(asked)
