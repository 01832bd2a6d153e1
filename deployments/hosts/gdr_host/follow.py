"""The old primary's cluster is made a standby of the new one, by the least that certainly does it."""

import json
import math
from collections.abc import Callable
from typing import NamedTuple

from gdr_host.beyond import checkpoint_end, log_end
from gdr_host.cluster import Cluster, Control, as_owner, read, read_control, remove, require_stopped
from gdr_host.epoch import durable_unlink, stored_epoch, write_atomically
from gdr_host.export import fits
from gdr_host.host import FAILED, VAR, Facts, Fault
from gdr_host.primary import Primary, address_of, ask, fork_from, keeps_log, require_same_system, require_slot
from gdr_host.program import DOWN, said, unit_states
from gdr_host.standby import configure, configured
from gdr_host.swap import (
    MARKER,
    NEW,
    OLD,
    begin,
    beyond_repair,
    own_files,
    replace,
    reseeding,
    settle,
    unfinished,
)
from gdr_host.wal import position, segment_of

NOTE = VAR / "reseed.json"
FOLLOWED, REWOUND, COPIED = "followed", "rewound", "copied"


class Way(NamedTuple):
    """How it is to be done, and why so; in the end, how it was done."""

    done: str
    why: str


def pg_follow(facts: Facts, address: str, slot: str) -> None:
    """Make this cluster a standby of the primary at this address. The server is not started.

    One that runs as that standby already is left alone; only what a killed copy left beside it is removed.

    Raises:
        Fault: A server runs on it, it has what is not exported, or the primary is none that it could follow.
    """
    cluster = Cluster.of(facts)
    if runs_as_told(cluster, address, slot):
        tidy(cluster)
        print(f"already a standby of {address} through {slot}, and not down")
        return
    require_stopped(cluster)
    settle(cluster)
    require_slot(cluster, address, slot)
    primary, stood = ask(cluster, address), cluster.standby and not unfinished()
    way = _choose(facts, cluster, primary)
    way = DEEDS[way.done](facts, cluster, primary, slot, way)
    keep_note(way, primary, slot, again=stood and way.done == FOLLOWED)
    print(f"{way.done}: {way.why}")


def runs_as_told(cluster: Cluster, address: str, slot: str) -> bool:
    """Whether the server is up as this standby already."""
    up = unit_states([cluster.unit])[cluster.unit] not in DOWN
    return up and configured(cluster, address, slot)


def tidy(cluster: Cluster) -> None:
    """End a reseed that was cut after its cluster was ready: what runs as a standby is whole, the old one or the copy.

    Whether it can go on is seen by whether it streams.
    """
    if reseeding(cluster):
        remove(cluster.sibling(NEW), cluster.sibling(OLD))
        durable_unlink(MARKER)


def _choose(facts: Facts, cluster: Cluster, primary: Primary) -> Way:
    """Choose the least that certainly works; where that is in doubt, more."""
    if beyond_repair(cluster):
        return Way(COPIED, "an earlier pg_rewind did not end")
    control = read_control(facts)
    require_same_system(control, primary)
    return (of_standby if cluster.standby else _of_primary)(cluster, control, primary)


def of_standby(cluster: Cluster, control: Control, primary: Primary) -> Way:
    """Go on as a standby. One of another timeline may hold more of it than it has replayed, so it is not trusted."""
    if control.timeline != primary.timeline:
        return Way(COPIED, f"a standby on timeline {control.timeline}, and the primary is on {primary.timeline}")
    if (cluster.data / "backup_label").exists():  # a copy that never ran brought its own log
        return Way(FOLLOWED, "a new copy of the primary")
    replayed = max(control.checkpoint, control.ends)
    kept = keeps_log(cluster, control, primary, replayed)  # what it has received and not replayed is read only if not
    return _from(cluster, control, primary, replayed if kept else log_end(cluster, control, replayed))


def _of_primary(cluster: Cluster, control: Control, primary: Primary) -> Way:
    """Follow only from the very point where the primary left this timeline: pg_rewind would rewind nothing there."""
    fork = fork_from(cluster, control, primary)
    if not fits(control, primary, fork):
        raise Fault(FAILED, f"{cluster.data}: what only this cluster has is not exported: pg-export {primary.address}")
    if control.clean and checkpoint_end(cluster, control) == fork:
        return _from(cluster, control, primary, fork)
    if control.rewindable:
        return Way(REWOUND, "its log does not end where the primary left this timeline")
    return Way(COPIED, "neither wal_log_hints nor checksums, or no full_page_writes: pg_rewind cannot be used")


