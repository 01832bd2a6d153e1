"""Reach a host over SSH: one account, its key, and the host keys we trust. Nothing else."""

import asyncio
import shlex
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncssh
from asyncssh.constants import OPEN_REQUEST_SESSION_FAILED
from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, PrivateAttr, SecretStr

from blocks.looks import Answer, Ended, Looks
from model.errors import Overtaken, Refused, Transient, Unverified

LOST = (OSError, asyncssh.ConnectionLost)
BUSY, OLDER_EPOCH, NOT_UNDERSTOOD = 4, 3, 2  # exit codes of gdr-host
NEXT_TRY_S = 0.05
LONG = 200  # letters of a word of a command: more is a program
AT_ONCE = 8  # commands over one connection: sshd's own MaxSessions is 10


class SshAccess(Block):
    """One account that may run the recovery command on the hosts.

    Attributes:
        username: Account whose sudo allows deployments/hosts/sudoers, and nothing else.
        private_key: OpenSSH private key.
        known_hosts: known_hosts text. Required: a failover must not trust a stranger's host key.
        port: Where sshd listens, the same on every host of this account; known_hosts names another than 22 as
            `[address]:port`.
    """

    _block_type_name = "Genesys DR SSH Access"
    _block_type_slug = "gdr-ssh-access"
    _logo_url = HttpUrl("https://github.com/openssh.png")
    _description = "One account that may run the recovery command on the hosts."

    username: str
    private_key: SecretStr
    known_hosts: str = Field(min_length=1)
    port: int = 22
    _open: dict[str, asyncssh.SSHClientConnection] = PrivateAttr(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = PrivateAttr(default_factory=dict)
    _users: Counter[asyncssh.SSHClientConnection] = PrivateAttr(default_factory=Counter)
    _slots: dict[str, asyncio.Semaphore] = PrivateAttr(default_factory=dict)
    _looks: dict[str, Looks] = PrivateAttr(default_factory=dict)

    async def read(self, address: str, *argv: str, silent_s: float, deadline_s: float, given: str = "") -> str:
        """Run a command that changes nothing and return what it printed; `given` is its standard input.

        Raises:
            Transient: No answer within `silent_s` (connection) or `deadline_s` (all of it), or it failed.
            Refused: A stranger's host key, or a login that is not allowed.
        """
        return await _within(deadline_s, address, argv, self._run(address, argv, silent_s, given))

    async def look(
        self, address: str, command: tuple[str, ...], *words: str, silent_s: float, deadline_s: float
    ) -> str:
        """Let gdr-host, which `command` names, look at its host; as `read` does it, but over one command for all looks.

        Raises:
            Transient: No answer within `silent_s` (connection) or `deadline_s` (all of it), or it failed.
            Refused: A stranger's host key, or a login that is not allowed.
        """
        return await _within(deadline_s, address, (*command, *words), self._look(address, command, words, silent_s))

    async def act(self, address: str, *argv: str, silent_s: float, given: str = "") -> str:
        """Run a command that changes something. It bears the epoch, so the host refuses an older one.

        `given` is its standard input, and never repeated.

        Raises:
            Transient: It was certainly not run: no connection, no session on it, or the host was busy.
            Overtaken: The host has obeyed a younger epoch.
            Refused: It does not let us in, or does not understand the order; nothing was changed.
            Unverified: It failed, or nobody knows how it ended.
        """
        done = await self._run(address, argv, silent_s, given)
        match done.exit_status:
            case 0:
                return str(done.stdout)
            case int() as status if status == OLDER_EPOCH:
                raise Overtaken(_last(done.stderr))
            case int() as status if status == BUSY:
                raise Transient(_last(done.stderr))
            case int() as status if status == NOT_UNDERSTOOD:
                raise Refused(_last(done.stderr))
            case status:
                raise Unverified(f"{address}: {_shown(argv)}: exit {status}: {_last(done.stderr)}")

    @asynccontextmanager
    async def files(self, address: str, *, silent_s: float) -> AsyncIterator[asyncssh.SFTPClient]:
        """Open the host's files, over a connection of its own that ends with it.

        Raises:
            Transient: No connection.
            Refused: A stranger's host key, a login that is not allowed, or no SFTP.
        """
        connection = await self._connect(address, silent_s)
        try:
            async with connection.start_sftp_client() as files:
                yield files
        except asyncssh.ChannelOpenError:
            raise Refused(f"{address}: no SFTP for {self.username}: allow the subsystem in sshd_config") from None
        finally:
            connection.abort()

    async def _run(
        self, address: str, argv: tuple[str, ...], silent_s: float, given: str
    ) -> asyncssh.SSHCompletedProcess:
        slots = self._slots.setdefault(address, asyncio.Semaphore(AT_ONCE))
        async with slots, self._connection(address, silent_s) as connection:
            try:
                done = await _in_a_session(connection, shlex.join(argv), silent_s, given)
            except asyncssh.ChannelOpenError as error:
                if connection.is_closed():
                    self._forget(address, connection)
                if error.code == OPEN_REQUEST_SESSION_FAILED:
                    raise Unverified(_lost(address, argv, type(error).__name__)) from None
                raise Transient(f"{address}: {argv[0]}: not run: no session: {error.reason}") from None
            except (*LOST, asyncssh.Error) as error:
                self._forget(address, connection)
                raise Unverified(_lost(address, argv, type(error).__name__)) from None
        if done.exit_status is None:
            raise Unverified(_lost(address, argv, "no exit status"))
        return done

    async def _look(
        self, address: str, command: tuple[str, ...], words: tuple[str, ...], silent_s: float
    ) -> Answer | asyncssh.SSHCompletedProcess:
        """Ask who answers looks there; where nobody does, as before an upgrade, give the command itself."""
        async with self._connection(address, silent_s) as connection:
            with suppress(Ended):
                return await self._answering(address, connection, command).ask(*words)
        return await self._run(address, (*command, *words), silent_s, "")

    def _answering(self, address: str, connection: asyncssh.SSHClientConnection, command: tuple[str, ...]) -> Looks:
        looks = self._looks.get(address)
        if looks is None or looks.connection is not connection or looks.ended():
            looks = self._looks[address] = Looks(connection, shlex.join((*command, "answer")))
        return looks

    @asynccontextmanager
    async def _connection(self, address: str, silent_s: float) -> AsyncIterator[asyncssh.SSHClientConnection]:
        lock = self._locks.setdefault(address, asyncio.Lock())
        async with lock:
            connection = self._open.get(address)
            if connection is None or connection.is_closed():
                connection = self._open[address] = await self._connect(address, silent_s)
            self._users[connection] += 1
        try:
            yield connection
        except asyncio.CancelledError:
            self._forget(address, connection)  # a deadline passed: the connection may be dead
            raise
        finally:
            self._users[connection] -= 1
            if not self._users[connection]:
                del self._users[connection]
                if self._open.get(address) is not connection:
                    connection.abort()

    def _forget(self, address: str, connection: asyncssh.SSHClientConnection) -> None:
        """Let nobody else use a connection; who is on it, an act perhaps, comes to its own end."""
        if self._open.get(address) is connection:
            del self._open[address]

    async def _connect(self, address: str, silent_s: float) -> asyncssh.SSHClientConnection:
        options = self._options()
        try:
            async with asyncio.timeout(silent_s + 2):
                await _greeting(address, self.port, silent_s)
                return await asyncssh.connect(address, self.port, **options)
        except asyncssh.HostKeyNotVerifiable as error:
            raise Refused(f"{address}: host key is not the one we know: {error}: compare it on the console") from None
        except asyncssh.PermissionDenied:
            raise Refused(f"{address}: login as {self.username} refused: check the account's authorized_keys") from None
        except TimeoutError:
            raise Transient(f"{address}: silent for {silent_s:g} s") from None
        except (*LOST, asyncssh.Error) as error:
            raise Transient(f"{address}: no connection: {type(error).__name__}: {error}") from None

    def _options(self) -> dict[str, Any]:
        """Return what a connection is made with.

        Raises:
            Refused: The block holds no key, or no known hosts. What it holds instead is never repeated.
        """
        try:
            return {
                "username": self.username,
                "client_keys": [asyncssh.import_private_key(self.private_key.get_secret_value())],
                "known_hosts": asyncssh.import_known_hosts(self.known_hosts),
                "config": None,
                "agent_path": None,
                "keepalive_interval": 2,
            }
        except ValueError as error:
            what = f"SSH access of {self.username}: {type(error).__name__}"
            raise Refused(f"{what}: correct private_key or known_hosts in its block") from None


async def _within(
    deadline_s: float,
    address: str,
    argv: tuple[str, ...],
    asking: Coroutine[Any, Any, Answer | asyncssh.SSHCompletedProcess],
) -> str:
    """Wait for what changes nothing: whatever is wrong with it, it may be asked again."""
    try:
        async with asyncio.timeout(deadline_s):
            done = await asking
    except TimeoutError:
        raise Transient(f"{address}: {argv[0]}: no answer within {deadline_s:g} s") from None
    except Unverified as error:
        raise Transient(str(error)) from None
    if done.exit_status != 0:
        raise Transient(f"{address}: {_shown(argv)}: exit {done.exit_status}: {_last(done.stderr)}")
    return str(done.stdout)


async def _in_a_session(
    connection: asyncssh.SSHClientConnection, command: str, silent_s: float, given: str
) -> asyncssh.SSHCompletedProcess:
    """Run a command as soon as sshd gives a session: one that has ended counts until sshd has cleared it away."""
    end = asyncio.get_running_loop().time() + silent_s
    while True:
        try:
            return await connection.run(command, input=given)
        except asyncssh.ChannelOpenError as error:
            asked = error.code == OPEN_REQUEST_SESSION_FAILED  # it may have been run
            if asked or connection.is_closed() or asyncio.get_running_loop().time() > end:
                raise
        await asyncio.sleep(NEXT_TRY_S)


async def _greeting(address: str, port: int, silent_s: float) -> None:
    """Wait for the server's first bytes: a frozen sshd still accepts, and a dead host must not cost a whole login."""
    async with asyncio.timeout(silent_s):
        reader, writer = await asyncio.open_connection(address, port)
        try:
            if not await reader.read(4):
                raise ConnectionResetError("closed without a greeting")
        finally:
            writer.close()


def _shown(argv: tuple[str, ...]) -> str:
    """Write a command on one line; a program that is sent along is not repeated."""
    return shlex.join(word if len(word) < LONG and "\n" not in word else "..." for word in argv)


def _lost(address: str, argv: tuple[str, ...], reason: str) -> str:
    return f"{address}: {argv[0]}: connection lost, end unknown: {reason}"


def _last(text: Any) -> str:
    lines = str(text or "").strip().splitlines()
    return lines[-1] if lines else "no message"
