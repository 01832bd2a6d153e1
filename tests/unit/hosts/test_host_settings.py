"""gdr-host pg-configure: what runs reads its files again, and is restarted only where a setting waits for that."""

import json
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage

ACCESS = "/etc/postgresql/pg_hba.conf"
DEPLOYMENT = {"name": "lab", "home": "/opt/genesys", "account": "genesys"}


@pytest.fixture
def server(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.with_database()
    stage.describe(**(stage.facts | {"deployment": DEPLOYMENT}))
    config = stage.root / "etc/postgresql/postgresql.conf"
    config.parent.mkdir(parents=True)
    config.write_text("include_dir = 'conf.d'\n")
    stage.put("server.json", {"in_recovery": False})
    return stage


def configure(server: Stage):
    return server.run("gdr-host", 1, "pg-configure", given=json.dumps({ACCESS: "local all all peer\n"}))


def restarts(server: Stage) -> int:
    return len([call for call in server.calls("systemctl") if call[1] == "restart"])


def test_who_may_log_in_is_taken_up_without_a_restart(server: Stage):
    assert configure(server).returncode == 0
    assert (server.root / ACCESS.lstrip("/")).read_text() == "local all all peer\n"
    assert (server.get("server.json")["loaded"], restarts(server)) == (1, 0)


def test_a_setting_that_waits_for_a_restart_gets_one(server: Stage):
    server.put("server.json", {"in_recovery": False, "pending": True})
    assert configure(server).returncode == 0
    assert restarts(server) == 1


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"reloads": 0}, "does not read its settings again"),
        ({"hba_fault": "7", "pending": True}, "pg_hba.conf, line 7: is not understood"),
        ({"refused": "/etc/ours.conf, line 3"}, "/etc/ours.conf, line 3: is not understood: correct it there"),
        ({"running": False}, "is up and does not answer, so its files are not taken up"),
    ],
)
def test_a_server_that_does_not_take_its_files_up_is_not_restarted(server: Stage, state: dict[str, object], said: str):
    server.patience = 0.1
    server.put("server.json", {"in_recovery": False} | state)
    failed = configure(server)
    assert (failed.returncode, said in failed.stderr) == (1, True), failed.stderr
    assert restarts(server) == 0


def test_a_server_that_is_down_is_left_down(server: Stage):
    server.put("units.json", {"postgresql": {"state": "inactive"}})
    assert configure(server).returncode == 0
    assert (server.calls("psql"), restarts(server)) == ([], 0)