def _from(cluster: Cluster, control: Control, primary: Primary, end: int) -> Way:
    if keeps_log(cluster, control, primary, end):
        return Way(FOLLOWED, "its log ends where the primary's goes on")
    return Way(COPIED, "the primary no longer has the log from there on")


def _follow(_: Facts, cluster: Cluster, primary: Primary, slot: str, way: Way) -> Way:
    """Write what makes it a standby; where a kill left that to be done, what was begun is what was done."""
    if not cluster.standby:
        begin(cluster, *way, breaks=False)
        _forget_slots(cluster)
    configure(cluster, cluster.data, own_files(cluster), primary.address, slot)
    marker = unfinished()
    return Way(marker["done"], marker["why"]) if marker else way


def _forget_slots(cluster: Cluster) -> None:
    """Drop the slots of the former primary: nobody moves them on, and they keep a standby's log until the disk is full.

    pg_rewind and pg_basebackup leave them out themselves.
    """
    remove(*(cluster.data / "pg_replslot").iterdir())


def _rewind(facts: Facts, cluster: Cluster, primary: Primary, slot: str, way: Way) -> Way:
    """Rewind, or copy where pg_rewind fails or leaves a cluster whose log has a gap.

    A second pg_rewind over a half rewound cluster would first start it, and end its recovery as a primary.
    """
    marker = begin(cluster, *way, breaks=True)
    source = f"--source-server={address_of(cluster, primary.address)} dbname=postgres"
    argv = ("pg_rewind", "-D", str(cluster.data), source, f"--config-file={cluster.config}")
    ran = as_owner(*argv, within=math.inf)
    if ran.returncode or not _unbroken(facts, cluster):
        why = f"pg_rewind: exit {ran.returncode}: {said(ran)}" if ran.returncode else "pg_rewind left a gap in the log"
        return _copy(facts, cluster, primary, slot, Way(COPIED, why))
    _forget_slots(cluster)
    configure(cluster, cluster.data, marker["files"], primary.address, slot)
    return way._replace(done=FOLLOWED) if "no rewind required" in ran.stderr else way


def _unbroken(facts: Facts, cluster: Cluster) -> bool:
    """Whether the log that pg_rewind left reaches from where recovery begins to where the cluster is consistent.

    It copies what the primary still has, which may no longer reach back to the last common checkpoint.
    """
    label = read(cluster.data / "backup_label")
    if not label:
        return True  # nothing had to be rewound
    control = read_control(facts)
    first = position(label.partition("START WAL LOCATION: ")[2].split()[0])
    have = {path.name[8:] for path in (cluster.data / "pg_wal").iterdir()}
    needed = range(first // control.segment, (control.ends - 1) // control.segment + 1)
    return have.issuperset(segment_of(number * control.segment, control.segment) for number in needed)


def _copy(_: Facts, cluster: Cluster, primary: Primary, slot: str, way: Way) -> Way:
    marker = begin(cluster, *way, breaks=False)
    replace(cluster, primary, slot, marker["files"])
    return way


Deed = Callable[[Facts, Cluster, Primary, str, Way], Way]
DEEDS: dict[str, Deed] = {FOLLOWED: _follow, REWOUND: _rewind, COPIED: _copy}


def noted() -> Facts:
    """Return how this cluster was last made a standby; nothing before the first time."""
    try:
        note: Facts = json.loads(NOTE.read_text())
    except FileNotFoundError:
        return {}
    return note


def ready() -> int | None:
    """Return the epoch in which the stopped cluster was last found, or made, fit to go on as a standby."""
    return noted().get("ready")


def keep_note(way: Way, primary: Primary, slot: str, *, again: bool) -> None:
    """Keep what was done, and in which epoch it was last found good; then strike out that it is under way."""
    told = {"epoch": stored_epoch(), "primary": primary.address, "primary_timeline": primary.timeline, "slot": slot}
    before, same = noted(), ("primary", "primary_timeline", "slot")
    known = again and all(before.get(part) == told[part] for part in same)
    done = before if known else way._asdict() | told
    write_atomically(NOTE, json.dumps(done | {"ready": told["epoch"]}) + "\n")
    durable_unlink(MARKER)
