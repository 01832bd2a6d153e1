"""The evidence chain: what a record is, how records hang together, and how anyone verifies them offline.

One JSON object per line. `hash` is SHA-256 over the record without `hash`, in RFC 8785 canonical form; `prev` is the
hash of the record before, `-` for the first.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import rfc8785

from model.errors import Refused

FIRST = "-"
KINDS = frozenset({
    "act.after", "act.before", "act.failed", "act.found", "act.refused", "attempt.died", "attempt.started",
    "case.closed", "case.opened", "debt", "epoch.taken", "gate.answered", "gate.asked", "gate.refused",
    "gate.waiting", "intent.aborted", "intent.escalated", "observed", "sample.declared",
})  # fmt: skip
"""What this version writes. What an older one must not overlook gets a kind of its own: it does not go on then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record. `at` is seconds of the epoch; `attempt` names the process that wrote it."""

    n: int
    at: float
    case: str
    attempt: str
    kind: str
    data: Mapping[str, Any]
    prev: str
    hash: str

    def line(self) -> str:
        """Write the record as its line in the journal."""
        return rfc8785.dumps(self._body() | {"hash": self.hash}).decode()

    def _body(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "at": self.at,
            "case": self.case,
            "attempt": self.attempt,
            "kind": self.kind,
            "data": dict(self.data),
            "prev": self.prev,
        }

    def intact(self) -> bool:
        """Whether the record's hash is that of its content."""
        return self.hash == _digest(self._body())


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(dict(body))).hexdigest()


def follow(  # noqa: PLR0913  (a record has this many parts)
    last: Entry | None, *, at: float, case: str, attempt: str, kind: str, data: Mapping[str, Any]
) -> Entry:
    """Return the record that comes after `last`."""
    n, prev = (last.n + 1, last.hash) if last else (1, FIRST)
    body = {
        "n": n,
        "at": at,
        "case": case,
        "attempt": attempt,
        "kind": kind,
        "data": dict(data),
        "prev": prev,
    }
    return Entry(n=n, at=at, case=case, attempt=attempt, kind=kind, data=data, prev=prev, hash=_digest(body))


def read(text: str, where: str) -> tuple[Entry, ...]:
    """Read a journal. A last line without its end is a record that was never acknowledged: it is left out.

    Raises:
        Refused: A whole line is no record.
    """
    entries = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise Refused(f"{where}:{number}: not an evidence record: {error}") from None
    return tuple(entries)


def strangers(entries: Iterable[Entry], case: str) -> tuple[str, ...]:
    """Name the first record that is of another case than the one its journal is kept as."""
    found = (f"record {entry.n}: is of case {entry.case}, not of {case}" for entry in entries if entry.case != case)
    return tuple(islice(found, 1))


def beyond(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Name the first record of a kind that this version does not know: who goes on would overlook what it says."""
    found = (f"record {entry.n}: {entry.kind}: this version knows no such record" for entry in entries
             if entry.kind not in KINDS)  # fmt: skip
    return tuple(islice(found, 1))


def faults(entries: Iterable[Entry], head: str | None = None) -> tuple[str, ...]:
    """Verify a chain: every hash, every link, the counting, and the head if one is known from outside.

    Returns:
        What is wrong, in the order of the records; empty when the chain is whole.
    """
    found: list[str] = []
    prev, count = FIRST, 0
    known = set()
    for count, entry in enumerate(entries, 1):
        if not entry.intact():
            found.append(f"record {entry.n}: content does not match its hash")
        if (entry.n, entry.prev) != (count, prev):
            found.append(f"record {entry.n}: does not follow record {count - 1}")
        prev = entry.hash
        known.add(entry.hash)
    if head and head != FIRST and not any(digest.startswith(head) for digest in known):
        found.append(f"head {head}: no record of this chain has it: the end was cut off or rewritten")
    return tuple(found)
