"""A second host's files, before a real SFTP server on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from blocks.reach import Depot
from blocks.ssh import SshAccess
from model.errors import Refused, Transient

ADDRESS = "127.18.7.7"


class Guests(asyncssh.SSHServer):
    """Let whoever shows a key in."""

    def begin_auth(self, username: str) -> bool:
        return bool(username)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return bool(username) and key is not None


async def listening(**options: Any) -> tuple[asyncssh.SSHAcceptor, SshAccess]:
    """Start a server; return it with the block that reaches it."""
    theirs, ours = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    server = await asyncssh.listen(ADDRESS, 0, server_factory=Guests, server_host_keys=[theirs], **options)
    known = f"[{ADDRESS}]:{server.get_port()} {theirs.export_public_key('openssh').decode().strip()}"
    private: Any = ours.export_private_key("openssh").decode()
    return server, SshAccess(username="gdr", private_key=private, known_hosts=known, port=server.get_port())


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[Depot, str, str]]:
    server, access = await listening(sftp_factory=True)
    async with server:
        yield access, ADDRESS, str(tmp_path / "journal")


async def test_what_is_appended_is_there_and_forced_to_disk(place: tuple[Depot, str, str]) -> None:
    depot, address, path = place
    async with depot.files(address, silent_s=2.0) as files:
        if await files.exists(path):
            await files.remove(path)
        for part in (b"one\n", b"two\n"):
            async with files.open(path, "ab") as file:
                await file.write(part)
                await file.fsync()
        assert (await files.stat(path)).size == 8
        async with files.open(path, "rb") as file:
            assert await file.read() == b"one\ntwo\n"


async def test_a_host_without_sftp_says_so() -> None:
    server, access = await listening()
    async with server:
        with pytest.raises(Refused, match="no SFTP for gdr"):
            async with access.files(ADDRESS, silent_s=2.0):
                pass


async def test_a_host_that_does_not_answer_is_transient() -> None:
    server, access = await listening()
    server.close()
    await server.wait_closed()
    with pytest.raises(Transient, match="no connection"):
        async with access.files(ADDRESS, silent_s=2.0):
            pass
