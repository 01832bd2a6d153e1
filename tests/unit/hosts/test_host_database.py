"""gdr-host, the real script: PostgreSQL, and what the host observes of itself."""

import json
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage, answer, record


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.with_database()
    stage.put("server.json", {"in_recovery": True})
    return stage


def statements(host: Stage):
    return host.get("statements.json")


ASKED, PROMOTED, CHECKED = "select pg_is_in_recovery();", "select pg_promote(true, 60);", "checkpoint;"
MARKED = "select pg_create_restore_point('genesys-dr-12');"


def note(host: Stage):
    return json.loads((host.root / "var/lib/genesys-dr/restore-point.json").read_text())


def test_promote_names_the_moment_and_ends_with_a_checkpoint(host: Stage):
    assert host.run("gdr-host", 12, "pg-promote").returncode == 0
    assert statements(host) == [ASKED, PROMOTED, MARKED, CHECKED]
    assert note(host) == {"name": "genesys-dr-12", "lsn": "0/3000110"}
    assert observed(host)["database"]["marked"] is True


def test_a_primary_is_not_promoted_again_nor_named_again(host: Stage):
    assert host.run("gdr-host", 12, "pg-promote").returncode == 0
    assert host.run("gdr-host", 13, "pg-promote").returncode == 0
    assert statements(host)[4:] == [ASKED, CHECKED]
    assert note(host) == {"name": "genesys-dr-12", "lsn": "0/3000110"}


def test_a_primary_nobody_promoted_here_owes_no_restore_point(host: Stage):
    host.put("server.json", {"in_recovery": False})
    assert observed(host)["database"]["marked"] is True
    assert host.run("gdr-host", 12, "pg-promote").returncode == 0
    assert statements(host)[1:] == [ASKED, CHECKED]


def test_a_crash_after_the_promotion_leaves_a_restore_point_that_is_owed_and_made_up_for(host: Stage):
    host.put("server.json", {"in_recovery": True, "checkpoints": False})
    assert host.run("gdr-host", 12, "pg-promote").returncode == 1
    assert observed(host)["database"]["marked"] is False
    host.put("server.json", {"in_recovery": False})
    assert host.run("gdr-host", 13, "pg-promote").returncode == 0
    assert MARKED in statements(host)[-2]
    assert note(host)["lsn"] == "0/3000110"
    assert observed(host)["database"]["marked"] is True


def test_the_next_promotion_gets_a_name_of_its_own(host: Stage):
    assert host.run("gdr-host", 12, "pg-promote").returncode == 0
    host.put("server.json", {"in_recovery": True})
    assert host.run("gdr-host", 15, "pg-promote").returncode == 0
    assert note(host)["name"] == "genesys-dr-15"


def test_a_restore_point_without_a_place_in_the_wal_is_none(host: Stage):
    host.put("server.json", {"in_recovery": True, "restore_point": ""})
    failed = host.run("gdr-host", 12, "pg-promote")
    assert failed.returncode == 1
    assert "no restore point: read the server's log" in failed.stderr
    assert observed(host)["database"]["marked"] is False


def test_a_promotion_that_answers_false_fails(host: Stage):
    host.put("server.json", {"in_recovery": True, "promote": "f"})
    failed = host.run("gdr-host", 12, "pg-promote")
    assert failed.returncode == 1
    assert "pg_promote answered f" in failed.stderr
    assert "checkpoint;" not in statements(host)


def test_statements_never_stand_in_arguments(host: Stage):
    host.run("gdr-host", 12, "pg-promote")
    for call in host.calls("psql"):
        assert call[1:] == ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-p", "5432", "-d", "postgres"]


def test_sessions_are_ended_until_none_is_left(host: Stage):
    host.put("server.json", {"in_recovery": False, "rounds": [3, 1, 0]})
    assert host.run("gdr-host", 12, "pg-end-sessions", "198.18.1.11", "198.18.1.12").returncode == 0
    assert len(statements(host)) == 3
    assert "client_addr = any ('{198.18.1.11,198.18.1.12}'::inet[])" in statements(host)[0]


