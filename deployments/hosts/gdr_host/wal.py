"""The write-ahead log: positions in it, and what pg_waldump reads there."""

import re
from collections import Counter
from collections.abc import Iterable

PAGE, PAGE_HEADER, SEGMENT_HEADER, ALIGNMENT = 8192, 24, 40, 8
RECORD = re.compile(
    r"rmgr: (?P<kind>\w+) +len \(rec/tot\): +\d+/ +(?P<length>\d+), tx: +(?P<xid>\d+), lsn: (?P<lsn>\S+),"
    r" prev \S+, desc: (?P<act>\w+)(?P<rest>.*)"
)


def position(text: str) -> int:
    """Return a position `0/3000060` in bytes."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def written(at: int) -> str:
    """Return a position as PostgreSQL writes it."""
    return f"{at >> 32:X}/{at & 0xFFFFFFFF:X}"


def segment_of(at: int, size: int) -> str:
    """Return the name of the segment that holds a position, but for the timeline before it."""
    return f"{at >> 32:08X}{(at & 0xFFFFFFFF) // size:08X}"


def end_of(at: int, length: int, segment: int) -> int:
    """Return where a record ends: a header stands wherever it goes on on another page."""
    left = -(-length // ALIGNMENT) * ALIGNMENT
    while left:
        if at % PAGE == 0:
            at += PAGE_HEADER if at % segment else SEGMENT_HEADER
        step = min(left, PAGE - at % PAGE)
        at, left = at + step, left - step
    return at


class Dump:
    """What a dump of records comes to. Deletes count only where their transaction was committed.

    Attributes:
        drops: Files of tables and indexes that commits removed: DROP, TRUNCATE, and whatever rewrites a table.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.commits = self.drops = self.length = 0
        self.last: int | None = None
        self.xids: set[int] = set()
        self._deletes: Counter[int] = Counter()

    @property
    def deletes(self) -> int:
        """Count the rows that committed transactions deleted: of these no row is left to be shown."""
        return sum(count for xid, count in self._deletes.items() if xid in self.xids)

    def end(self, segment: int) -> int | None:
        """Return where the last record ends."""
        return None if self.last is None else end_of(self.last, self.length, segment)

    def add(self, record: re.Match[str]) -> None:
        """Count one record."""
        self.last, self.length = position(record["lsn"]), int(record["length"])
        match record["kind"], record["act"]:
            case "Transaction", "COMMIT" | "COMMIT_PREPARED":
                self.commits += 1
                self.xids |= _committed(record)
                self.drops += _dropped(record)
            case "Heap", "DELETE":
                self._deletes[int(record["xid"])] += 1


def summed(lines: Iterable[str]) -> Dump:
    """Sum up what pg_waldump printed."""
    dump = Dump()
    for record in filter(None, map(RECORD.match, lines)):
        dump.add(record)
    return dump


def _dropped(record: re.Match[str]) -> int:
    files = re.search(r"; rels:((?: [^ ;]+)+)", record["rest"])
    return len(files[1].split()) if files else 0


def _committed(record: re.Match[str]) -> set[int]:
    """Return a commit's own number and those of its subtransactions; a prepared one's stands in the text."""
    prepared = re.match(r" (\d+):", record["rest"])
    below = re.search(r"; subxacts:((?: \d+)+)", record["rest"])
    return {int(prepared[1] if prepared else record["xid"]), *map(int, below[1].split() if below else [])}
