"""The cluster that is primary now, asked over its replication protocol and, as pg_rewind does, in SQL."""

import re
from typing import NamedTuple

from gdr_host.cluster import Cluster, Control, must, read
from gdr_host.host import FAILED, Fault
from gdr_host.wal import position, segment_of

HISTORY = re.compile(r"^(?:\S+\|)?(\d+)\t([0-9A-F]+/[0-9A-F]+)\t", re.MULTILINE)
BY_HAND = "save this cluster, then make it a standby by hand, from a base backup"


class Primary(NamedTuple):
    """What it says of itself: which cluster, on which timeline, where that ends, and where it left each earlier one."""

    address: str
    system: str
    timeline: int
    end: int
    left: dict[int, int]


def address_of(cluster: Cluster, address: str) -> str:
    """Return how the primary is reached; the password is libpq's to find, in the owner's .pgpass."""
    return f"host={address} port={cluster.port} user={cluster.user} connect_timeout=5"


def ask(cluster: Cluster, address: str) -> Primary:
    """Ask a server who it is.

    Raises:
        Fault: It does not answer, is a standby, or says what cannot be read.
    """
    said = _replication(cluster, address, "IDENTIFY_SYSTEM;\nSHOW in_hot_standby;")
    found = re.fullmatch(r"(\d+)\|(\d+)\|([0-9A-F]+/[0-9A-F]+)\|\S*\n(on|off)", said)
    if not found:
        raise Fault(FAILED, f"{address}: answers {said!r} when asked who it is: no server this can follow")
    if found[4] == "on":
        raise Fault(FAILED, f"{address}: is a standby: name the primary")
    timeline = int(found[2])
    text = _replication(cluster, address, f"TIMELINE_HISTORY {timeline};") if timeline > 1 else ""
    return Primary(address, found[1], timeline, position(found[3]), history(text))


def history(text: str) -> dict[int, int]:
    """Read a timeline's history: where each earlier timeline was left."""
    return {int(timeline): position(at) for timeline, at in HISTORY.findall(text)}


def require_same_system(control: Control, primary: Primary) -> None:
    """Refuse a server that was never a copy of this cluster."""
    if primary.system != control.system:
        what = f"is cluster {primary.system}, and this is {control.system}"
        raise Fault(FAILED, f"{primary.address}: {what}: they have nothing in common: {BY_HAND}")


def fork_from(cluster: Cluster, control: Control, primary: Primary) -> int:
    """Return where the primary left the timeline on which this cluster was a primary itself.

    Raises:
        Fault: It never was on that timeline, or is on it still: what is stranded here cannot be told.
    """
    require_same_system(control, primary)
    ours, theirs = f"timeline {control.timeline} of this cluster", f"{primary.address}, on timeline {primary.timeline}"
    if primary.timeline == control.timeline:
        raise Fault(FAILED, f"{theirs}: has never left {ours}, and this is no standby of it: {BY_HAND}")
    fork = primary.left.get(control.timeline)
    before = history(read(cluster.data / f"pg_wal/{control.timeline:08X}.history"))
    if fork is None or not before.items() <= primary.left.items():
        raise Fault(FAILED, f"{theirs}: its history does not know {ours}: {BY_HAND}")
    return fork


def require_slot(cluster: Cluster, address: str, slot: str) -> None:
    """Refuse to begin before the primary keeps its log for this cluster."""
    named = f"slot_name = '{slot}' and slot_type = 'physical'"
    if _sql(cluster, address, f"select restart_lsn from pg_replication_slots where {named};") == "":  # noqa: S608  # verbs.py judged it
        raise Fault(FAILED, f"{address}: slot {slot}: not there, or lost: pg-slot-create {slot} on that host first")


def keeps_log(cluster: Cluster, control: Control, primary: Primary, start: int) -> bool:
    """Whether the primary still has its log from a position on; it removes the oldest first, whatever the timeline."""
    name = segment_of(start, control.segment)
    asked = f"select count(*) > 0 from pg_ls_dir('pg_wal', true, false) as name where name ~ '^[0-9A-F]{{8}}{name}$';"  # noqa: S608  # our own name
    return _sql(cluster, primary.address, asked) == "t"


def _replication(cluster: Cluster, address: str, asked: str) -> str:
    return _psql(f"{address_of(cluster, address)} replication=1", asked)


def _sql(cluster: Cluster, address: str, asked: str) -> str:
    return _psql(f"{address_of(cluster, address)} dbname=postgres", asked)


def _psql(conninfo: str, asked: str) -> str:
    client = ("psql", "-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", conninfo)
    return must(*client, given=f"{asked}\n", within=10).strip()