def test_sessions_that_come_back_fail_with_the_remedy(host: Stage):
    host.patience = 0.02
    host.put("server.json", {"in_recovery": False, "rounds": [1]})
    failed = host.run("gdr-host", 12, "pg-end-sessions", "198.18.1.11")
    assert failed.returncode == 1
    assert "come back: firewall-block their port first" in failed.stderr


def test_a_stopped_server_has_no_sessions(host: Stage):
    host.put("units.json", {"postgresql": {"state": "inactive"}})
    assert host.run("gdr-host", 12, "pg-end-sessions", "198.18.1.11").returncode == 0
    assert host.calls("psql") == []


@pytest.mark.parametrize("verb", [["pg-stop"], ["component-stop", "postgresql"]])
@pytest.mark.parametrize("cluster", ["shut down", "shut down in recovery"])
def test_a_clean_stop_is_read_in_the_control_file(host: Stage, verb: list[str], cluster: str):
    (host.state / "cluster_state").write_text(cluster)
    for _ in range(2):
        assert host.run("gdr-host", 12, *verb).returncode == 0
    assert host.get("units.json")["postgresql"]["state"] == "inactive"


def test_a_stop_that_was_not_clean_fails(host: Stage):
    failed = host.run("gdr-host", 12, "pg-stop")
    assert failed.returncode == 1
    assert "stopped, but not cleanly (in production)" in failed.stderr


def test_no_standby_is_waited_for_any_more(host: Stage):
    host.put("server.json", {"in_recovery": False, "names": "r1_db"})
    assert host.run("gdr-host", 12, "pg-sync-names-clear").returncode == 0
    assert host.get("server.json")["names"] == ""


CREATE = "select pg_create_physical_replication_slot('r1_db', true);"


@pytest.mark.parametrize(
    ("there", "made"),
    [("", [CREATE]), ("physical", []), ("physical void", ["select pg_drop_replication_slot('r1_db');", CREATE])],
)
def test_a_slot_keeps_the_log_from_now_on(host: Stage, there: str, made: list[str]):
    host.put("server.json", {"in_recovery": False, "slot": there})
    assert host.run("gdr-host", 12, "pg-slot-create", "r1_db").returncode == 0
    assert statements(host)[2:] == made
    assert host.run("gdr-host", 12, "pg-slot-create", "r1_db").returncode == 0
    assert statements(host)[4 + len(made) :] == []


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ({"in_recovery": True}, "slot r1_db: this server is in recovery: ask the primary's host"),
        ({"in_recovery": False, "slot": "logical"}, "slot r1_db: is there, but logical: drop it, or give the standby"),
        ({"in_recovery": False, "slot": "logical void"}, "slot r1_db: is there, but logical"),
    ],
)
def test_a_slot_that_cannot_be_is_refused(host: Stage, server: dict[str, object], told: str):
    host.put("server.json", server)
    failed = host.run("gdr-host", 12, "pg-slot-create", "r1_db")
    assert failed.returncode == 1
    assert told in failed.stderr
    assert not [asked for asked in statements(host) if "create_physical" in asked]


@pytest.mark.parametrize("words", [[], ["R1"], ["r1-db"], ["a" * 64], ["r1_db", "r2_db"], ["x'; drop"]])
def test_what_is_no_name_of_a_slot_is_not_understood(host: Stage, words: list[str]):
    assert host.run("gdr-host", 12, "pg-slot-create", *words).returncode == 2
    assert host.calls() == []


def test_the_servers_own_words_are_passed_on(host: Stage):
    host.put("server.json", {"running": False})
    failed = host.run("gdr-host", 12, "pg-promote")
    assert failed.returncode == 1
    assert "exit 2: psql: error: connection to server on socket failed" in failed.stderr


def observed(host: Stage):
    seen = host.run("gdr-host", "observe")
    assert seen.returncode == 0, seen.stderr
    return json.loads(seen.stdout)


def test_a_session_that_ends_while_it_is_looked_at_leaves_the_age_of_its_dbms(host: Stage):
    """It was forked from the DBMS, and held its port for a moment."""
    host.put("listeners.json", [[5432, 1], [5432, 2**22 + 1, "ended since"]])
    assert observed(host)["components"][0]["age_s"] > 0


