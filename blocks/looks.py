"""A host's own `gdr-host answer` at the other end of a connection: looks by number, answered as they end."""

import asyncio
import itertools
import json
from dataclasses import dataclass

import asyncssh


class Ended(Exception):
    """Nobody answers at the other end; what was asked was a look, and may be asked again in another way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look came to, in the words of a command."""

    exit_status: int
    stdout: str
    stderr: str


class Looks:
    """Ask one host for looks over one connection, any number at once."""

    def __init__(self, connection: asyncssh.SSHClientConnection, command: str) -> None:
        """Start the command that answers."""
        self.connection = connection
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._process = asyncio.ensure_future(connection.create_process(command, stderr=asyncssh.DEVNULL))
        self._listening = asyncio.ensure_future(self._listen())

    def ended(self) -> bool:
        """Tell whether nobody answers any more."""
        return self._listening.done()

    async def ask(self, *words: str) -> Answer:
        """Return what the host answers.

        Raises:
            Ended: The command at the other end never began, or is over.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            await asyncio.wait([self._process])
            if self.ended() or self._process.exception():
                raise Ended
            self._process.result().stdin.write(json.dumps({"id": number, "words": words}) + "\n")
            return await answer
        except BrokenPipeError:
            raise Ended from None
        finally:
            answer.cancel()
            del self._asked[number]

    async def _listen(self) -> None:
        """Hand each answer to who asked, who may have gone; at the end tell all the others."""
        try:
            async for line in (await self._process).stdout:
                said = json.loads(line)
                self._hand(said["id"], Answer(said["exit"], said["out"], said["err"]))
        except (asyncssh.Error, OSError, ValueError, LookupError, TypeError):
            return  # what cannot be read is no answer
        finally:
            for number in self._asked:
                self._hand(number, Ended())

    def _hand(self, number: int, said: Answer | Ended) -> None:
        asked = self._asked.get(number)
        if asked is None or asked.done():
            return
        if isinstance(said, Ended):
            asked.set_exception(said)
        else:
            asked.set_result(said)
