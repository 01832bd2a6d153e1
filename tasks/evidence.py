"""The journal: evidence records on disk, fsynced before the act they announce.

One file per case, one open case per environment. Appends are serialised by a lock, so that two processes of one case
write one chain.
"""

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

from model.case import GUARDED, GUARDS, Case, fold, is_guards, too_late
from model.errors import Overtaken, Refused
from model.evidence import FIRST, Entry, beyond, faults, follow, read, whole_lines
from model.observation import Observation
from model.record import Record
from tasks import mirror
from tasks.run import VERSION, Run, state

OBSERVATION = TypeAdapter(Observation)
SUPERSEDED = "superseded"
HELD_S, NEXT_TRY_S = 15.0, 0.01  # a record is written in milliseconds: who holds the lock longer is frozen


def folder() -> Path:
    """Return the folder of journals, made if missing."""
    path = state() / "cases"
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    return path


def journal(case: str) -> Path:
    """Return the path of a case's journal."""
    return folder() / f"{case}.jsonl"


def entries(case: str) -> tuple[Entry, ...]:
    """Read a case's records, oldest first."""
    path = journal(case)
    return read(path.read_bytes(), str(path)) if path.exists() else ()


def case_of(name: str) -> Case:
    """Fold a case from its journal.

    Raises:
        Refused: There is no such case here, its journal cannot be read, or is another case's.
    """
    found = _case(journal(name)) if journal(name).exists() else None
    if found is not None and found.name != name:
        raise Refused(f"{journal(name)}: holds case {found.name}: put each journal back under its own name")
    if found is None:
        raise Refused(f"case {name}: no journal in {folder()}: run on the control host that opened it")
    return found


