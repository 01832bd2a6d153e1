"""Roles and refusals of the Configuration Server."""

import pytest

from lab.standins.confserv.database import as_sql
from lab.standins.confserv.engine import Server, first_role, read_settings
from lab.standins.daemon import BACKUP, PRIMARY
from lab.standins.memory import Change
from lab.standins.wire import Rejection


@pytest.mark.parametrize(
    ("backup", "peer_role", "role"),
    [
        (False, None, PRIMARY),
        (False, BACKUP, PRIMARY),
        (False, PRIMARY, BACKUP),
        (True, None, BACKUP),
        (True, BACKUP, BACKUP),
        (True, PRIMARY, BACKUP),
    ],
)
def test_the_primary_section_starts_as_primary_unless_its_peer_already_is(backup, peer_role, role):
    assert first_role(backup=backup, peer_role=peer_role) == role


def test_a_backup_accepts_no_clients_and_leads_nobody():
    server = Server(BACKUP, loaded=True, writable=True)
    with pytest.raises(Rejection, match="Backup"):
        server.require_client()
    with pytest.raises(Rejection, match="not a loaded Primary"):
        server.require_leader()


def test_without_a_writable_database_reads_go_on_and_writes_are_refused():
    server = Server(PRIMARY, loaded=True, writable=False)
    assert server.status == "Service Unavailable"
    server.require_client()
    with pytest.raises(Rejection, match="no writable database"):
        server.require_write()


def test_before_the_configuration_is_loaded_nobody_is_served():
    server = Server(PRIMARY)
    assert server.status == "Initializing"
    with pytest.raises(Rejection, match="Initializing"):
        server.require_client()


def test_the_database_session_tells_who_may_write():
    assert Server(PRIMARY).session_name == "confserv"
    assert Server(BACKUP).session_name == "confserv-backup"


@pytest.mark.parametrize(
    ("op", "sql", "values"),
    [
        ("insert", "INSERT INTO cfg_locale (dbid, name) VALUES ($1, $2)", [3, "x"]),
        ("update", "UPDATE cfg_locale SET name = $2 WHERE dbid = $1", [3, "x"]),
        ("delete", "DELETE FROM cfg_locale WHERE dbid = $1", [3]),
    ],
)
def test_values_travel_as_parameters(op, sql, values):
    assert as_sql(Change(op, "cfg_locale", {"dbid": 3, "name": "x"})) == (sql, values)


def test_a_configuration_file_without_an_option_names_it(tmp_path):
    file = tmp_path / "confserv.conf"
    file.write_text("[confserv]\nserver=dbserver\nport=2020\n[dbserver]\n")
    with pytest.raises(KeyError, match="ha-port"):
        read_settings(file, "confserv")
