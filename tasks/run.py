"""What every task is told about the run it belongs to: names and plain values, never connections or secrets."""

import hashlib
import os
import socket
import time
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from model.environment.environment import Environment
from model.environment.load import parse
from model.errors import Refused
from model.observation import Observation
from model.step import Intent
from model.view import View

CODE = Path(__file__).resolve().parent.parent
VERSION = version("genesys-dr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process's part of a case.

    Attributes:
        environment: Name of the environment file.
        case: Name of the case, which is also that of its journal.
        attempt: Names this process in the evidence.
        epoch: The epoch it holds; None before it has taken one.
        waived: Writers whose fence was waived in the approval.
        lossy: Whether site components may hold changes the new database lacks.
        owed: Hosts that did not answer when the names moved.
    """

    environment: str
    case: str
    attempt: str
    intent: Intent
    epoch: int | None = None
    waived: frozenset[str] = frozenset()
    lossy: bool = False
    owed: frozenset[str] = frozenset()

    def view(self, seen: Observation) -> View:
        """Judge an observation for this run."""
        return View(
            environment=environment(self.environment),
            seen=seen,
            intent=self.intent,
            case=self.case,
            epoch=self.epoch,
            waived=self.waived,
            lossy=self.lossy,
            owed=self.owed,
        )


def environments() -> Path:
    """Return the folder of environment files: in the image, beside the code, wherever the operator stands."""
    return Path(os.environ.get("GDR_ENVIRONMENTS", CODE / "deployments" / "environments"))


def environment_file(name: str) -> Path:
    """Return the path of an environment file.

    Raises:
        Refused: There is none of that name.
    """
    path = environments() / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in environments().glob("*.yaml"))) or "none"
        raise Refused(f"{path}: no such environment; known here: {known}")
    return path


@cache
def environment(name: str) -> Environment:
    """Read and judge an environment file, once per process."""
    path = environment_file(name)
    return parse(path.read_text(), str(path))


@cache
def digest(name: str) -> str:
    """Return the SHA-256 of an environment file: a case keeps to the file it was opened with."""
    return hashlib.sha256(environment_file(name).read_bytes()).hexdigest()


def state() -> Path:
    """Return the folder that holds cases, samples and reports."""
    return Path(os.environ.get("GDR_STATE", "/var/lib/genesys-dr"))


def attempt() -> str:
    """Name this process in the evidence: host, process number, moment."""
    return f"{socket.gethostname()}-{os.getpid()}-{time.time_ns() // 1_000_000}"
