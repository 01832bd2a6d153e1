"""gdr-host, the real script: what only the old primary has is exported before it is lost."""

import json
import stat
from pathlib import Path

import pytest

from tests.unit.host_fakes.old_primary import CONTENT, END, FORK, PRIMARY, STRANDED, OldPrimary, record


@pytest.fixture
def host(tmp_path: Path) -> OldPrimary:
    old = OldPrimary(tmp_path)
    old.crashed()
    return old


def exported(host: OldPrimary, name: str, epoch: int = 12) -> str:
    return (host.var / f"stranded/{epoch}/{name}").read_text()


def refused(host: OldPrimary):
    failed = host.export()
    assert failed.returncode == 1
    assert not (host.var / "stranded.json").exists()
    return failed.stderr


def test_what_was_committed_beyond_the_fork_is_exported(host: OldPrimary):
    done = host.export()
    assert done.stdout == f"3 commits, 1 deletes, 2 drops, 2 rows: {host.var}/stranded/12\n", done.stderr
    note = host.kept("stranded.json")
    assert set(note.pop("sha256")) == {"wal.txt", "rows.jsonl"}
    sizes = {name: len(exported(host, name)) for name in ("wal.txt", "rows.jsonl")}
    assert note.pop("bytes") == sizes
    assert note == {
        "timeline": 1,
        "primary_timeline": 2,
        "fork": FORK,
        "end": END,
        "commits": 3,
        "deletes": 1,
        "drops": 2,
        "rows": 2,
        "folder": f"{host.var}/stranded/12",
        "checkpoint": "0/5000060",
        "state": "shut down",
    }
    assert exported(host, "wal.txt").splitlines() == [record(*one) for one in STRANDED]
    rows = [json.loads(line) for line in exported(host, "rows.jsonl").splitlines()]
    assert [row["xid"] for row in rows] == [725, 727]
    assert rows[0] == {"database": "config", "table": "public.cfg_host", "xid": 725, "row": {"name": CONTENT}}


def test_nobody_but_root_can_read_an_export(host: OldPrimary):
    assert host.export().returncode == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (host.var / "stranded").rglob("*")}
    assert modes == {"12": 0o700, "wal.txt": 0o600, "rows.jsonl": 0o600}
    assert stat.S_IMODE((host.var / "stranded").stat().st_mode) == 0o700


def test_no_statement_no_row_and_no_password_stands_in_arguments(host: OldPrimary):
    assert host.export().returncode == 0
    assert host.follow().returncode == 0
    said = ((host.state / "calls").read_text() + (host.state / "run_as").read_text()).lower()
    assert CONTENT not in said
    assert "planted" not in said
    assert not [word for word in ("select", "xmin", "identify_system", "725") if word in said]


def test_the_old_cluster_is_read_past_everybody_else_and_stopped(host: OldPrimary):
    assert host.export().returncode == 0
    (start,) = [call for call in host.calls("pg_ctl") if call[-1] == "start"]
    settings = dict(word.split("=", 1) for word in start[start.index("-o") + 1].removeprefix("-c ").split(" -c "))
    sockets = f"{host.root}/run/genesys-dr/export"
    assert settings == {
        "config_file": f"{host.root}/etc/postgresql/postgresql.conf",
        "data_directory": str(host.data),
        "listen_addresses": "",
        "unix_socket_directories": sockets,
        "default_transaction_read_only": "on",
        "autovacuum": "off",
        "archive_mode": "off",
        "synchronous_standby_names": "",
        "max_logical_replication_workers": "0",
    }
    assert not (host.state / "serving").exists()
    assert not Path(sockets).exists()
    databases = [call[-1] for call in host.calls("psql") if sockets in call[-1]]
    assert [call.partition(" dbname=")[2] for call in databases] == [
        "'postgres'",
        "'config'",
        "'o\\'d\\\\d'",
        "'postgres'",
    ]
    assert [call[1] for call in host.calls("systemctl")] == ["show", "show"]


def test_a_repeat_does_nothing_while_all_is_as_it_was(host: OldPrimary):
    assert host.export().returncode == 0
    note, calls = host.kept("stranded.json"), len(host.calls())
    assert host.export(13).stdout == f"exported before: {host.var}/stranded.json\n"
    assert host.kept("stranded.json") == note
    assert not {"pg_waldump"} & {call[0] for call in host.calls()[calls:]}


@pytest.mark.parametrize("change", ["file", "gone", "ran", "promoted"])
def test_a_repeat_exports_again_where_something_has_changed(host: OldPrimary, change: str):
    assert host.export().returncode == 0
    rows = host.var / "stranded/12/rows.jsonl"
    if change == "file":
        rows.write_text("")
    elif change == "gone":
        rows.unlink()
    elif change == "ran":
        host.control("in production", "0/5000060")
    else:
        host.primary(timeline=3, left={"1": FORK, "2": "0/6000000"})
    assert "2 rows" in host.export(13).stdout
    assert host.kept("stranded.json")["folder"].endswith("/13")
    assert host.kept("stranded.json")["primary_timeline"] == (3 if change == "promoted" else 2)


