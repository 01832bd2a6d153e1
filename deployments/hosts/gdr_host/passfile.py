"""The password file of the server's account. It lies in that account's own folder, and root reads it with care."""

import os
import pwd
import stat
from pathlib import Path
from typing import NamedTuple

from gdr_host.host import FAILED, Facts, Fault, under_root


class Passfile(NamedTuple):
    """Where it lies, and whose it must be."""

    path: Path
    owner: pwd.struct_passwd


def passfile(facts: Facts) -> Passfile:
    """Return the file of the account that owns the server's configuration."""
    owner = pwd.getpwuid(under_root(facts["database"]["config_file"]).stat().st_uid)
    return Passfile(under_root(f"{owner.pw_dir}/.pgpass"), owner)


def lines(file: Passfile) -> list[str]:
    """Return its lines, none where there is no such file.

    Raises:
        Fault: It is a link, no regular file, or somebody else's: root would read what that account may not.
    """
    try:
        handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Fault(FAILED, f"{file.path}: not read ({error.strerror}): {_REMEDY}") from error
    with os.fdopen(handle, errors="replace") as opened:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != file.owner.pw_uid:
            raise Fault(FAILED, f"{file.path}: no regular file of {file.owner.pw_name}: {_REMEDY}")
        return opened.read().splitlines()


_REMEDY = "see who made it what it is, then remove it"
