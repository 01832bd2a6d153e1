"""gdr-host, the real script: to which DBMS the log message server of this host is connected."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_fakes.stage import Stage

LOG_SERVER = {
    "kind": "log_message_server",
    "unit": "log-message-server",
    "port": 7121,
    "started_by": "management_layer",
}


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.describe(components=[{**LOG_SERVER, "status_command": None}], log_port=5432)
    stage.put("listeners.json", [[7121, 1]])  # the fakes' connections are held by process 1, too
    peers = {"198.18.1.31:5432": "ESTAB", "198.18.2.31:5432": "TIME-WAIT", "198.18.1.11:2020": "ESTAB"}
    stage.put("peers.json", [[state, peer] for peer, state in peers.items()])
    return stage


def log_peers(host: Stage) -> Any:
    return json.loads(host.run("gdr-host", "observe").stdout)["log_peers"]


def test_it_is_connected_to_what_its_own_process_is_connected_to(host: Stage):
    assert log_peers(host) == ["198.18.1.31"]


def test_what_another_process_is_connected_to_does_not_count(host: Stage):
    host.put("listeners.json", [[7121, None], [2020, 1]])
    assert log_peers(host) == []


@pytest.mark.parametrize("facts", [{"log_port": None}, {"components": []}])
def test_where_there_is_none_nothing_is_said(host: Stage, facts: dict[str, Any]):
    host.describe(**facts)
    assert log_peers(host) is None
