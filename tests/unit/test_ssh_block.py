"""The SSH block before it has reached anybody, and before a server that gives sessions sparingly."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncssh
import pytest
from pydantic import SecretStr

from blocks.ssh import AT_ONCE, SshAccess
from lab.credentials import key_pair
from model.errors import Refused, Transient

ADDRESS = "127.0.0.1"
CLOCKS: dict[str, Any] = {"silent_s": 5.0, "deadline_s": 30.0}


async def test_a_block_without_a_key_is_refused_and_not_quoted():
    block = SshAccess(username="gdr", private_key=SecretStr("sesame"), known_hosts="known")
    with pytest.raises(Refused, match="correct private_key or known_hosts in its block") as caught:
        await block.read(ADDRESS, "true", **CLOCKS)
    assert "sesame" not in str(caught.value)


@dataclass
class Sessions:
    """What the server's sessions see of each other."""

    refusals: int = 0
    open: int = 0
    most: int = 0
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    async def serve(self, process: asyncssh.SSHServerProcess[str]) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0.02)
        self.open -= 1
        process.stdout.write("done")
        process.exit(0)


class Server(asyncssh.SSHServer):
    """Refuses as many sessions as it is told to."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def session_requested(self):
        if self._sessions.refusals:
            self._sessions.refusals -= 1
            return False
        return asyncssh.SSHServerProcess(self._sessions.serve, None, 3, allow_scp=False)


@pytest.fixture
async def sessions() -> AsyncIterator[tuple[SshAccess, Sessions]]:
    known, ours, theirs = Sessions(), key_pair("control"), key_pair("peer")
    server = await asyncssh.listen(
        ADDRESS,
        0,
        server_factory=lambda: Server(known),
        acceptor=known.connections.append,
        server_host_keys=[asyncssh.import_private_key(theirs.private)],
        authorized_client_keys=asyncssh.import_authorized_keys(ours.public),
    )
    port = server.get_port()
    host = f"[{ADDRESS}]:{port} {theirs.public}"
    block = SshAccess(username="gdr", private_key=SecretStr(ours.private), known_hosts=host, port=port)
    yield block, known
    for connection in (*block._open.values(), *known.connections):
        connection.abort()
        await connection.wait_closed()
    server.close()
    await server.wait_closed()


async def test_one_connection_never_carries_more_than_sshd_lets_in(sessions: tuple[SshAccess, Sessions]):
    block, seen = sessions
    done = await asyncio.gather(*(block.read(ADDRESS, "look", **CLOCKS) for _ in range(3 * AT_ONCE)))
    assert set(done) == {"done"}
    assert len(seen.connections) == 1
    assert 1 < seen.most <= AT_ONCE


async def test_an_act_that_got_no_session_was_certainly_not_run(sessions: tuple[SshAccess, Sessions]):
    block, seen = sessions
    await block.read(ADDRESS, "look", **CLOCKS)
    seen.refusals = 1_000_000
    with pytest.raises(Transient, match="act: not run: no session"):
        await block.act(ADDRESS, "act", silent_s=0.2)
    seen.refusals = 0
    assert await block.act(ADDRESS, "act", silent_s=5.0) == "done"
    assert len(seen.connections) == 1


async def test_a_session_that_is_not_cleared_away_yet_is_waited_for(sessions: tuple[SshAccess, Sessions]):
    block, seen = sessions
    seen.refusals = 3
    assert await block.act(ADDRESS, "act", silent_s=5.0) == "done"
    assert (seen.refusals, len(seen.connections)) == (0, 1)


class Rotating(asyncssh.SSHServer):
    """Lets in whose key stands in its authorized_keys now."""

    def __init__(self, authorized: list[str]) -> None:
        self._authorized = authorized

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        assert username == "gdr"
        self._connection.set_authorized_keys(asyncssh.import_authorized_keys("\n".join(self._authorized)))
        return True


async def test_a_new_key_beside_the_old_lets_both_in_and_the_old_one_no_more_once_it_is_removed():
    old, new, theirs = key_pair("old"), key_pair("new"), key_pair("peer")
    authorized = [old.public, new.public]
    server = await asyncssh.listen(
        ADDRESS, 0, server_factory=lambda: Rotating(authorized), process_factory=lambda process: process.exit(0),
        server_host_keys=[asyncssh.import_private_key(theirs.private)],
    )  # fmt: skip
    host = f"[{ADDRESS}]:{server.get_port()} {theirs.public}"

    async def opens(pair: Any) -> None:
        block = SshAccess(username="gdr", private_key=SecretStr(pair.private), known_hosts=host, port=server.get_port())
        try:
            await block.read(ADDRESS, "true", **CLOCKS)
        finally:
            for connection in block._open.values():
                connection.abort()
                await connection.wait_closed()

    await opens(old)
    await opens(new)
    authorized.remove(old.public)
    await opens(new)
    with pytest.raises(Refused, match="login as gdr refused: check the account's authorized_keys"):
        await opens(old)
    server.close()
    await server.wait_closed()
