"""The mirror: every record a second time, away from this host's disk.

Each target has a thread of its own, for a file system may hang for ever: whoever has written a record waits for it a
moment, then goes on. A target is brought up to date with the whole journal each time, so that what it missed is there
as soon as it answers again. A mirror that fails is a debt, never a reason to stop.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from model.environment.document import Mirror
from model.errors import RecoveryError, Refused
from model.evidence import Entry
from tasks.mirror_targets import Block, Folder, Host, Target
from tasks.run import environment

DEBT = "evidence mirror"
MOMENT_S, WORTH_S, WHOLE_S = 0.25, 2.0, 60.0
WORTH = ("gate.answered", "case.closed")  # what nobody could find out again
Job = tuple[Callable[[], object], Event, list[str]]
_told: set[str] = set()


class Keeper:
    """One target and its thread."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._newest: Event | None = None
        Thread(target=self._work, name=f"mirror {target.where}", daemon=True).start()

    def copied(self, journal: Path, within_s: float) -> str:
        """Bring the target up to date; return why it is not, empty when it is."""
        return self._done(lambda: self.target.copy(journal), within_s)

    def proven(self, name: str, journals: tuple[Path, ...], within_s: float) -> str:
        """Write something to the target, and count what it lacks; return what is wrong."""

        def prove() -> None:
            self.target.probe(f"readiness-{name}.txt", time.strftime("%Y-%m-%dT%H:%M:%SZ\n", time.gmtime()).encode())
            behind = [path.stem for path in journals if self.target.lacks(path)]
            if behind:
                raise Refused(f"lacks records of {', '.join(behind)}")

        return self._done(prove, within_s)

    def _done(self, do: Callable[[], object], within_s: float) -> str:
        """Have it done, and wait for it: not at all while something before it is not done yet."""
        hangs = self._newest is not None and not self._newest.is_set()
        done, fault = Event(), list[str]()
        self._newest = done
        self._jobs.put((do, done, fault))
        if not done.wait(0 if hangs and within_s < WORTH_S else within_s):
            return f"did not answer within {within_s:g} s"
        return "".join(fault)

    def _work(self) -> None:
        while True:
            do, done, fault = self._jobs.get()
            try:
                do()
            except RecoveryError as error:
                fault.append(str(error))
            except OSError as error:
                fault.append(error.strerror or type(error).__name__)
            except Exception as error:  # noqa: BLE001  (a library's own words may hold an address with a password)
                fault.append(type(error).__name__)
            done.set()


@cache
def keepers(name: str) -> tuple[Keeper, ...]:
    """Return an environment's targets: its mirror, then its second disk."""
    try:
        known = environment(name).evidence
    except Refused:
        return ()
    return tuple(Keeper(_target(mirror)) for mirror in (known.mirror, known.second_disk) if mirror is not None)


def _target(mirror: Mirror) -> Target:
    if mirror.folder and mirror.access:
        return Host(str(mirror.address), mirror.access, mirror.folder)
    return Folder(Path(mirror.folder)) if mirror.folder else Block(mirror.block or "")


def keep(name: str, journal: Path, entry: Entry) -> str:
    """Have a record mirrored, within a moment; else on the second disk; else on the terminal.

    Returns:
        What is owed, the first time that this process finds the mirror wanting for the case; else empty.
    """
    faults = []
    for keeper in keepers(name):
        fault = keeper.copied(journal, WORTH_S if entry.kind in WORTH else MOMENT_S)
        if not fault:
            break
        faults.append(f"{keeper.target.where}: {fault}")
    else:
        _tell(faults, entry)
    if not faults or entry.case in _told:
        return ""
    _told.add(entry.case)
    return f"{'; '.join(faults)}: mend it, then `gdr evidence mirror {name}`"


def _tell(faults: list[str], entry: Entry) -> None:
    """Write a record that is kept nowhere else to the terminal, which systemd keeps for a worker."""
    if faults:
        sys.stderr.write(f"evidence: on one disk only: {'; '.join(faults)}. The record:{os.linesep}{entry.line()}\n")
        sys.stderr.flush()


def standing(name: str, journal: Path) -> dict[str, str] | None:
    """Say where a journal is mirrored, or why it is not; None where no mirror is named."""
    for keeper in keepers(name)[:1]:
        return {"where": keeper.target.where, "fault": keeper.copied(journal, WORTH_S)}
    return None
