"""What a host's report comes to: bytes to knowledge, and whatever cannot be read to ignorance of that host."""

import json
from typing import Any

import pytest

from model.observation import DatabaseRole, Guard, Power
from tasks.hosts.report import lsn, read, read_powers

NOW = 1_000_000.0
PART = {
    "kind": "confserv",
    "unit": "confserv",
    "port": 2020,
    "active": "active",
    "listening": True,
    "pids": [7],
    "guarded": True,
    "age_s": 12.5,
    "status": "Running",
    "run_mode": "Primary",
}
DATABASE = {
    "running": True,
    "in_recovery": False,
    "standby_signal": False,
    "cluster_state": "in production",
    "checkpoint_lsn": "1/60",
    "timeline": 2,
    "marked": True,
    "follows": None,
    "reseeding": False,
    "ready": None,
    "wants": None,
    "slots": [
        {"name": "r1_db", "active": True, "wal_status": "reserved", "keeps_from": 16777216},
        {"name": "lost", "active": False, "wal_status": "lost", "keeps_from": None},
        {"name": "gone", "active": False, "wal_status": "lost", "keeps_from": 16777216},
        {"name": "void", "active": False, "wal_status": None, "keeps_from": None},
    ],
    "stranded": None,
}
STRANDED = {
    "timeline": 1,
    "primary_timeline": 2,
    "fork": "0/3000060",
    "end": "0/30001A0",
    "commits": 2,
    "deletes": 1,
    "drops": 3,
    "fits": True,
    "rows": 5,
    "folder": "/var/lib/genesys-dr/stranded/7",
    "sha256": {"wal.txt": "ab"},
}
REPORT: dict[str, Any] = {
    "host": "r1-fw-p",
    "epoch": 12,
    "clock": NOW + 1.5,
    "guard": "open",
    "components": [PART],
    "peers": ["198.18.1.11"],
    "names": {"cfgmaster-p.gen.test": ["198.18.1.11"], "cfgmaster-b.gen.test": None},
    "aliases": {"cfgdb-1.gen.test": ["198.18.2.31"]},
    "hosts_file": ["cfgmaster-p.gen.test"],
    "blocked": {"2020": ["198.18.2.11"], "7120": []},
    "torn": [7120],
    "disk_free_bytes": 1 << 30,
    "database": None,
}


def seen(**changes: Any):
    return read(json.dumps(REPORT | changes), NOW, "r1-fw-p")


def part(**changes: Any):
    return seen(components=[PART | changes])[0].component("confserv")


def database(**changes: Any):
    found = seen(database=DATABASE | changes)[1]
    assert found
    return found


def test_a_report_is_taken_over_whole():
    host, dbms = seen()
    assert (host.answers, host.fault, dbms) == (True, "", None)
    assert (host.epoch, host.guard, host.clock_skew_s, host.disk_free_bytes) == (12, Guard.OPEN, 1.5, 1 << 30)
    assert host.names == {"cfgmaster-p.gen.test": ("198.18.1.11",), "cfgmaster-b.gen.test": ()}
    assert host.aliases == {"cfgdb-1.gen.test": ("198.18.2.31",)}
    assert host.blocked == {2020: frozenset({"198.18.2.11"}), 7120: frozenset()}
    assert (host.shut_out(2020), host.shut_out(7120), host.shut_out(22)) == (frozenset({"198.18.2.11"}), None, None)
    assert (host.peers, host.hosts_file) == (frozenset({"198.18.1.11"}), frozenset({"cfgmaster-p.gen.test"}))
    found = host.component("confserv")
    assert (found.running, found.status, found.run_mode, found.age_s) == (True, "Running", "Primary", 12.5)
    assert (found.unit, found.port, found.loaded, found.guarded) == ("confserv", 2020, True, True)


@pytest.mark.parametrize(("active", "loaded"), [("inactive", True), ("not-found", False), ("unknown", None)])
def test_a_unit_systemd_does_not_have_is_told_from_one_that_is_down(active, loaded):
    assert part(active=active, listening=False).loaded is loaded


@pytest.mark.parametrize(
    ("active", "listening", "running"),
    [
        ("active", True, True),
        ("inactive", True, True),
        ("inactive", False, False),
        ("failed", False, False),
        ("active", False, None),
        ("activating", False, None),
        ("deactivating", False, None),
        ("not-found", False, None),
        ("unknown", False, None),
        ("inactive", None, None),
    ],
)
def test_only_a_unit_that_is_down_is_stopped(active, listening, running):
    assert part(active=active, listening=listening).running is running


@pytest.mark.parametrize(
    ("running", "in_recovery", "role"),
    [
        (True, False, DatabaseRole.PRIMARY),
        (True, True, DatabaseRole.STANDBY),
        (True, None, DatabaseRole.UNKNOWN),
        (None, None, DatabaseRole.UNKNOWN),
        (None, True, DatabaseRole.UNKNOWN),
        (False, None, DatabaseRole.STOPPED),
        (False, True, DatabaseRole.STOPPED),
    ],
)
def test_the_role_of_a_dbms(running, in_recovery, role):
    assert database(running=running, in_recovery=in_recovery).role is role


@pytest.mark.parametrize(
    ("state", "clean"),
    [
        ("shut down", True),
        ("shut down in recovery", True),
        ("in production", False),
        ("shutting down", False),
        (None, False),
    ],
)
def test_a_clean_stop_is_what_the_control_file_calls_so(state, clean):
    assert database(cluster_state=state).clean is clean


