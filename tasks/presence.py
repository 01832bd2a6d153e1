"""Who is at work: each process that runs a runbook leaves a note, locked for as long as it lives, and takes it away.

A note whose lock is free is that of a process which could not take it away: it died. The lock is the kernel's, so that
it ends with the process however that ends, and is seen by every container that shares the folder.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tasks import evidence
from tasks.run import Run, attempt, state

DEBT = "tidings of a dead run"
_MINE: set[Path] = set()
_FAULTS: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a process says of itself.

    Attributes:
        process: Host, process number, moment.
        words: What its runbook was told.
        run: Id of its run on the Prefect server; empty where it has none there.
        since: When it began, seconds of the epoch.
    """

    process: str
    runbook: str
    words: Mapping[str, str]
    run: str
    since: float


def folder(environment: str) -> Path:
    """Return the folder of an environment's notes."""
    return state() / "at_work" / environment


@contextmanager
def at_work(
    environment: str, runbook: str, words: Mapping[str, str], run: str, waits: type[BaseException]
) -> Iterator[str]:
    """Be at work. The note stays where the process is made to stop: that is no end that anybody was told of.

    Yields why there is no note; empty where there is one. Nothing waits for it: people only would not be told.

    Args:
        waits: What is raised where it ends to wait for a person.
    """
    note = Note(process=attempt(), runbook=runbook, words=words, run=run, since=time.time())
    path = folder(environment) / f"{note.process}.json"
    with ExitStack() as held:
        fault = _begun(path, note, held)
        try:
            yield fault
        except (Exception, waits):
            _leave(path)
            raise
        _leave(path)


def _begun(path: Path, note: Note, held: ExitStack) -> str:
    """Write a note, locked until the stack ends; return why that cannot be done, and remember it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        file = held.enter_context(path.open("x"))
        _MINE.add(path)
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(asdict(note), file)
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        _leave(path)
        fault = f"{path}: {error.strerror}: should this process die, gdr-watchdog tells nobody: see to that folder"
        _FAULTS.append(fault)
        held.callback(_FAULTS.remove, fault)
        return fault
    return ""


def owe(run: Run) -> None:
    """Record that nobody would be told of this process's death, where it has no note."""
    for fault in _FAULTS:
        evidence.record(run, "debt", target=DEBT, what=fault)


def leave() -> None:
    """Take this process's notes away: it is about to end, and has told so."""
    for path in tuple(_MINE):
        _leave(path)


def _leave(path: Path) -> None:
    """Take a note away, or what stands in it, where the folder does not let that be."""
    _MINE.discard(path)
    try:
        path.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):  # then it is told dead, which is no harm to the runbook
            os.truncate(path, 0)


def roll_call(environment: str) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Return who is at work, and whose lock is free although the note is there.

    Raises:
        OSError: The folder, or a note, cannot be read: who has died is not known.
    """
    found = [(_read(path), _lives(path)) for path in _notes(environment, ".json")]
    living, gone = (tuple(note for note, lives in found if note and lives is wanted) for wanted in (True, False))
    return living, gone


def _notes(environment: str, suffix: str) -> list[Path]:
    """List a folder that may not be there yet; a pattern would find nothing in one that may not be read."""
    try:
        return sorted(path for path in folder(environment).iterdir() if path.suffix == suffix)
    except FileNotFoundError:
        return []


def bury(environment: str, process: str, run: str = "") -> None:
    """Take away the note of a process that died, once that is told; of its run, note when.

    Args:
        run: Its run on the Prefect server, which may hold it for alive for ever.
    """
    folder(environment).mkdir(parents=True, exist_ok=True, mode=0o750)
    if run:
        (folder(environment) / f"{run}.told").touch()
    (folder(environment) / f"{process}.json").unlink(missing_ok=True)


def told(environment: str) -> dict[str, float]:
    """Return the runs whose death was told, and when that was, seconds of the epoch."""
    return {path.stem: path.stat().st_mtime for path in _notes(environment, ".told")}


def forget(environment: str, run: str) -> None:
    """Forget that the death of a run was told: the Prefect server does not hold it for alive any more."""
    (folder(environment) / f"{run}.told").unlink(missing_ok=True)


def _read(path: Path) -> Note | None:
    """Read a note; None while it is being written, or once it was taken away."""
    try:
        return Note(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _lives(path: Path) -> bool:
    """Whether somebody holds the lock; a note that was taken away meanwhile is nobody's death."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return True
    return False
