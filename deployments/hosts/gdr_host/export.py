"""What only this cluster has is written down, for a person to read, before anything makes it a standby again."""

import hashlib
import json
from pathlib import Path
from typing import IO

from gdr_host.beyond import private_file, read_beyond
from gdr_host.cluster import Cluster, Control, as_owner, read_control, require_down, require_stopped
from gdr_host.epoch import stored_epoch, sync_folder, write_atomically
from gdr_host.host import FAILED, VAR, Facts, Fault
from gdr_host.primary import Primary, ask, fork_from
from gdr_host.private import conninfo, end_leftover, reading
from gdr_host.program import said
from gdr_host.swap import beyond_repair
from gdr_host.wal import written

NOTE = VAR / "stranded.json"
EXPORTS = VAR / "stranded"
NOTHING = {"fork": "0/0", "end": "0/0", "commits": 0, "deletes": 0, "drops": 0, "rows": 0}
ROWS_S = 60
ROWS = """
select format(
    'select translate(json_build_object(%L, current_database(), %L, %L, %L, stranded.xmin::text::bigint, %L, '
    'row_to_json(stranded.*))::text, chr(10) || chr(13), %L) from only %I.%I as stranded '
    'where stranded.xmin = any (%L::xid[]);',
    'database', 'table', nspname || '.' || relname, 'xid', 'row', '  ', nspname, relname, '{XIDS}')
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'r' and nspname !~ '^pg_' and nspname <> 'information_schema' order by nspname, relname \\gexec
"""


def pg_export(facts: Facts, address: str) -> None:
    """Export the transactions that the primary at this address never had.

    Raises:
        Fault: The server runs, the primary shares no history with this cluster, or its log cannot be read.
    """
    cluster = Cluster.of(facts)
    require_down(cluster)
    end_leftover(cluster)
    require_stopped(cluster)
    if nothing := _nothing_of_its_own(cluster):
        _note_nothing(cluster, ask(cluster, address))
        print(f"nothing to export: {nothing}")
        return
    control, primary = read_control(facts), ask(cluster, address)
    fork = fork_from(cluster, control, primary)
    if fits(control, primary, fork):
        print(f"exported before: {NOTE}")
        return
    note = _export(facts, cluster, control, fork) | {"primary_timeline": primary.timeline}
    write_atomically(NOTE, json.dumps(note) + "\n")
    counted = ", ".join(f"{note[what]} {what}" for what in ("commits", "deletes", "drops", "rows"))
    print(f"{counted}: {note['folder']}")


def _nothing_of_its_own(cluster: Cluster) -> str | None:
    if (cluster.data / "recovery.signal").exists():
        raise Fault(FAILED, f"{cluster.data}: recovery.signal: somebody recovers this cluster by hand: let that end")
    if cluster.standby:
        return "a standby writes nothing of its own"
    return "a reseed was begun, which comes after the export" if beyond_repair(cluster) else None


def _note_nothing(cluster: Cluster, primary: Primary) -> None:
    """Note that nothing is to be exported; what was exported before this very reseed, or against this timeline, stays.

    Of a cluster that is between two others nothing can be read any more.
    """
    before = noted() or {}
    stays = before if beyond_repair(cluster) else {}
    if before.get("primary_timeline") != primary.timeline:
        nothing = NOTHING | {"timeline": primary.timeline, "folder": str(EXPORTS), "bytes": {}, "sha256": {}}
        write_atomically(NOTE, json.dumps(nothing | stays | {"primary_timeline": primary.timeline}) + "\n")


def _export(facts: Facts, cluster: Cluster, control: Control, fork: int) -> Facts:
    folder = EXPORTS / str(stored_epoch())
    for own in (EXPORTS, folder):
        own.mkdir(mode=0o700, exist_ok=True)
        sync_folder(own.parent)
    wal, rows = folder / "wal.txt", folder / "rows.jsonl"
    beyond = read_beyond(cluster, control, fork, wal)
    with private_file(rows) as file:
        if beyond.commits:
            with reading(facts, cluster):
                _write_rows(cluster, beyond.xids, file)
    with rows.open("rb") as lines:
        count = sum(1 for _ in lines)
    return {
        "timeline": control.timeline,
        "fork": written(fork),
        "end": written(beyond.end),
        "commits": beyond.commits,
        "deletes": beyond.deletes,
        "drops": beyond.drops,
        "rows": count,
        "folder": str(folder),
        "bytes": {path.name: path.stat().st_size for path in (wal, rows)},
        "sha256": {path.name: _digest(path) for path in (wal, rows)},
        **_rests(read_control(facts)),
    }


def _write_rows(cluster: Cluster, xids: frozenset[int], file: IO[str]) -> None:
    """Write every visible row that one of these transactions left, whatever database it is in."""
    listed = _psql(cluster, "postgres", "select datname from pg_database where datallowconn order by datname;")
    wanted = ROWS.replace("XIDS", ",".join(map(str, sorted(xids))))
    for database in listed.splitlines():
        _psql(cluster, database, wanted, onto=file)


def _psql(cluster: Cluster, database: str, asked: str, onto: IO[str] | None = None) -> str:
    client = ("psql", "-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", conninfo(cluster, database))
    ran = as_owner(*client, given=asked, within=ROWS_S, onto=onto)
    if ran.returncode:
        raise Fault(FAILED, f"rows of database {database}: {said(ran)}")
    return ran.stdout


def noted() -> Facts | None:
    """Return what the last export came to; None before the first."""
    try:
        note: Facts = json.loads(NOTE.read_text())
    except FileNotFoundError:
        return None
    return note


def stranded(facts: Facts) -> Facts | None:
    """Return the note of the last export, and whether it still fits this cluster, told without asking anybody.

    That the primary is the same, and no file of the export was changed, is seen when it is followed.
    """
    note = noted()
    return note and note | {"fits": _still_fits(facts, note)}


def _still_fits(facts: Facts, note: Facts) -> bool:
    if _nothing_of_its_own(Cluster.of(facts)):
        return True
    return _rests(read_control(facts)).items() <= note.items() and _there(note)


def fits(control: Control, primary: Primary, fork: int) -> bool:
    """Whether the last export holds all that would be lost now: the cluster has not run since, no file is missing."""
    wanted = {
        "timeline": control.timeline,
        "primary_timeline": primary.timeline,
        "fork": written(fork),
        **_rests(control),
    }
    note = noted() or {}
    return wanted.items() <= note.items() and _there(note) and _intact(note)


def _rests(control: Control) -> Facts:
    """Say how the cluster was left: had it run since, it would stand at another checkpoint, or not be shut down."""
    return {"checkpoint": written(control.checkpoint), "state": control.state}


def _intact(note: Facts) -> bool:
    folder = Path(note["folder"])
    return all((folder / name).exists() and _digest(folder / name) == own for name, own in note["sha256"].items())


def _there(note: Facts) -> bool:
    """Whether every file is there in its length: quick enough for every look. An older note does not tell."""
    paths = [(Path(note["folder"]) / name, size) for name, size in note.get("bytes", {}).items()]
    return "bytes" in note and all(path.exists() and path.stat().st_size == size for path, size in paths)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while some := file.read(1 << 20):
            digest.update(some)
    return digest.hexdigest()