def test_a_dbms_host_observes_itself(host: Stage):
    sessions = [{"address": "198.18.1.11", "user": "genesys", "application": "confserv", "count": 1}]
    slots = [{"name": "r2_db", "active": True, "wal_status": "reserved"}]
    host.put("server.json", {"in_recovery": False, "sessions": sessions, "slots": slots})
    host.put("listeners.json", [[5432, 1]])
    host.put("names.json", {"cfgmaster-p.gen.test": ["198.18.1.11"]})
    peers = {"198.18.1.11:2020": "ESTAB", "198.18.2.11:2020": "TIME-WAIT", "[::ffff:198.18.1.12]:9": "ESTAB"}
    host.put("peers.json", [[state, peer] for peer, state in peers.items()])
    host.says(answer(record(epoch=12)))
    assert host.run("gdr-host", 12, "firewall-block", 5432, "198.18.1.12", "198.18.1.11").returncode == 0
    seen = observed(host)
    assert seen.pop("clock") > 1.7e9
    assert seen.pop("disk_free_bytes") > 0
    assert seen["components"][0].pop("age_s") > 0
    assert seen == {
        "host": "r1-db",
        "epoch": 12,
        "boot_id": "11111111-2222",
        "components": [
            {
                "kind": "dbms",
                "unit": "postgresql",
                "port": 5432,
                "active": "active",
                "guarded": False,
                "listening": True,
                "pids": [1],
                "status": None,
                "run_mode": None,
            }
        ],
        "peers": ["198.18.1.11"],
        "names": {"cfgmaster-p.gen.test": ["198.18.1.11"], "cfgmaster-b.gen.test": None},
        "aliases": {},
        "log_peers": None,
        "walls": None,
        "copy": {"case": "", "proven": "", "serves": False, "sessions": []},
        "hosts_file": ["cfgmaster-p.gen.test"],
        "guard": "open",
        "blocked": {"2020": [], "5432": ["198.18.1.11", "198.18.1.12"]},
        "torn": [],
        "alone": "",
        "database": {
            "running": True,
            "in_recovery": False,
            "standby_signal": False,
            "cluster_state": "in production",
            "checkpoint_lsn": "0/3000060",
            "timeline": 2,
            "marked": True,
            "sessions": sessions,
            "slots": slots,
            "wants": None,
            "follows": None,
            "stranded": None,
            "reseeding": False,
            "ready": None,
        },
    }


def test_observing_takes_no_epoch_and_no_lock(host: Stage):
    observed(host)
    assert not (host.root / "var/lib/genesys-dr").exists()


def test_a_look_at_itself_asks_no_other_machine(host: Stage):
    for program in ("getent", "dig"):
        (host.programs / program).unlink()
    whole, itself = observed(host), json.loads(host.run("gdr-host", "observe", "self").stdout)
    changes = {"names": {}, "aliases": {}, "guard": "unknown", "clock": itself["clock"]}
    assert itself == whole | changes | {"disk_free_bytes": itself["disk_free_bytes"]}


def test_what_does_not_answer_is_unknown(host: Stage):
    for program in ("ss", "systemctl", "getent", "dig", "psql", "pg_controldata", "iptables"):
        fake = host.programs / program
        fake.unlink()
        fake.write_text("#!/bin/sh\nexit 70\n")
        fake.chmod(0o755)
    (host.root / "etc/hosts").unlink()
    (host.root / "proc/sys/kernel/random/boot_id").unlink()
    seen = observed(host)
    component = seen["components"][0]
    assert component["active"] == "unknown"
    assert [component[key] for key in ("listening", "pids", "status", "run_mode", "guarded")] == [None] * 5
    assert [seen[key] for key in ("boot_id", "peers", "hosts_file", "blocked", "torn")] == [None] * 5
    assert seen["names"] == {"cfgmaster-p.gen.test": None, "cfgmaster-b.gen.test": None}
    assert seen["guard"] == "silent"
    assert {key: value for key, value in seen["database"].items() if value is not None} == {
        "standby_signal": False,
        "marked": True,
        "reseeding": False,
    }


