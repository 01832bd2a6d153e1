"""gdr-host, the real script, on a DBMS host: the log database is made once, with a login of its own, and told of."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_fakes.stage import Stage
from tests.unit.hosts.test_host_deploy import DEPLOYMENT, LOGINS, NARROW, SUDO

SCRIPT = "/opt/media/log_database.sql"
LOG = {"database": "logs", "table": "g_log_messages", "account": "genlog", "init_scripts": [SCRIPT]}
GIVEN = {**LOGINS, "log_password": "open:sesame"}
ABSENT = {"there": False, "mark": None, "made": False, "tables": 0}
OURS = {"there": True, "mark": "lab", "made": True, "tables": 1}


@pytest.fixture
def server(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.with_database()
    (stage.programs / "sudo").write_text(SUDO.replace("$RIGHT", NARROW))
    (stage.programs / "sudo").chmod(0o755)
    database = {**stage.facts["database"], "log": LOG}
    stage.describe(**(stage.facts | {"deployment": DEPLOYMENT, "database": database}))
    script = stage.root / SCRIPT.lstrip("/")
    script.parent.mkdir(parents=True)
    script.write_text("create table g_log_messages (hostname text);\n")
    stage.put("server.json", {"in_recovery": False, "logs": ABSENT})
    return stage


def create(server: Stage, **changes: str) -> Any:
    return server.run("gdr-host", 1, "pg-create-log", given=json.dumps(GIVEN | changes))


def test_it_is_made_with_its_own_login_and_scripts_and_mark_are_one_transaction(server: Stage):
    assert create(server).returncode == 0
    statements = server.get("statements.json")
    assert [words for words in statements if words.startswith("create database")] == [
        'create database "logs" owner "genlog";'
    ]
    (scripts,) = [words for words in statements if "g_log_messages" in words]
    assert scripts == (
        'set role "genlog"; create table g_log_messages (hostname text); reset role; '
        'grant select on "g_log_messages" to "gdr_observer"; update genesys_dr.deployment set made = true;'
    )
    (logins,) = [words for words in statements if "login password" in words]
    assert logins.count("login password 'scram-sha-256$4096:") == 1
    assert '"genlog"' in logins
    assert "sesame" not in " ".join(statements)


def test_one_that_was_made_before_gets_its_login_again_and_no_script(server: Stage):
    server.put("server.json", {"in_recovery": False, "logs": OURS})
    done = create(server)
    assert (done.returncode, done.stdout) == (0, "logs: made before\n")
    statements = server.get("statements.json")
    assert not [words for words in statements if "g_log_messages" in words or words.startswith("create database")]


@pytest.mark.parametrize(
    "log", [{**OURS, "mark": "another"}, {**OURS, "mark": None}], ids=["of another deployment", "of nobody"]
)
def test_tables_of_somebody_else_are_left_alone(server: Stage, log: dict[str, Any]):
    server.put("server.json", {"in_recovery": False, "logs": log})
    refused = create(server)
    assert refused.returncode == 1
    assert "logs: has tables that are not of deployment lab: it is left as it is" in refused.stderr
    assert not [words for words in server.get("statements.json") if "login password" in words]


def test_an_empty_one_that_nobody_marked_is_used(server: Stage):
    server.put("server.json", {"in_recovery": False, "logs": {**ABSENT, "there": True}})
    assert create(server).returncode == 0
    assert [words for words in server.get("statements.json") if "create table g_log_messages" in words]


def test_without_a_password_nothing_is_made(server: Stage):
    refused = create(server, log_password="")
    assert refused.returncode == 1
    assert "log_password: is empty: give the block of the database one for genlog" in refused.stderr


@pytest.mark.parametrize("account", ["genesys", "gdr_observer", "replica", "postgres"])
def test_a_login_that_is_somebody_elses_is_never_given_the_password_of_the_log_database(server: Stage, account: str):
    known = {**server.facts["database"], "log": {**LOG, "account": account}}
    assert known["replication_user"] == "replica"
    server.describe(**(server.facts | {"deployment": DEPLOYMENT, "database": known}))
    refused = create(server)
    assert (refused.returncode, (server.state / "statements.json").exists()) == (1, False)
    assert f"{account}: is a login of something else: give the log database one of its own" in refused.stderr


def test_a_standby_makes_none_and_a_host_that_is_told_of_none_neither(server: Stage):
    server.put("server.json", {"in_recovery": True, "logs": ABSENT})
    assert "this server is a standby" in create(server).stderr
    server.describe(database={key: value for key, value in server.facts["database"].items() if key != "log"})
    refused = create(server)
    assert (refused.returncode, server.get("statements.json")) == (2, ["select pg_is_in_recovery();"])
    assert "names no log database that deploy makes" in refused.stderr


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (ABSENT, {"tables": 0, "mark": None, "made": False}),
        (OURS, {"tables": 1, "mark": "lab", "made": True}),
        ({**OURS, "mark": None}, {"tables": 1, "mark": None, "made": False}),
    ],
)
def test_a_survey_tells_of_it_and_does_not_call_it_somebodys(server: Stage, log: dict[str, Any], told: object):
    answers = {"primary": True, "pending": False, "there": False, "others": [], "log": log["there"]}
    server.put("server.json", {"in_recovery": False, "survey": answers, "logs": log})
    done = server.run("gdr-host", "survey", given='{"paths": []}')
    assert json.loads(done.stdout)["database"]["log"] == told
    (asked,) = [words for words in server.get("statements.json") if "'others'" in words]
    assert "datname not in ('config', 'logs', 'postgres')" in asked


def test_a_log_database_that_cannot_be_read_hides_nothing_else_of_its_host(server: Stage):
    answers = {"primary": True, "pending": False, "there": False, "others": ["crm"], "log": True}
    server.put("server.json", {"in_recovery": False, "survey": answers, "logs": {**OURS, "closed": True}})
    done = server.run("gdr-host", "survey", given='{"paths": []}')
    assert (done.returncode, "log database: unknown: " in done.stderr) == (0, True)
    told = json.loads(done.stdout)["database"]
    assert (told["log"], told["primary"], told["others"]) == (None, True, ["crm"])
