"""Files of this control host that hold a secret: 0600, owned by whom the block file belongs to, never repeated."""

import os
from pathlib import Path

from blocks.place import second_source
from model.errors import Refused


def read(file: Path, remedy: str) -> bytes:
    """Read a secret file.

    Args:
        remedy: What to do where it is missing.

    Raises:
        Refused: It is missing, or readable by others. Its content is never repeated.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise Refused(f"{file}: readable by others: chmod 0600 it, and make what is in it anew: it is known")
        return file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}: {remedy}") from None


def setting(file: Path, name: str, remedy: str) -> str:
    """Read a setting of a file that systemd and shells read as well; empty where it does not stand there.

    Raises:
        Refused: As `read`.
    """
    lines = (line.partition("=") for line in read(file, remedy).decode(errors="replace").splitlines())
    found = [value.strip().strip("\"'") for known, _, value in lines if known.strip() == name]
    return found[-1] if found else ""


def write(file: Path, content: bytes) -> None:
    """Write a secret file whole, over the one that was there.

    Root writes into a folder of the service account, which could put another file under the draft's name: whose it is
    to be is said of what was opened, not of a name, and before anything stands in it.

    Raises:
        Refused: The folder cannot be written to.
    """
    draft = file.with_name(f"{file.name}.new")
    try:
        draft.unlink(missing_ok=True)
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(opened, "wb") as written:
            if os.geteuid() == 0 and second_source().exists():
                owner = second_source().stat()
                os.fchown(written.fileno(), owner.st_uid, owner.st_gid)
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        draft.replace(file)
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}: make it as root; it will belong to whom the blocks belong") from None
