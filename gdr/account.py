"""The account a command runs as: what it leaves behind, the worker must be able to write."""

import os
import pwd
import shlex
import sys

from gdr.answer import BadInput
from tasks.run import state


def require_account() -> None:
    """Refuse an account that would leave files behind which the worker could not write."""
    folder = state()
    owner = folder.stat().st_uid if folder.exists() else os.geteuid()
    if owner == os.geteuid():
        return
    account = pwd.getpwuid(owner).pw_name
    again = shlex.join(("sudo", "-u", account, "--", *sys.argv))
    raise BadInput(f"{folder}: belongs to {account}, as the worker does: run it as that account: `{again}`")
