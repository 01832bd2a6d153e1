"""The journal: evidence records on disk, fsynced before the act they announce.

One file per case, one open case per environment. Appends are serialised by a lock, so that two processes of one case
write one chain.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from model.case import Case, fold
from model.errors import Refused
from model.evidence import Entry, faults, follow, read
from model.observation import Observation
from tasks.run import Run, state

OBSERVATION = TypeAdapter(Observation)


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
    return read(path.read_text(), str(path)) if path.exists() else ()


def case_of(name: str) -> Case:
    """Fold a case from its journal.

    Raises:
        Refused: There is no such case here.
    """
    found = fold(entries(name))
    if found is None:
        raise Refused(f"case {name}: no journal in {folder()}: run on the control host that opened it")
    return found


def cases(environment: str) -> tuple[Case, ...]:
    """Return every case of an environment, oldest first."""
    names = sorted(path.stem for path in folder().glob(f"{environment}-*.jsonl"))
    found = (fold(entries(name)) for name in names)
    return tuple(sorted((case for case in found if case is not None), key=lambda case: case.opened_at))


def open_case(environment: str) -> Case | None:
    """Return the environment's open case; there is at most one."""
    return next((case for case in reversed(cases(environment)) if case.outcome is None), None)


@contextmanager
def lock(environment: str) -> Iterator[None]:
    """Hold the environment's lock for a moment: opening a case, appending a record."""
    with (folder() / f"{environment}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append(environment: str, case: str, attempt: str, kind: str, data: Mapping[str, Any]) -> Entry:
    """Add a record to a case's chain and force it to disk."""
    with lock(environment):
        return append_locked(case, attempt, kind, data)


def append_locked(case: str, attempt: str, kind: str, data: Mapping[str, Any]) -> Entry:
    """Add a record while the environment's lock is held."""
    path = journal(case)
    known = entries(case)
    entry = follow(known[-1] if known else None, at=time.time(), case=case, attempt=attempt, kind=kind, data=data)
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(_whole_lines(file.read()))
        file.seek(0, os.SEEK_END)
        file.write(entry.line().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return entry


def _whole_lines(content: bytes) -> int:
    """Return the length without a last line that was cut off by a crash: it was never acknowledged."""
    return content.rfind(b"\n") + 1


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


def require_intact(case: str) -> None:
    """Refuse to go on from a journal that was tampered with."""
    found = faults(entries(case))
    if found:
        raise Refused(f"{journal(case)}: evidence chain is broken: {found[0]}")
