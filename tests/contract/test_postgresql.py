"""The contract of `Sql`: the fake, and the block before the lab's streaming pair. The statements are the product's."""

import asyncio
import json

import pytest

from model.errors import Refused, Transient, Unverified
from tasks.dbms.postgresql.statements import statement
from tests.contract import servers
from tests.contract.servers import FakeDatabases
from tests.fakes.postgresql import HANG, Manner

CASE = "contract-case"
WHERE = (5432, "config")


@pytest.fixture(params=["fake", pytest.param("lab", marks=pytest.mark.lab)])
async def pair(request):
    lab = request.getfixturevalue("lab") if request.param == "lab" else None
    async with servers.databases(lab) as found:
        yield found


async def position(sql, address, deadline_s=4.0):
    return (await sql.fetch(address, *WHERE, statement("position"), deadline_s=deadline_s))[0]


async def sessions(sql, address):
    (row,) = await sql.fetch(address, *WHERE, statement("observe"), deadline_s=4.0)
    return json.loads(row["sessions"])


async def write(sql, address, deadline_s=4.0):
    await sql.commit(address, *WHERE, statement("canary"), CASE, "canary", deadline_s=deadline_s)


async def cases(sql, address, deadline_s=4.0):
    found = await sql.fetch_as_account(address, *WHERE, statement("canaries"), deadline_s=deadline_s)
    return [row["case_id"] for row in found]


@pytest.fixture(params=[position, cases, write])
def asks(request):
    """Read as the observer and as the account, and write."""
    return request.param


async def test_a_primary_and_a_standby_say_what_they_are(pair):
    assert not (await position(pair.sql, pair.primary))["in_recovery"]
    standby = await position(pair.sql, pair.standby)
    assert standby["in_recovery"]
    assert standby["bytes"] > 0


async def test_sessions_of_every_account_are_seen(pair):
    """Not only the Configuration Server's: whoever is connected can write, or hold what is to be ended."""
    holding = asyncio.ensure_future(pair.sql.fetch(pair.primary, *WHERE, HANG, deadline_s=20.0))
    while pair.control not in await sessions(pair.sql, pair.primary):
        pass
    await pair.end_sessions()
    with pytest.raises(Transient):
        await holding


async def test_a_new_server_is_given_the_logins_of_the_block(pair):
    told = await pair.sql.logins()
    assert (told["observer"], told["account"]) == ("gdr_observer", "genesys")
    assert {"observer_password", "account_password", "replica_password"} < told.keys()


async def test_a_write_is_committed_and_its_repetition_changes_nothing(pair):
    await write(pair.sql, pair.primary)
    await write(pair.sql, pair.primary)
    assert (await cases(pair.sql, pair.primary)).count(CASE) == 1


async def test_a_primary_tells_its_slot_its_reader_and_what_it_keeps(pair):
    (row,) = await pair.sql.fetch(pair.primary, *WHERE, statement("observe"), deadline_s=4.0)
    (slot,) = json.loads(row["slots"])
    assert (slot["name"], slot["active"], slot["lost"]) == ("r2_db", True, False)
    assert 0 <= slot["kept"] < 64 << 20
    (row,) = await pair.sql.fetch(pair.standby, *WHERE, statement("observe"), deadline_s=4.0)
    assert json.loads(row["slots"]) == []


async def test_addresses_in_the_configuration_database_are_found_by_table_on_both(pair):
    for address in (pair.primary, pair.standby):
        (row,) = await pair.sql.fetch(address, *WHERE, statement("literals"), deadline_s=4.0)
        assert row == {"source": "cfg_flex_prop", "address": "198.18.0.10", "rows": 1, "first": "2"}


async def test_the_backup_application_is_found_with_what_it_is_the_backup_of_on_both(pair):
    for address in (pair.primary, pair.standby):
        names = ["confserv_b", "no such"]
        (row,) = await pair.sql.fetch(address, *WHERE, statement("applications"), names, deadline_s=4.0)
        assert row == {"backup": "confserv_b", "enabled": True, "served": "confserv", "differing": "[]"}


async def test_a_standby_refuses_a_write(pair):
    with pytest.raises(Refused, match="read-only transaction"):
        await write(pair.sql, pair.standby)


async def test_the_observer_may_only_read(pair):
    with pytest.raises(Refused, match="permission denied"):
        await pair.sql.fetch(pair.primary, *WHERE, statement("canary"), CASE, "observer", deadline_s=4.0)


async def test_a_wrong_password_is_refused_and_never_quoted(pair, asks):
    with pytest.raises(Refused, match=r"login as .* refused: wrong password in the block") as caught:
        await asks(pair.wrong, pair.primary)
    assert pair.wrong_password not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_database_that_is_not_there_is_refused(pair):
    with pytest.raises(Refused, match="does not exist"):
        await pair.sql.fetch(pair.primary, 5432, "no_such", statement("position"), deadline_s=4.0)


async def test_a_server_on_which_nobody_listens_is_transient(pair, asks):
    await pair.misbehave(Manner.REFUSES)
    with pytest.raises(Transient, match="no connection"):
        await asks(pair.sql, pair.primary)


async def test_a_silent_server_costs_its_silence_and_not_the_whole_deadline(pair, asks):
    """What was raised says which of the two clocks ended it."""
    await pair.misbehave(Manner.SILENT)
    with pytest.raises(Transient, match=r"silent for 1\.2 s"):
        await asks(pair.sql, pair.primary, 2.0)


async def test_a_server_without_a_free_connection_is_transient(pair, asks):
    await pair.misbehave(Manner.BUSY)
    with pytest.raises(Transient, match="TooManyConnections"):
        await asks(pair.sql, pair.primary)


async def test_a_read_that_times_out_is_transient(pair):
    for read in (pair.sql.fetch, pair.sql.fetch_as_account):
        with pytest.raises(Transient, match="no answer: TimeoutError"):
            await read(pair.primary, *WHERE, HANG, deadline_s=1.0)


async def test_a_write_that_times_out_is_unverified(pair):
    with pytest.raises(Unverified, match="statement sent, no answer: TimeoutError"):
        await pair.sql.commit(pair.primary, *WHERE, HANG, deadline_s=1.0)


async def test_a_read_whose_session_is_ended_is_transient(pair):
    reading = asyncio.ensure_future(pair.sql.fetch(pair.primary, *WHERE, HANG, deadline_s=20.0))
    await pair.end_sessions()
    with pytest.raises(Transient, match="no answer"):
        await reading


async def test_a_write_whose_session_is_ended_is_unverified(pair):
    writing = asyncio.ensure_future(pair.sql.commit(pair.primary, *WHERE, HANG, deadline_s=20.0))
    await pair.end_sessions()
    with pytest.raises(Unverified, match="statement sent, no answer"):
        await writing


async def test_ok_is_no_proof_only_a_look_is():
    pair = FakeDatabases()
    await pair.misbehave(Manner.FORGETS)
    await write(pair.sql, pair.primary)
    assert await cases(pair.sql, pair.primary) == []
