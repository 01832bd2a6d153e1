"""Replication slots, and the disk they can fill: a server keeps its log for each, whether or not anybody reads it."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.observation import SlotSeen
from model.readiness.blocked import NOTHING, needing
from model.readiness.hosts import FREE_BYTES
from model.readiness.line import Check, Line
from model.view import View

MENDS = "set max_slot_wal_keep_size below the room there is, make room, or drop a slot that nobody reads"
ROOM = Check("slots leave room", "database", MENDS)
UNSERVED = "drop it, and run reprotect: its standby cannot follow any more"
LOST = Check("slot serves its standby", "database", UNSERVED, NOTHING)
UNBOUNDED = "-1"


def lines(view: View) -> Iterator[Line]:
    """Judge both DBMS: a standby's own slots keep its log as well."""
    for region in REGION_KEYS:
        yield _room(view, region)
        yield _lost(view, region)


def _room(view: View, region: RegionKey) -> Line:
    """Judge as if every reader stopped now: which one will, nobody knows beforehand."""
    name, held = view.environment.dbms(region).name, view.seen.database(region).held
    free = view.host(name).disk_free_bytes
    limit = view.seen.database(region).settings.get("max_slot_wal_keep_size")
    if held is None or free is None or limit is None:
        return ROOM.judged(name, None, view.seen.database(region).fault or "unknown", needing(view, name))
    said = f"{free >> 20} MiB free" + (f", at most {limit} MiB a slot" if limit != UNBOUNDED else ", no limit is set")
    found = "; ".join([*map(_worded, held), said]) if held else "no slots"
    return ROOM.judged(name, all(_fits(one, limit, free) for one in held), found, needing(view, name))


def _fits(slot: SlotSeen, limit: str, free: int) -> bool:
    """Whether the log that may still be kept for a slot leaves room; what is lost is kept no more."""
    if slot.lost:
        return True
    return limit != UNBOUNDED and max(0, (int(limit) << 20) - slot.kept_bytes) <= free - FREE_BYTES


def _worded(slot: SlotSeen) -> str:
    reader = "lost" if slot.lost else "is read" if slot.active else "nobody reads it"
    return f"{slot.name}: {reader}, keeps {slot.kept_bytes >> 20} MiB"


def _lost(view: View, region: RegionKey) -> Line:
    name, held = view.environment.dbms(region).name, view.seen.database(region).held
    if held is None:
        return LOST.judged(name, None, view.seen.database(region).fault or "unknown")
    found = ", ".join(slot.name for slot in held if slot.lost)
    return LOST.judged(name, not found, f"lost: {found}" if found else "none is lost")
