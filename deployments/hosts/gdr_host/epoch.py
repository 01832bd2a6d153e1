"""The epoch: the highest one that acted here is kept, and a process with a lower one is refused."""

import fcntl
import os
import re
import signal
import sys
import time
from pathlib import Path

from gdr_host.host import BUSY, FAILED, OVERTAKEN, PATIENCE, ROOT, VAR, Fault
from gdr_host.program import inherited

STORE = VAR / "epoch"
LOCK_WAIT_S = 10


def stored_epoch() -> int:
    """Return the highest epoch that has acted here, 0 before the first."""
    try:
        text = STORE.read_text().strip()
    except FileNotFoundError:
        return 0
    if not re.fullmatch("[0-9]+", text):
        raise Fault(FAILED, f"{STORE}: {text!r} is no epoch: write the activation record's epoch into it, as root")
    return int(text)


def take_host() -> None:
    """Hold this host for one act, waiting at most ten seconds for another to end.

    The lock is a file of its own, for the epoch's file is replaced. Children inherit it: an act that outlives
    its killed parent, a promotion say, still keeps the next one out.
    """
    VAR.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle = os.open(VAR / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, LOCK_WAIT_S * PATIENCE)
    fcntl.flock(handle, fcntl.LOCK_EX)
    signal.setitimer(signal.ITIMER_REAL, 0)
    inherited.append(handle)


def is_held() -> bool:
    """Whether an act is under way on this host, or what it has started."""
    try:
        handle = os.open(VAR / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def leave_host() -> None:
    """Hold this host no longer, so that what systemd starts on it may."""
    while inherited:
        os.close(inherited.pop())


def _give_up(*_: object) -> None:
    raise Fault(BUSY, "another act is still running on this host: let it end, then run this again")


def take_epoch(epoch: int, words: list[str]) -> None:
    """Refuse an older epoch, keep a newer one. The host must be held."""
    stored = stored_epoch()
    if epoch < stored:
        log_act(str(epoch), [*words, f"refused: {stored} has acted"])
        raise Fault(OVERTAKEN, f"epoch {epoch} is older than {stored}: another process has taken over")
    if epoch > stored:
        write_atomically(STORE, f"{epoch}\n")


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file so that a crash at any moment leaves the old or the new text. The guard reads it too."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.new")
    with scratch.open("w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync_folder(path.parent)


def durable_unlink(path: Path) -> None:
    """Remove a file, if it is there, so that no power cut brings it back."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until what was made, renamed or removed in a folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(handle)
    os.close(handle)


def log_act(epoch: str, words: list[str]) -> None:
    """Add one line to this host's own log. A full disk must not stop a fence, so it is told, not raised."""
    path = ROOT / "var/log/genesys-dr/acts.log"
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"{at} {epoch} {' '.join(words)}\n")
    except OSError as error:
        print(f"{path}: not written ({error.strerror}): the act goes on; make room on the disk", file=sys.stderr)
