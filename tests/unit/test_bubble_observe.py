"""Walls are tried from within and to there, by more than one host, and no place is left out."""

import json

import pytest

from blocks import reach
from model.errors import RecoveryError
from tasks.bubble.observe import walls
from tasks.hosts.command import COMMAND, REACH_MOST, reached
from tests.fakes.ssh import Done, FakeShell
from tests.fakes.ssh import Machine as Host
from tests.unit.model.steady import lab

WALLED, WITNESS, NEIGHBOUR = "r2-fw-p", "r1-app-p", "r2-app-p"


def address(name: str) -> str:
    return str(lab().host(name).address)


class Reaching(Host):
    """A host that says of places within walls one thing, and of others another; it takes so many at once."""

    def __init__(self, within: str, others: str) -> None:
        super().__init__()
        self.within, self.others = within, others

    async def obey(self, argv: tuple[str, ...], given: str = "") -> Done:
        assert (*argv[: len(COMMAND) + 1], given) == (*COMMAND, "reach", "")
        places = argv[len(COMMAND) + 1 :]
        assert 0 < len(places) <= REACH_MOST
        said = {place: self.within if place.startswith(address(WALLED)) else self.others for place in places}
        return Done(stdout=json.dumps(said))


def shell(monkeypatch: pytest.MonkeyPatch, neighbour: Host) -> None:
    hosts = {WALLED: Reaching("open", "rejected"), WITNESS: Reaching("silent", "open"), NEIGHBOUR: neighbour}
    fake = FakeShell({address(name): host for name, host in hosts.items()})

    async def access(_name: str) -> reach.Shell:
        return fake

    monkeypatch.setattr(reach, "shell", access)


async def test_who_is_kept_out_by_something_else_than_the_walls_is_not_the_only_witness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other region may be shut out by a firewall on the way; the region's own application host is not."""
    shell(monkeypatch, Reaching("silent", "open"))
    tried = await walls(lab(), WALLED)
    assert (tried.leaks(), set(tried.inward.values()), tried.fault) == ((), {"silent"}, "")
    shell(monkeypatch, Reaching("refused", "open"))
    assert f"{address(WALLED)}:22 is reached" in (await walls(lab(), WALLED)).leaks()


async def test_a_witness_that_does_not_answer_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, Host(answers={}))
    with pytest.raises(RecoveryError):
        await reached(lab(), NEIGHBOUR, [f"{address(WALLED)}:22"])
    tried = await walls(lab(), WALLED)
    assert (tried.inward, bool(tried.fault)) == ({}, True)


async def test_every_place_is_tried_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, Reaching("silent", "open"))
    places = [f"198.18.1.11:{port}" for port in range(1, 3 * REACH_MOST)]
    assert set(await reached(lab(), WITNESS, places)) == set(places)
