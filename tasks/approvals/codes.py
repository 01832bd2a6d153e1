"""One-time codes: who an approver is, where the channel cannot tell.

The seeds are a credential of the control host, a 0600 file and never a block: who has the API has all blocks. A code is
judged at the moment the answer was given, and counts once: the evidence keeps which one it was, never the code. The
journals are all that uses a code up, so whoever looks into them holds a lock beside them until he has written his
record; one that is killed in between has used up nothing.
"""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pyotp
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from blocks.place import second_source
from model.approval import Answer
from model.errors import Refused
from tasks import evidence, private

ISSUER = "genesys-dr"
LOCK = "CODES"  # no environment's name has capitals
HELD_S = 60.0  # each record is mirrored before the next answer is judged, and mirrors may hang
PERIOD_S, WINDOW = 30, 1  # RFC 6238: one step for the clock of a telephone, and for whoever types slowly


def path() -> Path:
    """Return where the seeds lie: `GDR_APPROVERS`, or beside the block file."""
    return Path(os.environ.get("GDR_APPROVERS") or second_source().with_name("approvers.yaml"))


def seeds() -> dict[str, str]:
    """Read the seeds, by approver.

    Raises:
        Refused: The file is missing, readable by others, or maps no names to seeds. Its content is never repeated.
    """
    try:
        found = YAML(typ="safe").load(private.read(path(), "enrol an approver: gdr approver NAME").decode())
    except (YAMLError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict) or not all(_is_seed(seed) for seed in found.values()):
        raise Refused(f"{path()}: must map approvers to seeds in base 32: put it back from a copy, or enrol anew")
    return {str(name): str(seed) for name, seed in found.items()}


def _is_seed(seed: object) -> bool:
    try:
        pyotp.TOTP(str(seed)).at(0)
    except (ValueError, TypeError):
        return False
    return isinstance(seed, str) and bool(seed)


def enrol(name: str, *, renew: bool) -> str:
    """Make an approver's seed; return the address that his device reads. It is shown this once.

    Raises:
        Refused: He has one already, or the file cannot be written.
    """
    known = seeds() if path().exists() else {}
    if name in known and not renew:
        raise Refused(f"{path()}: {name} has a seed already: --renew makes another, and his device forgets the old one")
    seed = pyotp.random_base32()
    private.write(path(), json.dumps(known | {name: seed}, indent=1).encode() + b"\n")
    return pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(answer: Answer) -> int | None:
    """Return which of the approver's codes it is, counted since 1970; None where it is none of those of that moment.

    Raises:
        Refused: He has no seed here, or the seeds cannot be read.
    """
    seed = seeds().get(answer.approver)
    if seed is None:
        raise Refused(f"{path()}: {answer.approver} has no seed: gdr approver {answer.approver}")
    now, code = int(answer.at) // PERIOD_S, answer.code.strip()
    steps = range(now - WINDOW, now + WINDOW + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(code, pyotp.TOTP(seed).at(step * PERIOD_S))), None)


def locked() -> AbstractContextManager[None]:
    """Hold the codes of all environments, from the look at what was used to the record that uses one up.

    Raises:
        Refused: Another process has held them for long.
    """
    return evidence.lock(LOCK, HELD_S)


def used(name: str) -> Iterator[int]:
    """Yield which codes of an approver were given before, in whatever case and environment."""
    for file in evidence.folder().glob("*.jsonl"):
        for line in file.read_bytes().splitlines():
            if b'"code_step"' in line:
                yield from _noted(line, name)


def _noted(line: bytes, name: str) -> Iterator[int]:
    try:
        match json.loads(line):
            case {"data": {"approver": str(approver), "code_step": int(step)}} if approver == name:
                yield step
    except (ValueError, RecursionError):
        return  # verify names a line that is no record
