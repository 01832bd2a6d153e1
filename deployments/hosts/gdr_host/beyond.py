"""What this cluster's log holds beyond the point where the primary left its timeline, by pg_waldump."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from gdr_host.cluster import Cluster, Control, as_owner
from gdr_host.epoch import sync_folder
from gdr_host.host import FAILED, Fault
from gdr_host.program import said
from gdr_host.wal import Dump, position, segment_of, summed, written

# How pg_waldump says that the log ends: as recovery does, it reads up to the first record that is none.
END = re.compile(r'error: (error in WAL record at |could not find file "[0-9A-F]{24}")')
LAST = re.compile(r"error: error in WAL record at ([0-9A-F]+/[0-9A-F]+): ")
NOTHING = "error: could not find a valid record after "
BY_HAND = "what was committed here cannot be listed: save this cluster, then make it a standby by hand"


class Beyond(NamedTuple):
    """What was committed beyond the fork, and where the log ends."""

    end: int
    commits: int = 0
    deletes: int = 0
    drops: int = 0
    xids: frozenset[int] = frozenset()


def read_beyond(cluster: Cluster, control: Control, fork: int, path: Path) -> Beyond:
    """Dump the records beyond a fork into a file, and sum them up.

    Raises:
        Fault: The log ends before what the control file says was written: it is damaged, or part of it is gone.
    """
    with private_file(path) as file:
        if control.clean and (end := checkpoint_end(cluster, control)) <= fork:
            return Beyond(end)
        ran = _dump(cluster, control, fork, onto=file)
    with path.open(errors="replace") as lines:
        dump = summed(lines)
    if ran.returncode and not _ended(ran, dump):
        raise Fault(FAILED, f"pg_waldump from {written(fork)}: {said(ran)}: {BY_HAND}")
    if not _whole(control, fork, dump):
        raise Fault(FAILED, f"pg_waldump: the log ends before checkpoint {written(control.checkpoint)}: {BY_HAND}")
    end = dump.end(control.segment) or fork
    return Beyond(end, dump.commits, dump.deletes, dump.drops, frozenset(dump.xids))


def checkpoint_end(cluster: Cluster, control: Control) -> int:
    """Return where the checkpoint ends that the control file names; after a clean stop the log ends there too."""
    ran = _dump(cluster, control, control.checkpoint, "-n", "1")
    dump = summed(ran.stdout.splitlines())
    end = dump.end(control.segment)
    if dump.last != control.checkpoint or end is None:
        raise Fault(FAILED, f"pg_waldump: no checkpoint at {written(control.checkpoint)}: {said(ran)}: {BY_HAND}")
    return end


def log_end(cluster: Cluster, control: Control, start: int) -> int:
    """Return where the last record begins that this cluster has itself from a position on, where it would ask on from.

    Segments that lie there prove nothing: recycled ones bear the names of logs to come.
    """
    ran = _dump(cluster, control, start, "-q")
    found = LAST.search(ran.stderr)
    return position(found[1]) if found else start


def _ended(ran: subprocess.CompletedProcess[str], dump: Dump) -> bool:
    return NOTHING in ran.stderr if dump.last is None else bool(END.search(ran.stderr))


def _whole(control: Control, fork: int, dump: Dump) -> bool:
    """Whether all was read that the control file knows of; after a clean stop its checkpoint is the very last."""
    if control.clean:
        return dump.last == control.checkpoint
    return control.checkpoint < fork if dump.last is None else control.checkpoint <= dump.last


def _dump(
    cluster: Cluster, control: Control, start: int, *more: str, onto: IO[str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Dump from a position on. Unless it is told segments, pg_waldump reads their size from any, even an empty one."""
    folder = cluster.data / "pg_wal"
    first = f"{control.timeline:08X}{segment_of(start, control.segment)}"
    last = max((path.name for path in folder.glob(f"{control.timeline:08X}{'[0-9A-F]' * 16}")), default=first)
    where = ("-p", str(folder), "-t", str(control.timeline), "-s", written(start))
    return as_owner("pg_waldump", *where, *more, first, last, within=60, onto=onto)


@contextmanager
def private_file(path: Path) -> Iterator[IO[str]]:
    """Write a file that nobody but root can read, and see it on the disk.

    Raises:
        Fault: The disk is full: the programs that write here do not all notice.
    """
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
        if os.statvfs(path).f_bavail == 0:
            raise Fault(FAILED, f"{path}: the disk is full: make room, and repeat this")
    sync_folder(path.parent)