def test_a_stopped_server_is_known_to_be_stopped(host: Stage):
    host.put("server.json", {"running": False})
    host.put("units.json", {"postgresql": {"state": "inactive"}})
    database = observed(host)["database"]
    assert database["running"] is False
    assert database["in_recovery"] is None


def test_a_server_that_may_still_come_up_is_not_called_stopped(host: Stage):
    host.put("server.json", {"running": False})
    host.put("units.json", {"postgresql": {"state": "activating"}})
    assert observed(host)["database"]["running"] is None


def test_the_status_command_is_read(host: Stage):
    status = host.programs / "appstatus"
    status.write_text('#!/bin/sh\nprintf "Application: %s\\n Status: Running\\nRunmode: Primary\\n" "$1"\n')
    status.chmod(0o755)
    component = {
        "kind": "confserv",
        "unit": "postgresql",
        "port": 2020,
        "status_command": ["appstatus", "confserv"],
    }
    host.describe(components=[component])
    seen = observed(host)["components"][0]
    assert (seen["status"], seen["run_mode"], seen["listening"]) == ("Running", "Primary", False)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([["-j", "GENESYS-DR"]], {"2020": ["198.18.1.11"], "5432": []}),
        ([], {"2020": [], "5432": []}),
        ([["-j", "ACCEPT"], ["-j", "GENESYS-DR"]], None),
    ],
)
def test_only_blocks_the_kernel_enforces_are_reported(host: Stage, chain: list[list[str]], expected: object):
    rule = ["-s", "198.18.1.11/32", "-p", "tcp", "--dport", "2020", "-j", "REJECT"]
    host.put("iptables.json", {"INPUT": chain, "GENESYS-DR": [rule]})
    assert observed(host)["blocked"] == expected


@pytest.mark.parametrize("verb", ["firewall-block", "firewall-open"])
def test_a_crash_between_kernel_and_file_is_told_and_mended_by_a_repeat(host: Stage, verb: str):
    """Blocking dies before the kernel has it, opening after: the file is stricter than the kernel."""
    assert host.run("gdr-host", 12, "firewall-block", 5432, "198.18.1.11").returncode == 0
    (host.state / "iptables.json").unlink()
    seen = observed(host)
    assert (seen["blocked"]["5432"], seen["torn"]) == ([], [5432])
    assert host.run("gdr-host", 12, verb, 5432, "198.18.1.11").returncode == 0
    assert observed(host)["torn"] == []


def test_a_kept_list_that_cannot_be_read_leaves_the_rules_unknown(host: Stage):
    (host.root / "etc/genesys-dr/firewall.json").write_text("{")
    seen = observed(host)
    assert (seen["blocked"], seen["torn"], seen["epoch"]) == (None, None, 0)


GUARD = "/opt/genesys-dr/bin/gdr-guard check"


@pytest.mark.parametrize(
    ("conditions", "guarded"),
    [
        ([f"{GUARD} --database"], True),
        (["/bin/true", f"{GUARD} --database"], True),
        ([GUARD], False),
        (["/usr/local/bin/gdr-guardian check --database"], False),
        ([], False),
    ],
)
def test_a_guard_counts_only_where_systemd_asks_it(host: Stage, conditions, guarded):
    host.put("units.json", {"postgresql": {"state": "active", "conditions": conditions}})
    assert observed(host)["components"][0]["guarded"] is guarded


def test_a_framework_unit_asks_without_the_leave_of_a_standby(host: Stage):
    host.describe(components=[{"kind": "scs", "unit": "scs", "port": 7380}], database=None)
    host.put("units.json", {"scs": {"state": "inactive", "conditions": [GUARD]}})
    assert observed(host)["components"][0]["guarded"] is True


@pytest.mark.parametrize("facts", [{"region": None, "role": "power"}, {"role": "application"}])
def test_a_host_without_a_guard_says_so(host: Stage, facts: dict[str, object]):
    host.describe(**facts)
    assert observed(host)["guard"] == "absent"


def test_the_guard_on_a_standby_speaks_of_the_record(host: Stage):
    (host.root / "var/lib/postgresql/data/standby.signal").touch()
    host.says(answer(record(active="region2", target="region2")))
    seen = observed(host)
    assert seen["guard"] == "closed"
    assert seen["database"]["standby_signal"] is True
