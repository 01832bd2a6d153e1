"""The contract of `Names`, and of asking one server itself: the fake, and the block before the lab's BIND."""

import pytest

from model.errors import Overtaken, Refused, Transient, Unverified
from tests.contract import servers
from tests.contract.servers import NAMES, RECORD, STEADY, FakeDns
from tests.fakes.dns import FakeNames, Manner, Zone

PORT = 53
OURS = STEADY.replace("head=-", "head=contract")
MOVED = {NAMES[0]: "198.18.2.11", NAMES[1]: "198.18.2.12"}
BACK = {NAMES[0]: "198.18.1.11", NAMES[1]: "198.18.1.12"}


@pytest.fixture(params=["fake", pytest.param("lab", marks=pytest.mark.lab)])
async def server(request):
    lab = request.getfixturevalue("lab") if request.param == "lab" else None
    async with servers.dns(lab) as found:
        yield found
        await found.mend()
        if await text(found) == OURS:
            await swap(found, found.names, expected=OURS, to=STEADY, addresses=BACK)


async def swap(server, names, *, expected=STEADY, to=OURS, addresses=None, found=None, deadline_s=1.0, ttl_s=30):
    await names.swap(
        server.address,
        PORT,
        "gen.test",
        RECORD,
        expected=expected,
        text=to,
        addresses=addresses or {},
        ttl_s=ttl_s,
        deadline_s=deadline_s,
        found=found,
    )


async def text(server):
    (found,) = await server.ask(server.address, PORT, RECORD, "TXT", 2.0)
    return found


async def test_record_and_names_change_in_one_update(server):
    await swap(server, server.names, addresses=MOVED)
    assert await text(server) == OURS
    for name, address in MOVED.items():
        assert await server.ask(server.address, PORT, name, "A", 2.0) == (address,)


async def test_the_ttl_that_a_server_sends_is_the_one_it_was_given(server):
    assert await server.ask_ttl(server.address, PORT, NAMES[0], 2.0) == 30
    await swap(server, server.names, addresses=MOVED, ttl_s=45)
    assert [await server.ask_ttl(server.address, PORT, name, 2.0) for name in NAMES] == [45, 45]


async def test_a_record_that_changed_meanwhile_is_refused_and_nothing_changes(server):
    await swap(server, server.names)
    with pytest.raises(Overtaken, match=f"{RECORD}: changed meanwhile on .*another process has taken over"):
        await swap(server, server.names, to="v=1 epoch=9", addresses=MOVED)
    assert await text(server) == OURS
    assert await server.ask(server.address, PORT, NAMES[0], "A", 2.0) == (BACK[NAMES[0]],)


async def test_a_record_that_is_there_is_not_made_a_second_time(server):
    with pytest.raises(Overtaken, match=f"{RECORD}: changed meanwhile"):
        await swap(server, server.names, expected=None)
    assert await text(server) == STEADY


async def test_a_record_is_made_where_there_is_none_with_its_names():
    zone = Zone(policy=frozenset({RECORD, *NAMES}))
    await FakeNames(zone).swap(
        "192.0.2.53", PORT, "gen.test", RECORD, expected=None, text=OURS, addresses=MOVED, ttl_s=30, deadline_s=1.0
    )
    assert zone.sets[RECORD, "TXT"] == (OURS,)
    assert zone.sets[NAMES[0], "A"] == (MOVED[NAMES[0]],)


async def test_names_are_made_where_they_are_as_they_were_found():
    zone = Zone(sets={(NAMES[0], "A"): (MOVED[NAMES[0]],)}, policy=frozenset({RECORD, *NAMES}))
    await FakeNames(zone).swap(
        "192.0.2.53",
        PORT,
        "gen.test",
        RECORD,
        expected=None,
        text=OURS,
        addresses=MOVED,
        ttl_s=30,
        deadline_s=1.0,
        found={NAMES[0]: (MOVED[NAMES[0]],), NAMES[1]: ()},
    )
    assert zone.sets[NAMES[1], "A"] == (MOVED[NAMES[1]],)


@pytest.mark.parametrize("found", [(), ("198.18.1.99",), ("198.18.1.11", "198.18.1.12")])
async def test_a_name_that_is_no_longer_as_it_was_found_is_left_alone_with_the_record(server, found):
    with pytest.raises(Overtaken, match=f"{RECORD} or {NAMES[0]}: changed meanwhile"):
        await swap(server, server.names, addresses=MOVED, found={NAMES[0]: found})
    assert await text(server) == STEADY
    assert await server.ask(server.address, PORT, NAMES[0], "A", 2.0) == (BACK[NAMES[0]],)


async def test_a_name_that_is_as_it_was_found_moves_with_the_record(server):
    await swap(server, server.names, addresses=MOVED, found={name: (address,) for name, address in BACK.items()})
    assert await server.ask(server.address, PORT, NAMES[0], "A", 2.0) == (MOVED[NAMES[0]],)


async def test_the_same_swap_twice_is_refused(server):
    """A repeat after a lost answer must not pass for a first."""
    await swap(server, server.names)
    with pytest.raises(Overtaken, match="another process has taken over"):
        await swap(server, server.names)


@pytest.mark.parametrize("key", ["wrong_key", "unknown_key"])
async def test_a_wrong_key_is_refused_by_name(server, key):
    with pytest.raises(Refused, match="wrong TSIG key"):
        await swap(server, getattr(server, key))
    assert await text(server) == STEADY


async def test_a_name_the_policy_forbids_is_refused_and_nothing_changes(server):
    with pytest.raises(Refused, match="check the server's update policy"):
        await swap(server, server.names, addresses={"www.gen.test": "198.18.2.11"})
    assert await text(server) == STEADY


@pytest.mark.parametrize("manner", [Manner.REFUSES, Manner.SILENT])
async def test_a_server_that_cannot_be_reached_was_certainly_not_changed(server, manner):
    await server.misbehave(manner)
    with pytest.raises(Transient, match="no connection for an update"):
        await swap(server, server.names)
    with pytest.raises(Transient, match="no answer"):
        await server.ask(server.address, PORT, RECORD, "TXT", 1.0)
    await server.mend()
    assert await text(server) == STEADY


async def test_an_update_without_an_answer_is_unverified_and_may_still_be_done(server):
    await server.misbehave(Manner.FROZEN)
    with pytest.raises(Unverified, match="update sent, no answer"):
        await swap(server, server.names)
    with pytest.raises(Transient, match="no answer"):
        await server.ask(server.address, PORT, RECORD, "TXT", 1.0)
    await server.mend()
    assert await text(server) in (STEADY, OURS)


async def test_an_answer_without_authority_is_transient(server):
    with pytest.raises(Transient, match="no authoritative answer"):
        await server.ask(server.lame, PORT, NAMES[0], "A", 2.0)
    with pytest.raises(Transient, match="no authoritative answer"):
        await server.ask_ttl(server.lame, PORT, NAMES[0], 2.0)


async def test_a_name_that_is_not_there_has_no_addresses(server):
    assert await server.ask(server.address, PORT, "nobody.gen.test", "A", 2.0) == ()
    assert await server.ask_ttl(server.address, PORT, "nobody.gen.test", 2.0) is None


async def test_an_update_that_was_done_and_not_answered_is_found_by_looking():
    server = FakeDns()
    await server.misbehave(Manner.DIES)
    with pytest.raises(Unverified):
        await swap(server, server.names)
    await server.mend()
    assert await text(server) == OURS


async def test_ok_is_no_proof_only_a_look_is():
    server = FakeDns()
    await server.misbehave(Manner.FORGETS)
    await swap(server, server.names)
    assert await text(server) == STEADY
