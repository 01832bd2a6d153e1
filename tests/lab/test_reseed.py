"""A region's old primary becomes a standby of the new one, by the host's own command and with real PostgreSQL."""

import json
import os
import signal
from collections.abc import Iterator

import pytest

from lab.command import wait_until
from lab.services import hostside, postgresql
from tasks.dbms.postgresql.statements import statement
from tests.lab.console import write_record
from tests.lab.operator import cmdline, descendants

OLD, NEW, SLOT = "r1-db", "r2-db", "r1_db"
UNIT = "postgresql@15-main"
MOVED = "v=1 epoch=2 state=steady active=region2 target=region2 case=- head=-"
WRITTEN = "insert into gdr_canary select 'c', step from unnest(array['kept', 'deleted']) as step"
STRANDED = """
insert into gdr_canary values ('c', 'lost');
begin; savepoint s; insert into gdr_canary values ('c', 'lost too'); release s; commit;
begin; insert into gdr_canary values ('c', 'rolled back'); rollback;
update gdr_canary set step = 'changed' where step = 'kept';
delete from gdr_canary where step = 'deleted';
"""
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def pair(lab):
    """Both DBMS hosts in the steady state, with two rows that both have.

    A unit that is stopped while it still starts ends all its processes at once, and sends nothing more.
    """
    lab.restore()
    wait_until("r1-db: started", lambda: lab.exec(OLD, ["systemctl", "is-active", UNIT]).stdout == "active\n", 30)
    sql(lab, OLD, WRITTEN)
    wait_until("r2-db: has what was written", lambda: steps(lab, NEW) == ["deleted", "kept"], 20)
    return lab


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab) -> Iterator[None]:
    """Other tests need all hosts."""
    yield
    lab.restore()


def sql(lab, host: str, text: str):
    said = lab.exec(
        host, ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "config"], "postgres", stdin=text, check=True
    )
    return said.stdout.strip()


def steps(lab, host: str):
    return sql(lab, host, "select step from gdr_canary order by step").splitlines()


def gdr(lab, host: str, *words: str):
    return lab.exec(host, [hostside.GDR_HOST, *words])


