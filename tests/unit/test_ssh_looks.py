"""Looks over one command: what becomes of them when it is not there, ends, hangs, or talks nonsense."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from model.errors import Transient
from tests.contract.hosts import PeerHost
from tests.fakes.ssh import Done, Machine

GDR_HOST = ("sudo", "-n", "gdr-host")
LOOK, SLOW, ANSWER = (*GDR_HOST, "observe"), (*GDR_HOST, "power-status"), (*GDR_HOST, "answer")
CLOCKS: dict[str, Any] = {"silent_s": 1.0, "deadline_s": 4.0}


@pytest.fixture
async def peer() -> AsyncIterator[PeerHost]:
    peer = PeerHost(Machine(answers={LOOK: Done(stdout="seen")}, hangs=frozenset({SLOW})))
    await peer.open()
    yield peer
    await peer.close()


async def look(peer: PeerHost, word: str = "observe", **clocks: float) -> str:
    return await peer.shell.look(peer.address, GDR_HOST, word, **CLOCKS | clocks)


async def test_one_command_answers_all(peer: PeerHost):
    assert [await look(peer) for _ in range(3)] == ["seen"] * 3
    assert peer.commands == [ANSWER]


async def test_one_command_answers_all_that_is_asked_at_once(peer: PeerHost):
    assert await asyncio.gather(*(look(peer) for _ in range(20))) == ["seen"] * 20
    assert peer.commands == [ANSWER]


async def test_a_host_whose_command_is_of_before_is_asked_as_before(peer: PeerHost):
    """An upgrade in the middle of a case finds hosts of both kinds."""
    peer.answers_looks = False
    assert await look(peer) == "seen"
    assert peer.commands == [ANSWER, LOOK]


async def test_a_command_that_has_ended_is_started_again_and_no_look_is_lost(peer: PeerHost):
    peer.tires_after = 2
    assert [await look(peer) for _ in range(5)] == ["seen"] * 5
    assert peer.commands.count(ANSWER) > 1


async def test_a_look_that_hangs_costs_its_deadline_and_no_other_look(peer: PeerHost):
    slow = asyncio.ensure_future(look(peer, "power-status", deadline_s=0.5))
    assert await look(peer) == "seen"
    with pytest.raises(Transient, match=r"no answer within 0\.5 s"):
        await slow
    assert await look(peer) == "seen"


async def test_nonsense_is_no_answer(peer: PeerHost):
    peer.nonsense = True
    assert await look(peer) == "seen"
    assert peer.commands == [ANSWER, LOOK]
