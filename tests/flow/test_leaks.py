"""No secret is written anywhere: canaries are planted in every block, everything fails, and everything is searched."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from prefect import flow
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_HOME

from blocks import reach
from flows.full_failover import full_failover
from gdr.cli import main
from gdr.registration import register
from model.errors import RecoveryError
from tasks.act import observe
from tests.flow.recorders import BEFOREHAND
from tests.unit.gdr.shell import on_loopback

LOCKED, STRANGER, NOBODY = "127.18.1.11", "127.18.1.12", "127.18.2.11"
KEY = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
CANARIES = {
    "key_secret": base64.b64encode(b"canary-tsig-5Kd0").decode(),
    "observer_password": "canary-observer-7Qz1",
    "account_password": "canary-account-9Xw2",
    "private_key": KEY,
}
# What of each secret would be found: a key is found by the middle of its body, whatever breaks its lines.
NEEDLES = {name: secret.splitlines()[2 if "\n" in secret else 0].encode() for name, secret in CANARIES.items()}


class Host(asyncssh.SSHServer):
    """An SSH server that knows no key."""

    def begin_auth(self, username: str) -> bool:
        return bool(username)

    def public_key_auth_supported(self) -> bool:
        return True


@pytest.fixture
async def port() -> AsyncIterator[tuple[int, str]]:
    """Start one server at two addresses; known_hosts has its key for the first and another for the second."""
    key, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    first = await asyncssh.listen(LOCKED, 0, server_factory=Host, server_host_keys=[key])
    number = first.get_port()
    second = await asyncssh.listen(STRANGER, number, server_factory=Host, server_host_keys=[key])
    lines = [f"[{LOCKED}]:{number} {_public(key)}", f"[{STRANGER}]:{number} {_public(other)}"]
    yield number, "\n".join(lines)
    for server in (first, second):
        server.close()
        await server.wait_closed()


def _public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key("openssh").decode().strip()


@pytest.fixture
async def database() -> AsyncIterator[int]:
    """Start a PostgreSQL of a kind: it asks for the password in clear, and calls it wrong, quoting it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4))
        startup = await reader.readexactly(length - 4)
        if startup == (80877103).to_bytes(4):  # asks for TLS
            writer.write(b"N")
            length = int.from_bytes(await reader.readexactly(4))
            await reader.readexactly(length - 4)
        writer.write(b"R" + (8).to_bytes(4) + (3).to_bytes(4))
        await reader.readexactly(1)
        password = await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
        text = b"SFATAL\0C28P01\0M" + b"password is not " + password.rstrip(b"\0") + b"\0\0"
        writer.write(b"E" + (len(text) + 4).to_bytes(4) + text)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(_forgiving(serve), NOBODY, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


def _forgiving(serve: Any) -> Any:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    return served


@pytest.fixture
def planted(port: tuple[int, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    number, known_hosts = port
    ssh = {"type": "ssh-access", "username": "gdr", "port": number, "known_hosts": known_hosts}
    dns = {"type": "dns-server", "key_name": "gdr."}
    sql = {"type": "postgresql-access", "observer": "gdr_observer", "account": "genesys"}
    path = tmp_path / "blocks.yaml"
    path.touch(mode=0o600)
    documents = {"lab-ssh": _with(ssh, "private_key"), "lab-dns": _with(dns, "key_secret")}
    documents["lab-postgresql"] = _with(sql, "observer_password", "account_password")
    path.write_text(json.dumps(documents))
    monkeypatch.setenv("GDR_BLOCKS", str(path))
    for name, value in on_loopback(tmp_path).items():
        monkeypatch.setenv(name, value)
    reach.forget()
    yield
    reach.forget()


def _with(fields: dict[str, Any], *secrets: str) -> dict[str, Any]:
    return fields | {name: CANARIES[name] for name in secrets}


@observe("fail in one way")
async def attempt(what: str, sql_port: int) -> None:
    """Fail in one way, as a task of ours would."""
    shell, names, sql = await reach.shell("lab-ssh"), await reach.names("lab-dns"), await reach.sql("lab-postgresql")
    where = (NOBODY, sql_port, "config", "SELECT 1")
    ways = {
        "login": lambda: shell.act(LOCKED, "true", silent_s=1),
        "stranger": lambda: shell.act(STRANGER, "true", silent_s=1),
        "nobody": lambda: shell.read(NOBODY, "true", silent_s=1, deadline_s=2),
        "observer": lambda: sql.fetch(*where, deadline_s=4),
        "account": lambda: sql.commit(*where, deadline_s=4),
        "no database": lambda: sql.fetch(NOBODY, 1, "config", "SELECT 1", deadline_s=4),
        "no writer": lambda: names.swap(
            NOBODY, 1, "gen.test", "_genesys-dr.gen.test", expected="", text="", addresses={}, ttl_s=0, deadline_s=1
        ),
    }
    get_run_logger().info("%s %s %r %s", shell, names, sql, vars(sql))
    await ways[what]()


impatient: Any = attempt
impatient = impatient.with_options(retries=0)


@flow
async def everything_fails(sql_port: int) -> list[str]:
    found = []
    for what in ("login", "stranger", "nobody", "observer", "account", "no database", "no writer"):
        try:
            await impatient(what, sql_port)
        except RecoveryError as error:
            found.append(f"{what}: {type(error).__name__}: {error}")
    return found


@pytest.mark.usefixtures("planted")
async def test_no_secret_is_written_anywhere(
    database: int,
    server_database: Path,
    state: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await register()
    failures = await everything_fails(database)
    assert len(failures) == 7, failures
    ended: Any = full_failover("lab", "region2", "planned", "a leak test", BEFOREHAND, return_state=True)
    assert (await ended).name == "Refused"
    await asyncio.to_thread(main.run, ["plan", "full-failover", "lab", "--target", "region2", "--mode", "planned"])
    await asyncio.sleep(1)  # logs are sent in batches
    said = capfd.readouterr()
    heap = {
        "output": said.out.encode() + said.err.encode() + caplog.text.encode() + "\n".join(failures).encode(),
        "process arguments": b"".join(path.read_bytes() for path in _arguments()),
        **{str(path): path.read_bytes() for path in _files(server_database.parent, state, PREFECT_HOME.value())},
    }
    assert str(server_database) in heap
    assert b"a leak test" in heap[str(server_database)] + heap.get(f"{server_database}-wal", b"")
    assert [f"{secret} in {where}" for where, text in heap.items() for secret in found(text)] == []


def _files(*folders: Path) -> Iterator[Path]:
    for folder in {path.resolve() for path in folders}:
        yield from (path for path in folder.rglob("*") if path.is_file())


def _arguments() -> Iterator[Path]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            path.read_bytes()
        except OSError:
            continue
        yield path


def found(text: bytes) -> list[str]:
    """Name the secrets in a text, plain or in base64 at any of its three alignments."""
    return [name for name, needle in NEEDLES.items() if any(form in text for form in forms(needle))]


def forms(needle: bytes) -> Iterator[bytes]:
    yield needle
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + needle)
        yield encoded[4 if shift else 0 : -4]


@pytest.mark.parametrize("shift", range(3))
def test_a_canary_is_found_in_base64_too(shift: int) -> None:
    for name, needle in NEEDLES.items():
        assert found(b"x" * 7 + needle) == [name]
        assert found(base64.b64encode(b"x" * shift + b"before " + needle + b" after")) == [name]
    assert found(b"nothing here") == []
