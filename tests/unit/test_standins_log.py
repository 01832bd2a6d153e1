"""The log message server of the laboratory: what was acknowledged is counted, what may be lost is written again."""

import asyncio
from pathlib import Path

import pytest

from lab.standins.link import Link
from lab.standins.log_message_server.database import DatabaseLost, LogDatabase, read_settings
from lab.standins.log_message_server.session import LogMessageServer
from lab.standins.scs.engine import RESTART_AFTER_S, Pair, Start

PORT = 17121
UNIT = "log-message-server"


class Memory(LogDatabase):
    """A log database in memory, which may be gone for some writes."""

    def __init__(self, gone: int = 0) -> None:
        self.rows: list[int] = []
        self.gone, self.dropped = gone, False
        self.written = asyncio.Event()

    async def write(self, number: int) -> str:
        if self.gone:
            self.gone -= 1
            raise DatabaseLost("gone")
        self.rows.append(number)
        self.written.set()
        return "198.18.1.31"

    def drop(self) -> None:
        self.dropped = True


@pytest.fixture
def run_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("GENESYS_RUN", str(tmp_path))
    return tmp_path / "acknowledged"


async def until_rows(database: Memory, count: int) -> None:
    async with asyncio.timeout(10):
        while len(database.rows) < count:
            await database.written.wait()
            database.written.clear()


async def test_what_a_client_says_is_a_row_and_is_noted(run_folder: Path) -> None:
    database = Memory()
    server = LogMessageServer(PORT, database, run_folder)
    running = asyncio.create_task(server.run())
    await until_rows(database, 1)
    link = await Link.open("127.0.0.1", PORT)
    await link.request("log", text="something happened")
    await until_rows(database, 2)
    link.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (database.rows[:2], database.dropped) == ([1, 2], True)
    again = LogMessageServer(PORT, database, run_folder)
    assert again.acknowledged == len(database.rows)


async def test_a_lost_database_is_tried_again_with_the_same_row(run_folder: Path) -> None:
    database = Memory(gone=1)
    server = LogMessageServer(PORT, database, run_folder)
    running = asyncio.create_task(server.run())
    await until_rows(database, 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert database.rows[0] == 1


async def test_nobody_at_the_name_is_a_lost_database(tmp_path: Path) -> None:
    pytest.importorskip("asyncpg")
    file = tmp_path / "log.conf"
    said = {"host": "h", "dbserver": "127.0.0.1", "dbport": "1", "dbname": "logs", "username": "u", "password": "p"}
    lines = [f"{key}={value}" for key, value in (said | {"table": "t", "column": "c", "at": "a"}).items()]
    file.write_text("\n".join(["[log]", *lines]))
    settings = read_settings(file)
    assert (settings.dbport, settings.column) == (1, "c")
    with pytest.raises(DatabaseLost, match=r"127\.0\.0\.1:1: "):
        await LogDatabase(settings).write(1)


def test_a_sites_own_server_starts_what_is_to_start_by_itself_and_repairs_nothing_else() -> None:
    pair = Pair(("127.0.0.1",), now=0, repairs=False)
    pair.autostart = frozenset({UNIT})
    both = [{"unit": name, "status": "Running", "runmode": None} for name in (UNIT, "csproxy")]
    pair.hear("127.0.0.1", both, now=0)
    pair.hear("127.0.0.1", [{**unit, "status": "Stopped"} for unit in both], now=1)
    assert pair.decide(now=1 + RESTART_AFTER_S, acting=True) == [Start("127.0.0.1", UNIT)]
