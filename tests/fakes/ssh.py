"""A host in memory that obeys commands, misbehaves when told to, and the shell that reaches it."""

import asyncio
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from model.errors import Overtaken, Refused, Transient, Unverified

BUSY, OLDER_EPOCH, NOT_UNDERSTOOD = 4, 3, 2


class Manner(StrEnum):
    """How a host behaves."""

    WELL = "well"
    REFUSES = "nobody listens"
    SILENT = "nothing answers"
    FORGETS = "says OK and does nothing"
    STRANGER = "shows another host key"
    LOCKED = "does not know our key"


class Died(ConnectionError):
    """The connection ended between the request and its answer."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to."""

    stdout: str = ""
    stderr: str = ""
    status: int = 0


@dataclass
class Machine:
    """What runs behind a shell: files that can be touched, and prepared answers.

    Attributes:
        answers: What a command comes to, by its words.
        hangs: Commands that never end.
        dies: Commands whose connection ends before their answer, and the file each makes first.
    """

    answers: Mapping[tuple[str, ...], Done] = field(default_factory=dict)
    hangs: frozenset[tuple[str, ...]] = frozenset()
    dies: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    manner: Manner = Manner.WELL

    async def obey(self, argv: tuple[str, ...], given: str = "") -> Done:
        """Run a command.

        Raises:
            Died: The connection did not outlive it.
        """
        if self.manner is Manner.FORGETS:
            return Done()
        if argv in self.hangs:
            await asyncio.Event().wait()
        if argv in self.dies:
            self.files.add(self.dies[argv])
            raise Died
        match argv:
            case ("cat",):
                return Done(stdout=given)
            case ("touch", path):
                self.files.add(path)
                return Done()
            case ("test", "-e", path):
                return Done(status=0 if path in self.files else 1)
        return self.answers.get(argv, Done(stderr=f"{argv[0]}: command not found", status=127))


class FakeShell:
    """The `Shell` of machines in memory, by address."""

    def __init__(self, machines: Mapping[str, Machine]) -> None:
        """Reach these machines."""
        self.machines = machines
        self.acts: list[tuple[str, tuple[str, ...]]] = []

    async def read(self, address: str, *argv: str, silent_s: float, deadline_s: float, given: str = "") -> str:
        """Run a command that changes nothing."""
        machine = self._machine(address, silent_s)
        try:
            done = await asyncio.wait_for(machine.obey(argv, given), deadline_s)
        except TimeoutError:
            raise Transient(f"{address}: {argv[0]}: no answer within {deadline_s:g} s") from None
        except Died:
            raise Transient(_lost(address, argv)) from None
        if done.status:
            raise Transient(f"{address}: {shlex.join(argv)}: exit {done.status}: {_last(done.stderr)}")
        return done.stdout

    async def look(
        self, address: str, command: tuple[str, ...], *words: str, silent_s: float, deadline_s: float
    ) -> str:
        """Let gdr-host look."""
        return await self.read(address, *command, *words, silent_s=silent_s, deadline_s=deadline_s)

    async def act(self, address: str, *argv: str, silent_s: float, given: str = "") -> str:
        """Run a command that changes something."""
        machine = self._machine(address, silent_s)
        self.acts.append((address, argv))
        try:
            done = await machine.obey(argv, given)
        except Died:
            raise Unverified(_lost(address, argv)) from None
        match done.status:
            case 0:
                return done.stdout
            case status if status == OLDER_EPOCH:
                raise Overtaken(_last(done.stderr))
            case status if status == BUSY:
                raise Transient(_last(done.stderr))
            case status if status == NOT_UNDERSTOOD:
                raise Refused(_last(done.stderr))
            case status:
                raise Unverified(f"{address}: {shlex.join(argv)}: exit {status}: {_last(done.stderr)}")

    def _machine(self, address: str, silent_s: float) -> Machine:
        machine = self.machines[address]
        match machine.manner:
            case Manner.REFUSES:
                raise Transient(f"{address}: no connection: ConnectionRefusedError")
            case Manner.SILENT:
                raise Transient(f"{address}: silent for {silent_s:g} s")
            case Manner.STRANGER:
                raise Refused(f"{address}: host key is not the one we know: compare it on the console")
            case Manner.LOCKED:
                raise Refused(f"{address}: login as gdr refused: check the account's authorized_keys")
        return machine


def _lost(address: str, argv: tuple[str, ...]) -> str:
    return f"{address}: {argv[0]}: connection lost, end unknown: no exit status"


def _last(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "no message"
