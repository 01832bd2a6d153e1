"""The three hosts of the SSH contract: in memory, a real SSH peer on loopback, and one of the lab."""

import asyncio
import contextlib
import json
import shlex
from collections.abc import AsyncIterator
from typing import Protocol

import asyncssh

from blocks import reach
from blocks.ssh import SshAccess
from lab import credentials
from lab.api import Lab
from lab.credentials import KeyPair, key_pair
from lab.services import prefect
from tests.contract.inside import Inside, control_host
from tests.fakes.ssh import Died, FakeShell, Machine, Manner

STRANGER, OUTSIDER = key_pair("stranger"), key_pair("outsider")


async def hang_up(shell: SshAccess) -> None:
    """End every connection of a block, as the end of its process does."""
    for connection in shell._open.values():
        connection.abort()
        await connection.wait_closed()


class Host(Protocol):
    """A host the contract speaks to, and what can be done to it."""

    address: str
    shell: reach.Shell
    stranger: reach.Shell
    outsider: reach.Shell

    async def refuse(self) -> None:
        """Let nobody listen any more."""

    async def fall_silent(self) -> None:
        """Let nothing be answered any more, and nothing refused."""

    async def hang_before_its_greeting(self) -> None:
        """Accept, and say nothing."""


class FakeHost:
    """The fake."""

    address = "192.0.2.1"

    def __init__(self, machine: Machine) -> None:
        """Reach one machine in memory."""
        self.machine = machine
        self.shell: reach.Shell = FakeShell({self.address: machine})
        self.stranger: reach.Shell = FakeShell({self.address: Machine(manner=Manner.STRANGER)})
        self.outsider: reach.Shell = FakeShell({self.address: Machine(manner=Manner.LOCKED)})

    async def refuse(self) -> None:
        """See `Host`."""
        self.machine.manner = Manner.REFUSES

    async def fall_silent(self) -> None:
        """See `Host`."""
        self.machine.manner = Manner.SILENT

    hang_before_its_greeting = fall_silent


