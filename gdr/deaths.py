"""Dead runs: a process that ended without a word is told to people, once. Whether anything is begun again, they decide.

What tells a death is the lock of a note (tasks.presence). The Prefect server is asked what it makes of it, and which
runs it holds for alive that no process has; while it does not answer the notes alone decide, and what is told says so.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import httpx
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.schemas.objects import StateType

from blocks import reach
from gdr import automations
from gdr.runs import ALIVE, Runs, runs
from model.case import Case
from model.dead import DIED, Dead
from model.environment.environment import Environment
from model.errors import RecoveryError
from tasks import evidence, presence
from tasks.presence import Note

EVERY_S = 5.0  # what is seen twice is told: within 30 s of the death, also while the server only hangs
TAKEN_UP_S = 8.0  # a process has its run by then
SENT_S = 3.0
BLIND = "at_work"
UNFIT = {400, 413, 415, 422}  # what a receiver answers whom the text itself does not suit: it never will
ENDED = (StateType.CANCELLING, StateType.CANCELLED, StateType.PAUSED)  # by a person, or it waits for one: told by that
LOG = logging.getLogger("gdr.deaths")


class Watch:
    """One environment's deaths."""

    def __init__(self, known: Environment) -> None:
        """Begin with nobody seen."""
        self._known = known
        self._suspects: frozenset[str] = frozenset()
        self._alive_at: dict[str, float] = {}
        self._told: dict[str, Dead] = {}
        self._unsent: dict[str, str] = {}
        self._is_heard = True
        self._is_blind = False

    async def look(self) -> None:
        """Tell of each death that was seen in the look before as well, or once that nobody can see them."""
        try:
            await self._look()
            await self._send()
            self._bury()
            self._is_blind = False
        except OSError as error:
            self._say_blind(error)
            await self._send()

    async def _look(self) -> None:
        living, gone = presence.roll_call(self._known.name)
        last_seen = {note.process: self._alive_at.get(note.process, note.since) for note in gone}
        self._alive_at = last_seen | {note.process: time.time() for note in living}
        server = await runs(self._known.name, [note.run for note in gone if note.run])
        dead = (*self._dead(gone, server), *self._lost({note.run for note in (*living, *gone)}, server))
        found = {one.process or one.run: one for one in dead}
        for key in self._suspects & found.keys() - self._told.keys():
            await asyncio.to_thread(self._tell, key, found[key])
        self._suspects = frozenset(found)

    def _say_blind(self, error: OSError) -> None:
        name = self._known.name
        where = f"{presence.folder(name)}: {error.strerror or type(error).__name__}"
        text = f"{name}: {where}: of who dies now nobody may be told: give it to the account of gdr-watchdog, with room"
        if not self._is_blind:
            LOG.error(text)
            self._unsent[BLIND] = text
        self._is_blind = True

    def _dead(self, gone: tuple[Note, ...], server: Runs | None) -> Iterator[Dead]:
        """Yield the processes that died."""
        for note in gone:
            run = server.get(note.run) if server is not None else None
            if run is not None and run.type in ENDED:
                presence.bury(self._known.name, note.process)
                continue
            yield Dead(
                process=note.process,
                runbook=note.runbook,
                words=note.words,
                run=note.run,
                server=None if server is None else run.state if run else "deleted",
                alive_at=self._alive_at[note.process],
            )

    def _lost(self, taken_up: set[str], server: Runs | None) -> Iterator[Dead]:
        """Yield the runs that the server holds for alive, and that no process has, or had when it was told."""
        if server is None:
            return
        told = presence.told(self._known.name)
        for over in told.keys() - server.keys():
            presence.forget(self._known.name, over)
        for id_, run in server.items():
            is_new = time.time() - run.since < TAKEN_UP_S
            if run.type in ALIVE and id_ not in taken_up and not is_new and told.get(id_, 0.0) < run.since:
                yield Dead(
                    process="", runbook=run.runbook, words=run.words, run=id_, server=run.state, alive_at=run.since
                )

    def _tell(self, key: str, dead: Dead) -> None:
        """Record it, log it, and have it sent."""
        name, case, overtaken, fault = self._known.name, None, "", ""
        try:
            case = evidence.open_case(name)
            dead = _last_alive(case, dead)
            overtaken = dead.overtaken(case, [(one, evidence.entries(one.name)) for one in evidence.cases(name)])
            if case is not None and dead.is_of(case):
                _record(case, dead, overtaken)
        except (RecoveryError, OSError) as error:
            fault = f"It is not recorded: {error}"
        text = dead.notice(name, case, overtaken, fault)
        LOG.error(text)
        self._told[key], self._unsent[key] = dead, text

    async def _send(self) -> None:
        """Send what is told by the block that tells, if there is one; what does not arrive is sent again."""
        for key, text in tuple(self._unsent.items()):
            if not await self._is_sent(key, text):
                return
            del self._unsent[key]

    async def _is_sent(self, key: str, text: str) -> bool:
        """Send a text; return whether that is over: it arrived, or never will."""
        fault, is_unfit = "", False
        try:
            async with asyncio.timeout(SENT_S):
                await send(text)
        except Exception as error:  # noqa: BLE001  (a library's own words may hold the address, which is a secret)
            fault, is_unfit = _fault(error)
        if is_unfit:
            words = "%s: the block that tells: %s to what is told of %s: not sent again: it stands above"
            LOG.error(words, self._known.name, fault, key)
        elif fault and self._is_heard:
            LOG.warning("%s: the block that tells: %s: tried again", self._known.name, fault)
        self._is_heard = is_unfit or not fault
        return self._is_heard

    def _bury(self) -> None:
        """Be over with what is sent, and not before: who starts after this process finds the note, and tells it."""
        for key in self._told.keys() - self._unsent.keys():
            presence.bury(self._known.name, self._told[key].process, self._told[key].run)
            del self._told[key]


