"""What gdr-host and its parts share: where things lie, what this host is, and how a command ends."""

import json
import os
from pathlib import Path
from typing import Any

# Only tests set these two. In production sudo resets the environment and sets secure_path (see sudoers), so
# whoever may call gdr-host can choose neither the files it trusts nor the programs it finds in PATH.
ROOT = Path(os.environ.get("GDR_ROOT", "/"))
PATIENCE = float(os.environ.get("GDR_PATIENCE", "1"))
ETC = ROOT / "etc/genesys-dr"
VAR = ROOT / "var/lib/genesys-dr"

FAILED, USAGE, OVERTAKEN, BUSY = 1, 2, 3, 4

Facts = dict[str, Any]


class Fault(Exception):
    """End the command with this exit code; the text says what is wrong and what to do."""

    def __init__(self, code: int, what: str) -> None:
        """Keep the exit code beside the text."""
        super().__init__(what)
        self.code = code


def load_facts() -> Facts:
    """Read host.json, which deploy wrote."""
    path = ETC / "host.json"
    try:
        facts: Facts = json.loads(path.read_text())
        missing = {"host", "region", "role", "components", "database", "resolver", "power"} - facts.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise Fault(FAILED, f"{path}: cannot be read ({error}): deploy this host again") from error
    if missing:
        raise Fault(FAILED, f"{path}: lacks {', '.join(sorted(missing))}: deploy this host again")
    return with_programs(facts)


def with_programs(facts: Facts) -> Facts:
    """Let the DBMS's own programs come before any wrapper of their name."""
    if facts["database"]:
        os.environ["PATH"] = f"{facts['database']['bin']}:{os.environ['PATH']}"
    return facts


def under_root(path: str) -> Path:
    """Return where an absolute path of this host lies."""
    return ROOT / path.lstrip("/")
