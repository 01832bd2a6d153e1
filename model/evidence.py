"""The evidence chain: what a record is, how records hang together, and how anyone verifies them offline.

One JSON object per line. `hash` is SHA-256 over the record without `hash`, in RFC 8785 canonical form; `prev` is the
hash of the record before, `-` for the first.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    """One record. `at` is seconds of the epoch; `attempt` names the process that wrote it.

    `written` is its line, of a record that was read from one: the hash is that of the content, however it is written.
    """

    n: int
    at: float
    case: str
    attempt: str
    kind: str
    data: Mapping[str, Any]
    prev: str
    hash: str
    written: str = field(default="", compare=False, repr=False)

    def line(self) -> str:
        """Write the record as its line in the journal."""
        return rfc8785.dumps(self.plain()).decode()

    def plain(self) -> dict[str, Any]:
        """Return the record as plain data."""
        return self._body() | {"hash": self.hash}

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
        """Whether the record's hash is that of its content; what has no canonical form has no hash."""
        try:
            return self.hash == _digest(self._body())
        except (ValueError, RecursionError):
            return False

    def is_exact(self) -> bool:
        """Whether its line is, byte by byte, how an intact record is written: else there is more than was hashed."""
        return self.written in ("", self.line())


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


def whole_lines(content: bytes) -> bytes:
    """Return a journal without a last line that is being written, or was cut off: it was never acknowledged."""
    return content[: content.rfind(b"\n") + 1]


def read(content: bytes, where: str) -> tuple[Entry, ...]:
    """Read a journal. A last line without its end is a record that was never acknowledged: it is left out.

    Raises:
        Refused: A whole line is no record.
    """
    entries, found = legible(whole_lines(content), where)
    if found:
        raise Refused(found[0])
    return entries


def legible(content: bytes, where: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Read every record of a journal that can be read, and name each line that is none, or has no end."""
    *lines, rest = content.split(b"\n")
    entries: list[Entry] = []
    found: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(_entry(line.decode()))
        except (ValueError, RecursionError) as error:
            found.append(f"{where}:{number}: not an evidence record: {error}")
    if rest:
        found.append(f"{where}:{len(lines) + 1}: the last line has no end: it was cut off, or put there")
    return tuple(entries), tuple(found)


def _entry(line: str) -> Entry:
    match json.loads(line):
        case {
            "n": int(), "at": int() | float(), "case": str(case), "attempt": str(attempt), "kind": str(kind),
            "data": dict(), "prev": str(prev), "hash": str(digest), **more,
        } as fields if not more and f"{case}{attempt}{kind}{prev}{digest}".isprintable():  # fmt: skip
            return Entry(**fields, written=line)
    raise ValueError("its fields are not those of one")


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
    """Verify a chain: every hash and line, every link, the counting, and the head if one is known from outside.

    Returns:
        What is wrong, in the order of the records; empty when the chain is whole.
    """
    found: list[str] = []
    prev, count = FIRST, 0
    known = set()
    for count, entry in enumerate(entries, 1):
        if not entry.intact():
            found.append(f"record {entry.n}: content does not match its hash")
        elif not entry.is_exact():
            found.append(f"record {entry.n}: its line has bytes that no record has: they are not in its hash")
        if (entry.n, entry.prev) != (count, prev):
            found.append(f"record {entry.n}: does not follow record {count - 1}")
        prev = entry.hash
        known.add(entry.hash)
    if head and head != FIRST and not any(digest.startswith(head) for digest in known):
        found.append(f"head {head}: no record of this chain has it: the end was cut off or rewritten")
    return tuple(found)