def ordered(lab, host: str, *words: str):
    done = gdr(lab, host, "2", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def observed(lab, host: str):
    return json.loads(gdr(lab, host, "observe").stdout)["database"]


def crash(lab) -> None:
    """Let region 2 take over while region 1 commits what never arrives there; then region 1's server loses power."""
    lab.break_("wan-cut", "region1", "region2")
    sql(lab, OLD, STRANDED)
    take_over(lab)
    lab.break_("power-off", OLD)
    lab.mend("wan-cut", "region1", "region2")
    lab.mend("power-off", OLD)
    wait_until("r1-db: the boot guard has said no", lambda: observed(lab, OLD)["running"] is False, 30)


def take_over(lab) -> None:
    write_record(lab, MOVED)
    ordered(lab, NEW, "pg-promote")
    ordered(lab, NEW, "firewall-block", "5432", lab.address(OLD))
    for _ in range(2):
        ordered(lab, NEW, "pg-slot-create", SLOT)


def export(lab):
    """Export through a firewall that is opened only now; return the note."""
    shut_out = gdr(lab, OLD, "2", "pg-export", lab.address(NEW))
    assert shut_out.returncode == 1
    assert "Connection refused" in shut_out.stderr
    ordered(lab, NEW, "firewall-open", "5432", lab.address(OLD))
    assert gdr(lab, OLD, "2", "pg-follow", lab.address(NEW), SLOT).returncode == 1
    ordered(lab, OLD, "pg-export", lab.address(NEW))
    assert ordered(lab, OLD, "pg-export", lab.address(NEW)).startswith("exported before: ")
    return observed(lab, OLD)["stranded"]


def require_exported(lab, note) -> None:
    """Require exactly our rows that were stranded, which nobody but root can read. The framework writes some, too."""
    text = lab.exec(OLD, ["cat", f"{note['folder']}/rows.jsonl"], check=True).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    assert {row["database"] for row in rows} == {"config"}
    ours = [row["row"]["step"] for row in rows if row["table"] == "public.gdr_canary"]
    assert sorted(ours) == ["changed", "lost", "lost too"]
    assert (note["timeline"], note["primary_timeline"], note["deletes"], note["rows"]) == (1, 2, 1, len(rows))
    assert note["commits"] >= 4  # the server's own, of its statistics, among them
    assert lab.exec(OLD, ["ls", note["folder"]], "postgres").returncode != 0


def require_standby(lab, done: str) -> None:
    """Start it, and require that it streams and has what the primary has, old and new."""
    assert (observed(lab, OLD)["reseeding"], observed(lab, OLD)["ready"]) == (False, 2)
    assert json.loads(lab.exec(OLD, ["cat", "/var/lib/genesys-dr/reseed.json"], check=True).stdout)["done"] == done
    ordered(lab, OLD, "component-start", UNIT)
    wait_until("r1-db: streams", lambda: state(lab) == "streaming", 30)
    sql(lab, NEW, "insert into gdr_canary values ('c', 'new')")
    wait_until("r1-db: has the new row", lambda: "new" in steps(lab, OLD), 30)
    assert steps(lab, OLD) == steps(lab, NEW) == ["deleted", "kept", "new"]
    assert observed(lab, OLD)["follows"] == lab.address(NEW)
    slot = observed(lab, NEW)["slots"][-1]
    assert observed(lab, OLD)["wants"] >= slot.pop("keeps_from") > 0
    assert slot == {"name": SLOT, "active": True, "wal_status": "reserved"}
    assert sql(lab, OLD, "select count(*) from pg_replication_slots") == "0"
    assert ordered(lab, OLD, "pg-follow", lab.address(NEW), SLOT).startswith("already a standby of ")


def state(lab):
    return sql(lab, NEW, f"select state from pg_stat_replication where application_name = '{SLOT}'")  # noqa: S608  (ours)


@pytest.mark.campaign  # a failback does the same: tests/lab/test_way_back.py
def test_a_crashed_primary_is_rewound_and_what_only_it_had_is_exported(pair):
    crash(pair)
    require_exported(pair, export(pair))
    assert ordered(pair, OLD, "pg-follow", pair.address(NEW), SLOT).startswith("rewound: ")
    require_standby(pair, "rewound")


@pytest.mark.campaign  # a failback does the same: tests/lab/test_way_back.py
def test_a_primary_that_was_stopped_cleanly_and_sent_all_follows_as_it_is(pair):
    ordered(pair, OLD, "pg-stop")
    take_over(pair)
    note = export(pair)
    assert (note["commits"], note["rows"], note["end"]) == (0, 0, note["fork"])
    assert ordered(pair, OLD, "pg-follow", pair.address(NEW), SLOT).startswith("followed: ")
    require_standby(pair, "followed")


def test_a_killed_pg_rewind_leaves_what_nobody_starts_and_a_copy_takes_its_place(pair):
    crash(pair)
    require_exported(pair, export(pair))
    kill_in_pg_rewind(pair)
    assert observed(pair, OLD)["reseeding"] is True
    write_record(pair, MOVED.replace("region2", "region1"))
    guarded = pair.exec(OLD, [hostside.GUARD, "check", "--database"])
    assert guarded.returncode == 1, guarded.stderr
    assert "pg_rewind was begun and has not ended" in guarded.stderr
    assert ordered(pair, OLD, "pg-follow", pair.address(NEW), SLOT) == "copied: an earlier pg_rewind did not end"
    assert pair.exec(OLD, ["ls", f"/{postgresql.DATA}/.."]).stdout.split() == ["main"]
    require_standby(pair, "copied")
    require_copied_once_its_slot_is_lost(pair)


def require_copied_once_its_slot_is_lost(lab) -> None:
    """Lose the slot and the log while the standby is down; the new slot shows that it keeps too little."""
    ordered(lab, OLD, "pg-stop")
    ordered(lab, OLD, "pg-export", lab.address(NEW))
    assert observed(lab, OLD)["stranded"]["fits"] is True
    sql(lab, NEW, f"select pg_drop_replication_slot('{SLOT}')")  # ours
    sql(lab, NEW, "create table filler (n int)")
    for _ in range(8):  # more than wal_keep_size
        sql(lab, NEW, "insert into filler values (1); select pg_switch_wal()")
    sql(lab, NEW, "checkpoint")
    ordered(lab, NEW, "pg-slot-create", SLOT)
    ordered(lab, OLD, "component-start", UNIT)
    kept = observed(lab, NEW)["slots"][-1]["keeps_from"]
    wait_until("r1-db: wants what no slot keeps", lambda: 0 < (observed(lab, OLD)["wants"] or 0) < kept, 30)
    ordered(lab, OLD, "pg-stop")
    assert ordered(lab, OLD, "pg-follow", lab.address(NEW), SLOT).startswith(
        "copied: the primary no longer has the log"
    )
    ordered(lab, OLD, "component-start", UNIT)
    wait_until("r1-db: streams again", lambda: state(lab) == "streaming", 30)


def test_a_standby_that_starts_away_from_its_primary_says_all_that_it_has(pair):
    had = position(pair)
    pair.break_("wan-cut", "region1", "region2")
    pair.exec(NEW, ["systemctl", "restart", UNIT], check=True)
    wait_until("r2-db: asks its primary", lambda: sql(pair, NEW, "select pg_last_wal_receive_lsn()"), 30)
    assert sql(pair, NEW, "select pg_last_wal_receive_lsn() < pg_last_wal_replay_lsn()") == "t"
    assert position(pair) >= had


def position(lab) -> int:
    return int(sql(lab, NEW, statement("position")).partition("|")[2])


def kill_in_pg_rewind(lab) -> None:
    """SIGKILL the command and all it has started as soon as pg_rewind runs."""
    following = lab.popen(OLD, [hostside.GDR_HOST, "2", "pg-follow", lab.address(NEW), SLOT])
    while not any(cmdline(pid).startswith(b"pg_rewind\0") for pid in descendants(following.pid)):
        assert following.poll() is None, "pg_rewind was over before it was seen"
    for pid in list(descendants(following.pid)):
        os.kill(pid, signal.SIGKILL)
    following.wait()