@pytest.mark.parametrize(("text", "position"), [("0/0", 0), ("0/3000060", 0x3000060), ("1/60", (1 << 32) + 0x60)])
def test_a_position_is_counted_in_bytes(text: str, position: int):
    assert lsn(text) == position


@pytest.mark.parametrize("marked", [True, False, None])
def test_a_promotions_restore_point_is_made_owed_or_unknown(marked):
    assert database(marked=marked).marked is marked


def test_an_unread_position_stays_unknown():
    assert database(checkpoint_lsn=None, timeline=None).checkpoint is None


@pytest.mark.parametrize("name", list(REPORT))
def test_a_host_side_that_lacks_an_answer_must_be_deployed_again(name: str):
    text = json.dumps({key: value for key, value in REPORT.items() if key != name})
    host, dbms = read(text, NOW, "r1-fw-p")
    assert (host.answers, dbms) == (False, None)
    assert host.fault == f"answers, but says nothing of {name}: deploy gdr-host again"


@pytest.mark.parametrize("name", ["epoch", "peers", "hosts_file"])
def test_what_a_host_could_not_read_itself_leaves_it_unknown(name: str):
    host, _ = seen(**{name: None})
    assert not host.answers
    assert host.fault == f"answers, but could not read {name}"


def test_firewall_rules_a_host_could_not_judge_hide_nothing_else_of_it():
    host, dbms = seen(blocked=None, torn=None, database=DATABASE)
    assert (host.answers, host.epoch, host.guard) == (True, 12, Guard.OPEN)
    assert (host.blocked, host.shut_out(2020)) == ({}, None)
    assert dbms
    assert dbms.role is DatabaseRole.PRIMARY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"guard": "ajar"}, "guard: Input should be"),
        ({"epoch": "12"}, "epoch: Input should be a valid integer"),
        ({"components": {}}, "components: Input should be a valid"),
        ({"components": [3]}, "components.0: Input should be"),
        ({"components": [{"kind": "lca"}]}, "says nothing of components.0.unit"),
        ({"names": ["cfgmaster"]}, "names: Input should be"),
        ({"blocked": {"ssh": []}}, "ssh"),
        ({"clock": "now"}, "clock: Input should be"),
        ({"database": DATABASE | {"checkpoint_lsn": "beginning"}}, "not in words that are understood"),
        ({"database": DATABASE | {"checkpoint_lsn": "0/1/2"}}, "not in words that are understood"),
        ({"database": DATABASE | {"running": "yes"}}, "database.running: Input should be a valid boolean"),
    ],
)
def test_a_malformed_report_is_ignorance_with_its_reason(changes: dict[str, Any], words: str):
    host, dbms = seen(**changes)
    assert (host.answers, dbms) == (False, None)
    assert words in host.fault


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"up"', "\x00", "7"])
def test_what_is_no_report_is_ignorance(text: str):
    host, dbms = read(text, NOW, "r1-fw-p")
    assert (host.answers, dbms) == (False, None)
    assert host.fault.startswith("answers, but ")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ('{"a": "on", "b": "off"}', {"a": Power.ON, "b": Power.OFF}),
        ('{"a": "off", "b": "standby"}', {"a": Power.OFF}),
        ('{"a": "off", "b": null}', {"a": Power.OFF}),
        ('{"a": "off", "b": ["off"]}', {"a": Power.OFF}),
        ('{"a": "unknown"}', {"a": Power.UNKNOWN}),
        ('{"stranger": "off"}', {}),
        ("[]", {}),
        ("{", {}),
        ('"off"', {}),
    ],
)
def test_a_power_source_is_believed_host_by_host(text: str, known: dict[str, Power]):
    assert read_powers(text, ["a", "b"]) == known


def test_what_a_host_says_of_a_way_back_is_taken_over():
    found = database(follows="198.18.2.31", reseeding=True, stranded=STRANDED, ready=7, wants=33554432)
    assert (found.follows, found.reseeding, found.ready, found.wants) == ("198.18.2.31", True, 7, 33554432)
    assert (found.slots, found.keeps_from) == (frozenset({"r1_db", "void"}), {"r1_db": 16777216})
    assert found.stranded is not None
    assert (found.stranded.drops, found.stranded.fits) == (3, True)
    assert (found.stranded.commits, found.stranded.primary_timeline, found.stranded.rows) == (2, 2, 5)
    assert database().stranded is None


def test_what_a_host_could_not_read_of_it_is_unknown():
    found = database(slots=None, reseeding=None)
    assert (found.slots, found.reseeding) == (None, None)


@pytest.mark.parametrize("wrong", [{"commits": "2"}, {"fork": None}])
def test_an_export_that_cannot_be_read_is_that_hosts_ignorance(wrong):
    host, dbms = seen(database=DATABASE | {"stranded": STRANDED | wrong})
    assert (host.answers, dbms) == (False, None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"alone": ""}, ""),
        ({"alone": None}, ""),
        ({"alone": "198.18.0.10"}, "stands alone (198.18.0.10)"),
        ({"alone": "torn"}, "stands alone (torn)"),
        ({"host": "r2-fw-p"}, "says that it is r2-fw-p"),
    ],
)
def test_a_copy_that_is_half_made_is_no_host_of_ours(changes: dict[str, Any], said: str):
    assert seen(**changes)[0].stranger == said