def _case(path: Path) -> Case | None:
    try:
        return fold(read(path.read_bytes(), str(path)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refused(f"{path}: no case that this version can read: {error!r}") from None


def journals(environment: str) -> tuple[Path, ...]:
    """Return an environment's journals, oldest first. Beginning with its name is not enough: `prod-eu` does as well."""
    known = state() / "cases"  # not made here: who only looks may not write there
    return tuple(sorted(path for path in known.glob(f"{environment}-*.jsonl") if _is_of(path, environment)))


def _is_of(path: Path, environment: str) -> bool:
    with path.open("rb") as file:
        opening = _plain(file.readline())
    match opening:
        case {"data": {"environment": str(name)}}:
            return name == environment
    return re.fullmatch(rf"{environment}-\d{{8}}T\d{{6}}-region[12]({GUARDS})?", path.stem) is not None


def is_closed(case: str) -> bool:
    """Whether a case was closed here: some record says so, whatever became of the others or was written after it."""
    return bool(_outcome(case))


def is_superseded(case: str) -> bool:
    """Whether a case was ended by another that takes its record over: by its own journal, or as a return guard's."""
    return is_guards(case) or _outcome(case) == SUPERSEDED


def is_of_copies(case: str) -> bool:
    """Whether a case has made hosts anew; one whose journal nobody can read may have."""
    if case == FIRST or is_guards(case):
        return False
    try:
        return case_of(case).intent.runbook == "clone_and_isolate"
    except Refused:
        return True


def _outcome(case: str) -> str:
    path = journal(case)
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    for line in reversed([line for line in lines if b"case.closed" in line]):
        match _plain(line):
            case {"kind": "case.closed", "data": {"outcome": str(outcome)}}:
                return outcome
            case {"kind": "case.closed"}:
                return "closed"
    return ""


def _plain(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def cases(environment: str) -> tuple[Case, ...]:
    """Return every case of an environment that can be read, oldest first."""
    found = [case for _, case in _folded(environment) if isinstance(case, Case)]
    return tuple(sorted(found, key=lambda case: case.opened_at))


def unreadable(environment: str) -> dict[str, str]:
    """Return the cases of an environment that cannot be read, each with its fault."""
    return {path.stem: str(fault) for path, fault in _folded(environment) if isinstance(fault, Refused)}


def _folded(environment: str) -> Iterator[tuple[Path, Case | Refused | None]]:
    for path in journals(environment):
        try:
            yield path, _case(path)
        except Refused as fault:
            yield path, fault


def open_case(environment: str) -> Case | None:
    """Return the environment's open case; there is at most one.

    A journal that a newer one follows was closed, or the newer one would not be there: damage in it stops nobody.

    Raises:
        Refused: The newest journal cannot be read, and nothing says that its case was closed.
    """
    known = journals(environment)
    for path in reversed([path for path in known if not is_closed(path.stem)]):
        try:
            case = _case(path)
        except Refused as fault:
            if path == known[-1]:
                way = (
                    "put it back from a copy, or go on with the version of genesys-dr that wrote it; "
                    "or, if its case is closed, take the file out of that folder"
                )
                raise Refused(f"{fault}. This may be an open case: {way}") from None
            continue
        if case is not None and case.outcome is None:
            return case
    return None


@contextmanager
def lock(environment: str, held_s: float | None = None) -> Iterator[None]:
    """Hold the environment's lock for a moment: opening a case, appending a record; one-time codes have a lock of all.

    Args:
        held_s: Longer than this nobody holds it who is not frozen; HELD_S unless given.

    Raises:
        Refused: Another process has held it for long: it is frozen, and nobody can say what it is about to do.
    """
    with (folder() / f"{environment}.lock").open("a+") as file:
        _take(file, HELD_S if held_s is None else held_s)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(file: IO[str], held_s: float) -> None:
    end = time.monotonic() + held_s
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                file.seek(0)
                words = f"held for {held_s:g} s by process {file.read() or 'unknown'}: it is frozen: end it (kill -9)"
                raise Refused(f"{file.name}: {words}, then run again") from None
            time.sleep(NEXT_TRY_S)


def append(environment: str, case: str, attempt: str, kind: str, data: Mapping[str, Any]) -> Entry:
    """Add a record to a case's chain and force it to disk; then mirror it, which holds nobody up for long."""
    with lock(environment):
        entry = append_locked(case, attempt, kind, data)
    owed = mirror.keep(environment, journal(case), entry)
    if owed and kind != "case.closed":
        append(environment, case, attempt, "debt", {"target": mirror.DEBT, "what": owed})
    return entry


def append_locked(case: str, attempt: str, kind: str, data: Mapping[str, Any]) -> Entry:
    """Add a record while the environment's lock is held.

    Raises:
        Overtaken: It announces an act, and the case was closed meanwhile; or what it has become forbids it.
    """
    path = journal(case)
    if kind == "act.before" and is_closed(case):
        raise Overtaken(f"case {case}: was closed meanwhile: {_outcome(case)}: another process has taken over")
    known = entries(case)
    if kind in GUARDED and (why := "".join(beyond(known)) or too_late(fold(known), kind, data)):
        raise Overtaken(f"case {case}: {why}")
    entry = follow(known[-1] if known else None, at=time.time(), case=case, attempt=attempt, kind=kind, data=data)
    is_new = not path.exists()
    with path.open("w+b" if is_new else "r+b") as file:
        file.truncate(len(whole_lines(file.read())))
        file.seek(0, os.SEEK_END)
        file.write(entry.line().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _fsync_folder()
    return entry


def _fsync_folder() -> None:
    """Force a new journal's name to disk too, or a power cut leaves a record that is switching and no case."""
    opened = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def record(run: Run, kind: str, **data: Any) -> Entry:
    """Add a record of this run."""
    return append(run.environment, run.case, run.attempt, kind, data)


def head(case: str) -> str:
    """Return the chain's newest hash, short enough for a TXT record."""
    known = entries(case)
    return known[-1].hash[:16] if known else "-"


def dump(seen: Observation) -> dict[str, Any]:
    """Write an observation as plain data for the evidence, leaving out what was not asked."""
    data: dict[str, Any] = OBSERVATION.dump_python(seen, mode="json", exclude_defaults=True)
    return data


def load(data: Any) -> Observation:
    """Read an observation back."""
    return OBSERVATION.validate_python(data)


def require_whole(case: Case, record: Record | None) -> None:
    """Refuse to go on from a journal that was tampered with, lacks its end, or says what only a later version knows.

    While the case is in force the activation record keeps a head of it: a journal without that is an older copy.
    """
    path, known = journal(case.name), entries(case.name)
    if later := beyond(known):
        wrote = f"genesys-dr {case.version}" if case.version else "the version that wrote it"
        raise Refused(f"{path}: {later[0]}: go on with {wrote}; this is {VERSION}")
    if found := faults(known):
        raise Refused(f"{path}: evidence chain is broken: {found[0]}")
    held = record.head if record and record.is_held and record.case == case.name else FIRST
    if faults(known, held):
        way = "put its newest copy back, from the mirror; if there is none, docs/operate.md, Restore"
        raise Refused(f"{path}: an older copy: the activation record knows a later one (head {held}): {way}")