def test_a_clean_stop_with_nothing_beyond_needs_no_private_server(host: OldPrimary):
    host.stopped()
    assert host.export().stdout.startswith("0 commits, 0 deletes, 0 drops, 0 rows: ")
    note = host.kept("stranded.json")
    assert (note["fork"], note["end"], note["checkpoint"]) == (FORK, FORK, "0/3000098")
    assert [call[-1] for call in host.calls("pg_ctl")] == ["status"]


def test_a_clean_stop_with_only_its_checkpoint_beyond_has_no_commits(host: OldPrimary):
    host.stopped(checkpoint="0/3000110")
    assert host.export().stdout.startswith("0 commits, 0 deletes, 0 drops, 0 rows: ")
    assert host.kept("stranded.json")["end"] == "0/3000188"


def test_a_crash_with_nothing_beyond_ends_at_the_fork(host: OldPrimary):
    host.put("wal.json", {"timeline": 1, "records": []})
    assert host.export().stdout.startswith("0 commits, 0 deletes, 0 drops, 0 rows: ")
    assert host.kept("stranded.json")["end"] == FORK


def test_a_log_that_ends_with_its_segment_is_at_its_end(host: OldPrimary):
    end = 'could not find file "000000010000000000000004": No such file or directory'
    host.put("wal.json", host.get("wal.json") | {"end": end})
    assert host.export().returncode == 0


@pytest.mark.parametrize(
    ("state", "checkpoint", "wal", "told"),
    [
        (
            "in production",
            "0/2000060",
            {"broken": 'could not find file "0000": No such file'},
            "pg_waldump from 0/3000110",
        ),
        (
            "in production",
            "0/2000060",
            {"end": "out of memory"},
            "pg_waldump from 0/3000110: pg_waldump: error: out of",
        ),
        ("in production", "0/3000900", {}, "the log ends before checkpoint 0/3000900"),
        ("in production", "0/3000900", {"records": []}, "the log ends before checkpoint 0/3000900"),
        ("shut down", "0/3000110", {}, "the log ends before checkpoint 0/3000110"),
        ("shut down", "0/3000900", {}, "no checkpoint at 0/3000900"),
    ],
)
def test_a_log_that_ends_too_early_is_left_to_a_person(host: OldPrimary, state, checkpoint, wal, told):
    host.control(state, checkpoint)
    host.put("wal.json", host.get("wal.json") | wal)
    said = refused(host)
    assert told in said
    assert "save this cluster, then make it a standby by hand" in said


@pytest.mark.parametrize(
    ("primary", "told"),
    [
        ({"address": "198.18.2.99"}, "exit 2: psql: error: connection to server failed"),
        ({"says": "what?"}, "answers 'what?' when asked who it is"),
        ({"standby": True}, f"{PRIMARY}: is a standby: name the primary"),
        ({"system": "1"}, f"{PRIMARY}: is cluster 1, and this is 7710578007558986310"),
        ({"timeline": 1}, "has never left timeline 1 of this cluster"),
        ({"timeline": 3, "left": {"2": FORK}}, "its history does not know timeline 1 of this cluster"),
    ],
)
def test_a_server_that_is_not_the_primary_of_this_cluster_is_refused(host: OldPrimary, primary, told):
    host.primary(**primary)
    assert told in refused(host)
    assert host.calls("pg_waldump") == []


def test_a_timeline_of_the_same_number_but_another_origin_is_refused(host: OldPrimary):
    host.control("shut down", "0/3000098", **{"Min recovery ending loc's timeline": "2"})
    host.primary(timeline=3, left={"1": FORK, "2": "0/6000000"})
    history = host.data / "pg_wal/00000002.history"
    history.write_text("1\t0/2FFFFF8\tno recovery target specified\n")
    assert "its history does not know timeline 2 of this cluster" in refused(host)
    history.write_text(f"1\t{FORK}\tno recovery target specified\n")
    host.put(
        "wal.json", host.get("wal.json") | {"timeline": 2, "records": [record("XLOG", 114, 0, "0/03000098", "CH")]}
    )
    assert host.export().returncode == 0


@pytest.mark.parametrize("state", ["active", "activating"])
def test_a_server_that_may_run_is_left_alone(host: OldPrimary, state: str):
    host.put("units.json", {"postgresql": {"state": state}})
    assert f"postgresql: is {state}: its files are left alone while it may run: pg-stop it first" in refused(host)


def test_a_server_started_past_systemd_is_left_alone(host: OldPrimary):
    host.put("serving", "")
    assert "a server runs on it past systemd: pg_ctl stop it first" in refused(host)
    assert (host.state / "serving").exists()