class PeerHost:
    """An asyncssh server on loopback before the same machine in memory."""

    address = "127.0.0.1"

    def __init__(self, machine: Machine) -> None:
        """Serve one machine."""
        self._machine, self._key, self._ours = machine, key_pair("peer"), key_pair("control")
        self._mute: asyncio.Server | None = None
        self._real: list[SshAccess] = []
        self._connections: list[asyncssh.SSHServerConnection] = []
        self.commands: list[tuple[str, ...]] = []
        self.answers_looks, self.tires_after, self.nonsense = True, 0, False

    async def open(self) -> None:
        """Listen, and make the shells."""
        ours = asyncssh.import_authorized_keys(self._ours.public)
        options = {"server_host_keys": [asyncssh.import_private_key(self._key.private)], "authorized_client_keys": ours}
        self._server = await asyncssh.listen(
            self.address,
            0,
            acceptor=self._connections.append,
            process_factory=self._serve,
            encoding="utf-8",
            **options,
        )
        self.port = self._server.get_port()
        self.shell = self._shell(self._key, self._ours)
        self.stranger = self._shell(STRANGER, self._ours)
        self.outsider = self._shell(self._key, OUTSIDER)

    def _shell(self, host: KeyPair, client: KeyPair) -> reach.Shell:
        known = f"[{self.address}]:{self.port} {host.public}"
        fields = {"username": "gdr", "private_key": client.private, "known_hosts": known, "port": self.port}
        self._real.append(SshAccess(**fields))
        return self._real[-1]

    async def _serve(self, process: asyncssh.SSHServerProcess[str]) -> None:
        argv = tuple(shlex.split(process.command or ""))
        self.commands.append(argv)
        if argv[-1] == "answer" and self.answers_looks:
            await self._answer(process, argv[:-1])
            return
        try:
            done = await self._machine.obey(argv, await process.stdin.read() if argv == ("cat",) else "")
        except Died:
            process.get_extra_info("connection").abort()
            return
        process.stdout.write(done.stdout)
        process.stderr.write(done.stderr)
        process.exit(done.status)

    async def _answer(self, process: asyncssh.SSHServerProcess[str], command: tuple[str, ...]) -> None:
        """Answer looks a line each, as gdr-host does (tests/unit/hosts/test_host_answer.py)."""

        async def one(number: int, words: list[str]) -> None:
            done = await self._machine.obey((*command, *words))
            said = {"id": number, "exit": done.status, "out": done.stdout, "err": done.stderr}
            process.stdout.write("?\n" if self.nonsense else json.dumps(said) + "\n")

        count = 0
        async with asyncio.TaskGroup() as looks:
            async for line in process.stdin:
                asked, count = json.loads(line), count + 1
                looks.create_task(one(asked["id"], asked["words"]))
                if count == self.tires_after:
                    break
        process.exit(0)

    async def refuse(self) -> None:
        """See `Host`."""
        self._server.close()
        await self._server.wait_closed()

    async def fall_silent(self) -> None:
        """Loopback cannot swallow packets; a listener that never says a word is as silent to a client."""
        await self.refuse()
        self._mute = await asyncio.start_server(self._say_nothing, self.address, self.port)

    async def _say_nothing(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    hang_before_its_greeting = fall_silent

    async def close(self) -> None:
        """End everything that is open, on both sides."""
        for real in self._real:
            await hang_up(real)
        for connection in self._connections:
            connection.abort()
            await connection.wait_closed()
        self._server.close()
        await self._server.wait_closed()
        if self._mute:
            self._mute.close()
            await self._mute.wait_closed()


class LabHost:
    """A host of the lab, and the block its control host uses."""

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop, name: str = "r2-app-b") -> None:
        """Reach one host."""
        self._lab, self._name, self._undo = lab, name, contextlib.ExitStack()
        self.address = lab.address(name)
        self._known = lab.exec("ctl", ["cat", "/home/dr/.ssh/known_hosts"], check=True).stdout
        self._secrets, self._loop = credentials.load(lab.identity), loop
        self._real: list[SshAccess] = []
        ours = self._secrets.ssh
        self.shell = self._shell(self._known, ours)
        self.stranger = self._shell(f"{self.address} {STRANGER.public}", ours)
        self.outsider = self._shell(self._known, OUTSIDER)

    def _shell(self, known_hosts: str, key: KeyPair) -> reach.Shell:
        fields = prefect.blocks(self._secrets, known_hosts)["lab-ssh"]
        fields = {**fields, "private_key": key.private}
        del fields["type"]
        real = SshAccess(**fields)
        self._real.append(real)
        shell: reach.Shell = Inside(self._loop, real)  # type: ignore[assignment]
        return shell

    async def refuse(self) -> None:
        """See `Host`."""
        await self._exec("systemctl", "stop", "ssh")
        self._undo.callback(self._lab.exec, self._name, ["systemctl", "start", "ssh"], check=True)

    async def fall_silent(self) -> None:
        """See `Host`."""
        await self._break("silent")

    async def hang_before_its_greeting(self) -> None:
        """See `Host`."""
        await self._break("hang-sshd")

    async def _exec(self, *argv: str) -> None:
        await asyncio.to_thread(self._lab.exec, self._name, argv, check=True)

    async def _break(self, fault: str) -> None:
        await asyncio.to_thread(self._lab.break_, fault, self._name)
        self._undo.callback(self._lab.mend, fault, self._name)

    async def leave(self) -> None:
        """Hang up, and undo what was done to the host."""
        for real in self._real:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(hang_up(real), self._loop))
        await asyncio.to_thread(self._undo.close)


@contextlib.asynccontextmanager
async def host(kind: str, machine: Machine, lab: Lab | None) -> AsyncIterator[Host]:
    """Make a host of a kind."""
    if kind == "fake":
        yield FakeHost(machine)
    elif kind == "peer":
        peer = PeerHost(machine)
        await peer.open()
        yield peer
        await peer.close()
    else:
        assert lab is not None
        async with control_host(lab) as loop:
            real = LabHost(lab, loop)
            try:
                yield real
            finally:
                await real.leave()
