"""gdr-host, the real script, where a log server of its own (cross) stands on another port of the DBMS host."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_fakes.stage import Stage
from tests.unit.hosts.test_host_deploy_log import ABSENT, GIVEN, LOG, server

__all__ = ["server"]
MADE = {"there": True, "mark": "lab", "made": True, "tables": 1, "writes": True}


@pytest.fixture
def apart(server: Stage) -> Stage:
    """A host whose DBMS rests, as that of the dormant region does while its log server works."""
    server.describe(**(server.facts | {"database": {**server.facts["database"], "log": {**LOG, "port": 5434}}}))
    server.put("server.json", {"running": False})
    has(server)
    return server


def has(apart: Stage, **log: Any) -> None:
    apart.put("log_server.json", {"running": True, **ABSENT, **log})


def create(apart: Stage, **changes: str) -> Any:
    return apart.run("gdr-host", 1, "pg-create-log", given=json.dumps(GIVEN | changes))


def statements(apart: Stage, words: str) -> list[str]:
    path = Path(apart.state, "log_statements.json")
    return [one for one in (apart.get(path.name) if path.exists() else []) if words in one]


def surveyed(apart: Stage) -> Any:
    done = apart.run("gdr-host", "survey", given='{"paths": []}')
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_is_made_there_with_both_logins_whatever_the_dbms_does(apart: Stage):
    done = create(apart)
    assert done.returncode == 0, done.stderr
    assert statements(apart, "create database") == ['create database "logs" owner "genlog";']
    (logins,) = statements(apart, "login password")
    assert logins.count("login password 'scram-sha-256$4096:") == 2
    assert 'grant pg_monitor to "gdr_observer";' in logins
    (scripts,) = statements(apart, "create table g_log_messages")
    assert scripts.endswith("update genesys_dr.deployment set made = true;")
    assert not (apart.state / "statements.json").exists()


def test_an_observer_that_the_block_has_no_password_for_is_the_sites(apart: Stage):
    assert create(apart, observer_password="").returncode == 0
    (logins,) = statements(apart, "login password")
    assert logins.count("login password") == 1


def test_tables_and_mark_that_came_by_replication_are_ours_and_logins_are_let_in(apart: Stage):
    has(apart, **{**MADE, "writes": False})
    assert surveyed(apart)["log"] == {"tables": 1, "mark": "lab", "made": False}
    done = create(apart)
    assert (done.returncode, done.stdout) == (0, "logs: made before\n")
    assert not statements(apart, "create table g_log_messages") + statements(apart, "create database")
    (let_in,) = statements(apart, "grant insert")
    assert 'grant select on "g_log_messages" to "gdr_observer"; grant insert on "g_log_messages" to "genlog";' in let_in


@pytest.mark.parametrize(
    "left",
    [{"there": True}, {"there": True, "mark": "lab"}, {**MADE, "tables": 0}],
    ids=["killed before the mark", "killed before the scripts have ended", "a mark that came without tables"],
)
def test_what_was_begun_goes_on(apart: Stage, left: dict[str, Any]):
    has(apart, **left)
    assert surveyed(apart)["log"] == {"tables": 0, "mark": left.get("mark"), "made": False}
    assert create(apart).returncode == 0
    assert not statements(apart, "create database")
    assert statements(apart, "create table g_log_messages")


@pytest.mark.parametrize("mark", ["another", None])
def test_tables_of_somebody_else_are_left_alone(apart: Stage, mark: str | None):
    has(apart, **{**MADE, "mark": mark})
    refused = create(apart)
    assert refused.returncode == 1
    assert "logs: has tables that are not of deployment lab: it is left as it is" in refused.stderr
    assert not statements(apart, "login password")


def test_a_log_server_that_is_a_standby_makes_none(apart: Stage):
    has(apart, in_recovery="t")
    assert "this server is a standby" in create(apart).stderr


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (ABSENT, {"tables": 0, "mark": None, "made": False}),
        (MADE, {"tables": 1, "mark": "lab", "made": True}),
        ({**MADE, "mark": None, "tables": 3}, {"tables": 3, "mark": None, "made": False}),
    ],
)
def test_a_survey_tells_of_it_although_the_dbms_rests(apart: Stage, log: dict[str, Any], told: object):
    has(apart, **log)
    found = surveyed(apart)
    assert (found["log"], found["database"]) == (told, None)


def test_one_that_does_not_answer_is_unknown_and_hides_nothing_else(apart: Stage):
    answers = {"primary": True, "pending": False, "there": False, "others": ["logs"], "log": True}
    apart.put("server.json", {"in_recovery": False, "survey": answers})
    apart.put("log_server.json", {"running": False})
    found = surveyed(apart)
    assert (found["log"], "log" in found["database"], found["database"]["others"]) == (None, False, ["logs"])
    assert "log server: unknown: " in apart.run("gdr-host", "survey", given='{"paths": []}').stderr


def test_a_host_without_a_log_server_tells_of_none(server: Stage):
    assert surveyed(server)["log"] is None
