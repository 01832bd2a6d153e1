"""How a proxy looks for the Primary: both names once in a cycle, then one after the other, as the vendor's do."""

from typing import Any, cast

import pytest

from lab.standins import names
from lab.standins.link import Link, Lost
from lab.standins.names import Masters, Search

PAIR = Masters(("p.gen.test", "b.gen.test"), 2020)
AT_HOME, AWAY = {"p.gen.test": "198.18.1.11", "b.gen.test": "198.18.1.12"}, {"p.gen.test": "198.18.2.11"}


class Accepts:
    async def request(self, verb: str, **_: Any) -> dict[str, Any]:
        return {"verb": verb}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let DNS move the names during the second cycle, and the Primary answer at its new address only."""
    asked: list[str] = []

    async def resolve(name: str) -> str:
        asked.append(name)
        return (AT_HOME | AWAY if asked.count(name) > 2 else AT_HOME)[name]

    async def connect(address: str, _port: int, **_: Any) -> Link:
        asked.append(address)
        if address in AWAY.values():
            return cast("Link", Accepts())
        raise Lost(f"{address}: refused")

    monkeypatch.setattr(names, "resolve", resolve)
    monkeypatch.setattr(Link, "open", connect)
    monkeypatch.setattr(names, "ATTEMPT_S", 0.0)
    return asked


async def test_the_two_are_tried_in_turn_and_resolved_once_in_each_cycle(asked: list[str]) -> None:
    found = await Search(PAIR, "proxy").find()
    assert (found.name, found.address) == ("p.gen.test", "198.18.2.11")
    cycle = ["p.gen.test", "b.gen.test", "198.18.1.11", "198.18.1.12"]
    assert asked == [*cycle, *cycle, "p.gen.test", "b.gen.test", "198.18.2.11"]
