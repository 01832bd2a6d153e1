"""A DBMS asked over its own port: what it says, and what it does not say."""

import json

import pytest

from blocks import reach
from model.applications import Applications, Backup, Option
from model.literals import AddressLiteral
from model.observation import DatabaseRole, DatabaseSeen, SlotSeen
from tasks.dbms.postgresql import observe
from tasks.dbms.postgresql.statements import statement
from tests.fakes.postgresql import FakeSql, Manner, Server
from tests.unit.model.steady import lab

ADDRESS = str(lab().dbms("region1").address)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    known = Server(position=4711, canaries=[("lab-1", "canary"), ("lab-1", "again"), ("lab-2", "canary")])

    async def access(_name: str) -> reach.Sql:
        return FakeSql({ADDRESS: known})

    monkeypatch.setattr(reach, "sql", access)
    return known


@pytest.fixture
def wrong_account(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def access(_name: str) -> reach.Sql:
        return FakeSql({ADDRESS: server}, account_password="wrong")  # noqa: S106  # the fake's own

    monkeypatch.setattr(reach, "sql", access)


async def asked() -> DatabaseSeen:
    return await observe.database(lab(), "region1")


@pytest.mark.parametrize(("in_recovery", "role"), [(False, DatabaseRole.PRIMARY), (True, DatabaseRole.STANDBY)])
async def test_what_it_says_is_taken_over(server: Server, in_recovery, role):
    server.in_recovery, server.clients = in_recovery, {"198.18.1.11": 2, "198.18.1.12": 1}
    seen = await asked()
    assert (seen.role, seen.received, seen.streaming, seen.fault) == (role, 4711, True, "")
    assert (seen.sync_names, seen.settings) == ("", {"fsync": "on"})
    slot = SlotSeen(name="r2_db", active=True, lost=False, kept_bytes=0)
    assert seen.held == (() if in_recovery else (slot,))
    assert seen.sessions == {"198.18.1.11": 2, "198.18.1.12": 1}
    assert seen.configuring == frozenset(server.clients)
    assert seen.canaries == frozenset({"lab-1", "lab-2"})


async def test_a_missing_canary_table_hides_nothing_but_the_canaries(server: Server):
    server.has_canary_table = False
    seen = await asked()
    assert (seen.role, seen.received, seen.canaries) == (DatabaseRole.PRIMARY, 4711, None)
    assert "UndefinedTableError" in seen.fault


@pytest.mark.usefixtures("wrong_account")
async def test_a_refused_login_of_the_account_hides_nothing_but_the_canaries():
    seen = await asked()
    assert (seen.role, seen.received, seen.canaries) == (DatabaseRole.PRIMARY, 4711, None)
    assert "login as genesys refused: wrong password" in seen.fault
    assert seen.barred


async def test_addresses_are_told_by_table_and_row(server: Server):
    server.literals = [("cfg_host", "198.18.1.11"), ("cfg_flex_prop", "8.5.101.20")]
    found = await observe.literals(lab(), "region1")
    assert found.fault == ""
    assert found.found == (
        AddressLiteral(table="cfg_host", address="198.18.1.11", rows=1, row="2"),
        AddressLiteral(table="cfg_flex_prop", address="8.5.101.20", rows=1, row="2"),
    )


async def test_the_backup_is_told_with_the_options_in_which_the_two_differ(server: Server):
    differing = [
        {"section": "system", "option": "delay-reload", "values": [None, "5"]},
        {"section": "security", "option": "password", "values": None},
    ]
    server.applications[0]["differing"] = json.dumps(differing)
    found = await observe.applications(lab(), "region1", "confserv_b")
    options = (
        Option(section="system", option="delay-reload", values=(None, "5")),
        Option(section="security", option="password", values=None),
    )
    one = Backup(name="confserv_b", enabled=True, served="confserv", differing=options)
    assert found == Applications(name="confserv_b", found=(one,), fault="")
    assert (await observe.applications(lab(), "region1", "other")).found == ()


@pytest.mark.parametrize("manner", [Manner.WELL, Manner.SILENT])
async def test_objects_that_cannot_be_read_are_told_apart_from_those_of_another_release(server: Server, manner: Manner):
    server.literals, server.manner = None, manner
    found = await observe.applications(lab(), "region1", "confserv_b")
    assert (found.found, found.foreign) == (None, manner is Manner.WELL)
    assert ADDRESS in found.fault


async def test_a_database_whose_tables_may_not_be_read_is_unknown_with_the_reason(server: Server):
    server.literals = None
    found = await observe.literals(lab(), "region1")
    assert found.found is None
    assert "UndefinedTableError" in found.fault


@pytest.mark.parametrize("manner", [Manner.REFUSES, Manner.SILENT, Manner.BUSY])
async def test_a_server_that_does_not_answer_is_unknown_with_the_reason(server: Server, manner: Manner):
    server.manner = manner
    seen = await asked()
    assert (seen.role, seen.received, seen.sessions, seen.canaries) == (DatabaseRole.UNKNOWN, None, None, None)
    assert ADDRESS in seen.fault


def test_no_account_is_left_out_of_the_sessions():
    """A site's own account, a DB Server or an administrator's psql writes as well as `genesys` does."""
    assert "usename" not in statement("observe")
