"""The stand-ins over loopback sockets, with a dictionary for a database."""

import asyncio
import contextlib
import json
import socket

import asyncpg
import pytest

from lab.standins.confserv.database import DatabaseLost, PostgreSQL
from lab.standins.confserv.engine import Settings
from lab.standins.confserv.session import ConfigurationServer
from lab.standins.lca.session import LocalControlAgent
from lab.standins.link import Link, Lost
from lab.standins.message_server.session import MessageServer
from lab.standins.names import Masters
from lab.standins.proxy.session import ConfigurationProxy
from lab.standins.wire import Rejection

PRIMARY_HOST, BACKUP_HOST, PROXY_HOST = "127.0.0.31", "127.0.0.32", "127.0.0.33"
PERSON = {"op": "insert", "table": "cfg_person", "row": {"tenant_dbid": 1, "user_name": "agent1"}}


class FakeDatabase:
    """A database that can be read-only, away, or silent."""

    def __init__(self):
        self.read_only = self.away = self.hangs = False
        self.committed = []
        self.session_name = None

    async def connect(self, session_name):
        if self.away:
            raise DatabaseLost("away")
        self.session_name = session_name

    async def name(self, session_name):
        self.session_name = session_name

    async def load(self):
        return {"cfg_locale": [{"dbid": 1, "name": "English (US)"}]}, len(self.committed), []

    async def writable(self):
        if self.away:
            raise DatabaseLost("away")
        return not self.read_only

    async def write(self, change):
        if self.hangs:
            raise Rejection("database: no answer", "unknown")
        self.committed.append(change)
        return len(self.committed)

    def drop(self):
        self.session_name = None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


async def until(condition, *, within_s=8.0):
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - daemons have no test hooks
            await asyncio.sleep(0.02)


