"""PostgreSQL, over its unix socket and as its own account; statements go to standard input, not arguments."""

import json
import re

from gdr_host.epoch import stored_epoch, write_atomically
from gdr_host.host import FAILED, VAR, Facts, Fault, under_root
from gdr_host.program import DOWN, checked, run, said, unit_states, until

RESTORE_POINT = VAR / "restore-point.json"
SERVER = """
select json_build_object('in_recovery', pg_is_in_recovery(), 'slots', (
    select coalesce(json_agg(json_build_object('name', slot_name, 'active', active, 'wal_status', wal_status,
        'keeps_from', at - mod(at, pg_size_bytes(current_setting('wal_segment_size'))))), '[]')
    from (select *, (restart_lsn - '0/0')::bigint as at from pg_replication_slots) as slot
    having not pg_is_in_recovery()
), 'wants', (select (pg_last_wal_receive_lsn() - '0/0')::bigint where pg_is_in_recovery()
), 'sessions', coalesce(json_agg(seen), '[]'))
from (
    select host(client_addr) as address, usename as user, application_name as application, count(*) as count
    from pg_stat_activity where backend_type = 'client backend' and client_addr is not null group by 1, 2, 3
) as seen;
"""


def sql(facts: Facts, statement: str, within: float = 10) -> str:
    """Run statements and return the last value they print."""
    return sql_in(facts, "postgres", statement, within=within)


def sql_in(facts: Facts, database: str, statement: str, *more: str, within: float = 10) -> str:
    """Run statements in a database; `more` are options of psql."""
    port = str(facts["database"]["port"])
    client = ("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-p", port, "-d", database, *more)
    return checked("runuser", "-u", "postgres", "--", *client, given=statement, within=within).strip()


def log_server(facts: Facts) -> Facts | None:
    """Return the facts with the port of this region's own log server (`cross`); None where none of it is made here."""
    port = ((facts["database"] or {}).get("log") or {}).get("port")
    return None if port is None else {**facts, "database": {**facts["database"], "port": port}}


def controldata(facts: Facts) -> dict[str, str]:
    """Return the control file, by pg_controldata's own labels."""
    folder = under_root(facts["database"]["data_directory"])
    return dict(re.findall(r"^(.+?):\s+(.*)$", checked("pg_controldata", str(folder)), re.MULTILINE))


def unit_of(facts: Facts) -> str:
    """Name the unit that runs the server."""
    return next((str(one["unit"]) for one in facts["components"] if one["kind"] == "dbms"), "postgresql")


def pg_end_sessions(facts: Facts, addresses: list[str]) -> None:
    """End the client sessions from these addresses and see none left; the firewall shuts them out first."""
    if unit_states([unit_of(facts)])[unit_of(facts)] in DOWN:
        print("database: not running, so it has no sessions")
        return
    among = f"backend_type = 'client backend' and client_addr = any ('{{{','.join(addresses)}}}'::inet[])"
    end = f"select count(pg_terminate_backend(pid)) from pg_stat_activity where {among};"  # noqa: S608  # verbs.py judged them
    if not until(lambda: sql(facts, end) == "0", 10):
        raise Fault(FAILED, f"sessions from {', '.join(addresses)} come back: firewall-block their port first")


def pg_promote(facts: Facts) -> None:
    """Make the standby a primary and name the moment. A repeat makes up for what a crash left out.

    The restore point is noted as owed before the promotion; the checkpoint, which pg_rewind needs, comes after it.
    """
    if sql(facts, "select pg_is_in_recovery();") != "f":
        _note({"name": f"genesys-dr-{stored_epoch()}", "lsn": None})
        answer = sql(facts, "select pg_promote(true, 60);", within=75)
        if answer != "t":
            raise Fault(FAILED, f"pg_promote answered {answer}: not promoted within 60 s: read the server's log")
    lsn = _create_restore_point(facts)
    sql(facts, "checkpoint;", within=100)
    _note(_noted() | {"lsn": lsn})


def _create_restore_point(facts: Facts) -> str | None:
    """Make the restore point that is owed, and return where it lies. A recovery stops at the first of its name."""
    note = _noted()
    if not note or note["lsn"]:
        return note.get("lsn")
    lsn = sql(facts, f"select pg_create_restore_point('{note['name']}');")
    if not re.fullmatch("[0-9A-F]+/[0-9A-F]+", lsn):
        raise Fault(FAILED, f"pg_create_restore_point answered {lsn!r}: no restore point: read the server's log")
    return lsn


def owes_restore_point() -> bool:
    """Whether a promotion was begun whose restore point is not made yet."""
    note = _noted()
    return bool(note) and not note["lsn"]


def _noted() -> Facts:
    try:
        note: Facts = json.loads(RESTORE_POINT.read_text())
    except FileNotFoundError:
        return {}
    return note


def _note(note: Facts) -> None:
    if note.get("name"):
        write_atomically(RESTORE_POINT, json.dumps(note) + "\n")


def pg_slot_create(facts: Facts, name: str) -> None:
    """Keep this primary's log for a standby from now on. A slot that keeps nothing, perhaps no longer, is made anew.

    Raises:
        Fault: The server is a standby itself, or another kind of slot has this name.
    """
    if sql(facts, "select pg_is_in_recovery();") != "f":
        raise Fault(FAILED, f"slot {name}: this server is in recovery: ask the primary's host")
    kept = "select slot_type || case when restart_lsn is null then ' void' else '' end from pg_replication_slots"
    found = sql(facts, f"{kept} where slot_name = '{name}';")
    if found.startswith("logical"):
        raise Fault(FAILED, f"slot {name}: is there, but logical: drop it, or give the standby another name")
    if found == "physical void":
        sql(facts, f"select pg_drop_replication_slot('{name}');")
    if found != "physical":
        sql(facts, f"select pg_create_physical_replication_slot('{name}', true);")


def pg_stop(facts: Facts) -> None:
    """Stop the server and read in its control file that it was a clean stop."""
    unit = unit_of(facts)
    ran = run("systemctl", "stop", unit, within=120)
    state = unit_states([unit])[unit]
    if state not in DOWN:
        raise Fault(FAILED, f"{unit}: is still {state}: {said(ran)}")
    cluster = controldata(facts).get("Database cluster state", "unknown")
    if cluster not in ("shut down", "shut down in recovery"):
        raise Fault(FAILED, f"{unit}: stopped, but not cleanly ({cluster}): its last commits may not have been sent")


def pg_sync_names_clear(facts: Facts) -> None:
    """Wait for no standby any more: a commit that waits for a lost one hangs."""
    sql(facts, "alter system set synchronous_standby_names = '';\nselect pg_reload_conf();")
    if not until(lambda: not sql(facts, "show synchronous_standby_names;"), 10):
        raise Fault(FAILED, "synchronous_standby_names: still set after a reload: look for it on the command line")


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"