def test_the_private_server_of_a_killed_attempt_is_stopped_first(host: OldPrimary):
    (host.root / "run/genesys-dr/export").mkdir(parents=True)
    (host.root / "run/genesys-dr/export/log").write_text("")
    host.put("serving", "")
    assert host.export().returncode == 0
    assert [call[-1] for call in host.calls("pg_ctl")] == ["status", "stop", "status", "start", "status", "stop"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"start": 1}, "did not start: pg_ctl: could not start server: FATAL: could not access file"),
        ({"stop": 1}, "the private server does not stop: pg_ctl: server does not shut down"),
        ({"left": "in production"}, "the private server is not down cleanly (in production): repeat this"),
        ({"status": 1}, "pg_ctl status: exit 1: pg_ctl: cannot be executed by root"),
    ],
)
def test_a_private_server_that_does_not_do_as_told_ends_the_export(host: OldPrimary, wrong, told):
    host.put("pg_ctl.json", wrong)
    assert told in refused(host)
    host.put("pg_ctl.json", {})
    assert host.export().returncode == 0


def test_a_database_that_cannot_be_read_ends_the_export_and_the_server(host: OldPrimary):
    host.put("rows.json", {"config": [[725]]})
    assert "rows of database config: " in refused(host)
    assert not (host.state / "serving").exists()


def test_a_standby_has_nothing_to_export_and_an_earlier_note_stays(host: OldPrimary):
    assert host.export().returncode == 0
    note = host.kept("stranded.json")
    host.standby()
    assert host.export(13).stdout == "nothing to export: a standby writes nothing of its own\n"
    assert host.kept("stranded.json") == note


@pytest.mark.parametrize("follows", ["198.18.9.9", None])
def test_that_a_standby_has_nothing_of_its_own_is_noted(host: OldPrimary, follows: str | None):
    """Whomever it follows: without a note the plan would wait for its export for ever."""
    host.standby()
    if follows is None:
        (host.data / "postgresql.auto.conf").write_text("")
    assert host.export().stdout == "nothing to export: a standby writes nothing of its own\n"
    note = host.kept("stranded.json")
    assert (note["primary_timeline"], note["commits"], note["deletes"], note["rows"]) == (2, 0, 0, 0)
    assert fits(host) is True


def test_a_note_against_an_earlier_timeline_gives_way_to_that_of_a_standby(host: OldPrimary):
    assert host.export().returncode == 0
    host.standby()
    host.primary(timeline=3, left={"1": FORK, "2": "0/6000000"})
    assert host.export(13).returncode == 0
    note = host.kept("stranded.json")
    assert (note["primary_timeline"], note["commits"]) == (3, 0)


@pytest.mark.parametrize("change", ["none", "ran", "gone", "cut", "older"])
def test_a_host_tells_whether_its_export_still_fits_the_cluster(host: OldPrimary, change: str):
    assert host.export().returncode == 0
    wal = host.var / "stranded/12/wal.txt"
    if change == "ran":
        host.control("in production", "0/2000060")
    if change == "gone":
        wal.unlink()
    if change == "cut":
        wal.write_text("less")
    if change == "older":
        note = host.kept("stranded.json")
        del note["bytes"], note["drops"]
        (host.var / "stranded.json").write_text(json.dumps(note))
    assert fits(host) is (change == "none")
    assert host.export(13).stdout.startswith("exported before: ") is (change == "none")
    assert fits(host) is True


def fits(host: OldPrimary) -> bool:
    told: bool = json.loads(host.run("gdr-host", "observe").stdout)["database"]["stranded"]["fits"]
    return told


def test_a_recovery_by_hand_is_left_alone(host: OldPrimary):
    (host.data / "recovery.signal").touch()
    assert "recovery.signal: somebody recovers this cluster by hand: let that end" in refused(host)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "host.json: database lacks config_file, replication_user: deploy this host again"),
        ({"config_file": "/x"}, "host.json: database lacks replication_user: deploy this host again"),
        ({"config_file": "/x", "replication_user": "x y"}, "has no plain name as replication_user"),
    ],
)
def test_an_older_description_is_told(host: OldPrimary, facts: dict[str, str], told: str):
    known = {name: host.facts["database"][name] for name in ("port", "config_database", "data_directory", "bin")}
    host.describe(**{**host.facts, "database": known | facts})
    assert told in refused(host)


def test_a_control_file_of_another_version_is_told(host: OldPrimary):
    host.control("in production", "0/2000060", **{"Bytes per WAL segment": ""})
    assert "pg_controldata: " in (said := refused(host))
    assert "is its version the server's?" in said


def test_no_cluster_at_all_is_told(host: OldPrimary):
    host.data.rename(host.data.with_name("elsewhere"))
    assert "pg_controldata: fatal: could not open file" in refused(host)


@pytest.mark.parametrize("words", [[], ["198.18.2.31", "198.18.2.32"], ["r2-db"], ["127.0.0.1"], ["198.18.2.0/24"]])
def test_what_is_no_primary_is_not_understood(host: OldPrimary, words: list[str]):
    assert host.run("gdr-host", 12, "pg-export", *words).returncode == 2
    assert host.calls() == []