class World:
    """Daemons of several hosts in one process: each is made with its own address and run directory."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        self.port, self.ha_port, self.proxy_port = free_port(), free_port(), free_port()
        self.tasks = []

    def on(self, host):
        place = self.folder / host
        place.mkdir(exist_ok=True)
        self.monkeypatch.setenv("GENESYS_ADDRESS", host)
        self.monkeypatch.setenv("GENESYS_RUN", str(place))
        self.monkeypatch.setenv("GENESYS_LOG", str(place))
        self.monkeypatch.setenv("GENESYS_HOME", str(place))
        return place

    async def start(self, daemon):
        task = asyncio.create_task(daemon.run())
        self.tasks.append(task)
        await asyncio.sleep(0.05)
        return task

    async def confserv(self, section):
        host, peer = (PRIMARY_HOST, BACKUP_HOST) if section == "confserv" else (BACKUP_HOST, PRIMARY_HOST)
        self.on(host)
        settings = Settings(section, self.port, self.ha_port, peer, "db", 5432, "config", "genesys", "")
        server = ConfigurationServer(settings, FakeDatabase())
        task = await self.start(server)
        await until(lambda: server.status.status == "Running" and server.status.runmode)
        return server, task

    async def proxy(self):
        self.on(PROXY_HOST)
        masters = Masters((PRIMARY_HOST, BACKUP_HOST), self.port)
        proxy = ConfigurationProxy("csproxy", masters, self.proxy_port)
        await self.start(proxy)
        return proxy

    async def end(self, task):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def world(tmp_path, monkeypatch):
    made = World(tmp_path, monkeypatch)
    yield made
    for task in made.tasks:
        await made.end(task)


@contextlib.asynccontextmanager
async def client(host, port):
    link = await Link.open(host, port)
    try:
        yield link
    finally:
        link.close()


async def test_an_unknown_request_is_never_answered_with_ok(world):
    await world.confserv("confserv")
    async with client(PRIMARY_HOST, world.port) as link:
        with pytest.raises(Rejection, match="unknown request 'drop'"):
            await link.request("drop")


async def test_a_line_that_is_no_message_is_answered_with_an_error(world):
    await world.confserv("confserv")
    reader, writer = await asyncio.open_connection(PRIMARY_HOST, world.port)
    writer.write(b"OK?\n")
    assert "error" in json.loads(await reader.readline())
    writer.close()


async def test_a_backup_listens_but_refuses_clients(world):
    await world.confserv("confserv_b")
    async with client(BACKUP_HOST, world.port) as link:
        with pytest.raises(Rejection, match="Backup"):
            await link.request("register", application="gax")


async def test_a_write_is_in_the_database_the_primary_the_backup_and_the_proxy(world):
    primary, _ = await world.confserv("confserv")
    backup, _ = await world.confserv("confserv_b")
    await until(lambda: any(session.name for session in primary.followers.sessions))
    proxy = await world.proxy()
    await until(lambda: proxy.status.status == "Running")
    async with client(PROXY_HOST, world.proxy_port) as link:
        done = await link.request("write", **PERSON)
    assert done["version"] == len(primary.database.committed) == 1
    await until(lambda: all(1 in held.tables["cfg_person"] for held in (backup.memory, proxy.proxy.memory)))
    assert backup.database.committed == []


async def test_without_master_a_proxy_serves_reads_and_refuses_writes(world):
    _, task = await world.confserv("confserv")
    proxy = await world.proxy()
    await until(lambda: proxy.status.status == "Running")
    await world.end(task)
    await until(lambda: proxy.status.status == "Service Unavailable")
    async with client(PROXY_HOST, world.proxy_port) as link:
        assert (await link.request("read", table="cfg_locale"))["rows"]
        with pytest.raises(Rejection, match="read-only"):
            await link.request("write", **PERSON)


async def test_a_proxy_started_without_master_does_not_come_up(world):
    proxy = await world.proxy()
    assert proxy.status.status == "Initializing"
    with pytest.raises(Lost):
        await Link.open(PROXY_HOST, world.proxy_port)


async def test_a_switched_backup_takes_writes_and_the_proxy_follows(world):
    _, task = await world.confserv("confserv")
    backup, _ = await world.confserv("confserv_b")
    proxy = await world.proxy()
    await until(lambda: proxy.status.status == "Running")
    await world.end(task)
    await backup.switch("Primary")
    await until(lambda: proxy.status.facts.get("master") == BACKUP_HOST)
    await until(lambda: backup.database.session_name == "confserv")
    async with client(PROXY_HOST, world.proxy_port) as link:
        await link.request("write", **PERSON)
    assert len(backup.database.committed) == 1


async def test_a_restarted_primary_finds_its_peer_primary_and_becomes_backup(world):
    backup, _ = await world.confserv("confserv_b")
    await backup.switch("Primary")
    returned, _ = await world.confserv("confserv")
    assert returned.status.runmode == "Backup"


async def test_a_read_only_database_stops_writes_only(world):
    primary, _ = await world.confserv("confserv")
    primary.database.read_only = True
    await until(lambda: primary.status.status == "Service Unavailable")
    async with client(PRIMARY_HOST, world.port) as link:
        await link.request("register", application="gax")
        with pytest.raises(Rejection, match="no writable database"):
            await link.request("write", **PERSON)
    primary.database.read_only = False
    await until(lambda: primary.status.status == "Running")


async def test_a_statement_that_hangs_is_not_acknowledged_and_not_remembered(world):
    primary, _ = await world.confserv("confserv")
    primary.database.hangs = True
    async with client(PRIMARY_HOST, world.port) as link:
        with pytest.raises(Rejection, match="no answer") as caught:
            await link.request("write", **PERSON)
    assert caught.value.outcome == "unknown"
    assert primary.memory.tables["cfg_person"] == {}


async def test_a_backup_of_which_one_duty_ends_ends_whole(world):
    """Half a server would listen no more, and stay: systemd starts only again what has ended."""
    await world.confserv("confserv")
    backup, task = await world.confserv("backup")
    await until(lambda: backup.memory.loaded)

    async def fails():
        raise LookupError("nobody expects this")

    backup.database.writable = fails
    with pytest.raises(ExceptionGroup, match="TaskGroup"):
        await asyncio.wait_for(asyncio.shield(task), 8)
    world.tasks.remove(task)


async def test_who_is_to_end_ends_although_the_answer_comes_at_that_moment(world):
    await world.confserv("confserv")
    async with client(PRIMARY_HOST, world.port) as link:
        asking = asyncio.create_task(link.request("status"))
        await asyncio.sleep(0)
        (waiting,) = link._waiting.values()
        waiting.set_result({"status": "Running"})
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_tables_that_are_still_being_made_are_no_end(monkeypatch):
    database = PostgreSQL(Settings("confserv", 1, 2, "peer", "db", 5432, "config", "genesys", ""))

    async def has_none(_self):
        raise asyncpg.UndefinedTableError('relation "cfg_person" does not exist')

    monkeypatch.setattr(PostgreSQL, "_load", has_none)
    with pytest.raises(DatabaseLost, match="cfg_person"):
        await database.load()


async def test_a_peer_that_falls_silent_is_noticed_within_two_seconds():
    held = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    link = await Link.open("127.0.0.1", silent.sockets[0].getsockname()[1])
    async with asyncio.timeout(2.5):
        await link.ended.wait()
    silent.close()
    for writer in held:
        writer.close()


async def test_the_agent_sees_switches_starts_and_stops(world):
    server, _ = await world.confserv("confserv_b")
    place = world.on(BACKUP_HOST)
    for name, text in (("confserv", "#!/bin/sh\n"), ("sleeper", "#!/bin/sh\nexec sleep 60\n")):
        script = place / name / "run.sh"
        script.parent.mkdir()
        script.write_text(text)
        script.chmod(0o755)
    port = free_port()
    await world.start(LocalControlAgent(port))
    async with client(BACKUP_HOST, port) as link:
        with pytest.raises(Rejection, match="confserv: Running"):
            await link.request("start", unit="confserv")
        await link.request("mode", unit="confserv", mode="Primary")
        assert server.state.role == "Primary"
        await link.request("start", unit="sleeper")
        units = {unit["unit"]: unit["status"] for unit in (await link.request("units"))["units"]}
        assert units == {"confserv": "Running", "sleeper": "Start Pending"}
        assert (await link.request("stop", unit="sleeper"))["status"] == "Stopped"


async def test_a_message_server_counts_what_it_understands(world):
    port = free_port()
    world.on(PRIMARY_HOST)
    await world.start(MessageServer(port))
    async with client(PRIMARY_HOST, port) as link:
        await link.request("log", text="00-04503")
        with pytest.raises(Rejection):
            await link.request("log", text=5)
        assert (await link.request("count"))["received"] == 1
