"""The command line, in this process: what it says, on which stream, and its exit code."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gdr.cli import main
from model.evidence import Entry, follow
from tasks.evidence import journal

OPENED = {
    "environment": "lab",
    "digest": "ab" * 32,
    "intent": {"runbook": "full_failover", "target": "region2", "mode": "planned", "reason": "maintenance"},
}
Gdr = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


def gdr(capsys: pytest.CaptureFixture[str]) -> Gdr:
    """Return the command."""

    def run(*words: str) -> Said:
        code = main.run(words)
        return Said(code, *capsys.readouterr())

    return run


def case(name: str, *kinds: tuple[str, dict[str, Any]], environment: str = "lab") -> list[Entry]:
    """Write a case's journal."""
    return write(name, OPENED | {"environment": environment}, *kinds)


def write(name: str, opened: dict[str, Any], *kinds: tuple[str, dict[str, Any]]) -> list[Entry]:
    """Write the journal of a case that was opened so."""
    entries: list[Entry] = []
    for number, (kind, data) in enumerate((("case.opened", opened), *kinds)):
        last = entries[-1] if entries else None
        entries.append(follow(last, at=100.0 + number, case=name, attempt="a1", kind=kind, data=data))
    journal(name).write_text("".join(entry.line() + "\n" for entry in entries))
    return entries


def on_loopback(folder: Path) -> dict[str, str]:
    """Write the laboratory's environment with addresses where nobody listens; return the setting that names it."""
    text = Path("deployments/environments/lab.yaml").read_text()
    (folder / "lab.yaml").write_text(text.replace("198.18.", "127.18."))
    return {"GDR_ENVIRONMENTS": str(folder)}


def blocks(path: Path, **changes: str) -> None:
    """Write blocks that lead nowhere."""
    path.touch(mode=0o600)
    ssh = {"type": "ssh-access", "username": "gdr", "private_key": "none", "known_hosts": "none"}
    dns = {"type": "dns-server", "key_name": "gdr.", "key_secret": "bm9uZQ=="}
    logins = {"observer": "o", "observer_password": "none", "account": "g", "account_password": "none"}
    sql = {"type": "postgresql-access"} | logins
    documents = {"lab-ssh": ssh, "lab-dns": dns, "lab-postgresql": sql}
    path.write_text(json.dumps({name: fields | changes for name, fields in documents.items()}))