def _fault(error: Exception) -> tuple[str, bool]:
    """Say what went wrong, without the address; and whether it is the text that does not suit."""
    answer = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
    return f"HTTP {answer}" if answer else type(error).__name__, answer in UNFIT


def _last_alive(case: Case | None, dead: Dead) -> Dead:
    """Return when it was last alive: what it, or we before a restart, recorded may be younger than our look."""
    entries = evidence.entries(case.name) if case and dead.process else ()
    own = [entry.at for entry in entries if _process(entry.attempt) == _process(dead.process)]
    told = [entry.data for entry in entries if entry.kind == DIED and entry.data["process"] == dead.process]
    return replace(dead, alive_at=max([dead.alive_at, *own, *(data["alive_at"] for data in told)]))


def _record(case: Case, dead: Dead, overtaken: str) -> None:
    """Put it into the open case's journal, once."""
    data = dead.data(case, overtaken)
    same = ("process",) if dead.process else ("process", "run", "alive_at")
    told = [entry.data for entry in evidence.entries(case.name) if entry.kind == DIED]
    if not any(all(entry[word] == data[word] for word in same) for entry in told):
        evidence.append(case.environment, case.name, "watchdog", DIED, data)


def _process(attempt: str) -> str:
    """Return what all attempts of one process have in common: host, process number."""
    return attempt.rpartition("-")[0]


async def send(text: str) -> None:
    """Send a notice by the block that the automations of the Prefect server use.

    Raises:
        Refused: The block file, or the block, cannot be used.
    """
    file = reach.second_source()
    if block := automations.wanted(reach.documents(file)):
        await cast("CustomWebhookNotificationBlock", reach.from_file(block, file)).anotify(text, "dead run")


async def keep_looking(known: Environment) -> None:
    """Look for ever; whatever goes wrong here, the return guard beside it goes on."""
    watch = Watch(known)
    while True:
        try:
            await watch.look()
        except Exception:
            LOG.exception("%s: looked for dead runs in vain", known.name)
        await asyncio.sleep(EVERY_S)
