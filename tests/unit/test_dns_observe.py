"""How long a name server is waited for: what said nothing a moment ago is no reason to wait as long again."""

import pytest

from tasks.dns import observe
from tests.fakes.dns import FakeNames, Manner, Zone
from tests.unit.model.steady import lab

SERVER = lab().dns.servers[1].name
WHOLE = lab().probes.silent_s


class Asked(FakeNames):
    """A server that notes how long it would have been waited for."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(Zone(manner=manner))
        self.waits: list[float] = []

    async def ask(self, address: str, port: int, name: str, kind: str, deadline_s: float) -> tuple[str, ...]:
        self.waits.append(deadline_s)
        return await super().ask(address, port, name, kind, deadline_s)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    known = Asked(Manner.SILENT)
    monkeypatch.setattr(observe, "ask", known.ask)
    monkeypatch.setattr(observe, "ask_ttl", known.ask_ttl)
    monkeypatch.setattr(observe, "_silent", set())
    return known


async def longest(asked: Asked, manner: Manner) -> float:
    asked.zone.manner, asked.waits = manner, []
    await observe.server(lab(), SERVER)
    return max(asked.waits)


async def test_a_server_that_was_silent_is_waited_for_less_until_it_answers_again(asked: Asked) -> None:
    assert await longest(asked, Manner.SILENT) == WHOLE
    assert await longest(asked, Manner.SILENT) < WHOLE / 2
    assert await longest(asked, Manner.WELL) < WHOLE / 2
    assert await longest(asked, Manner.SILENT) == WHOLE


async def test_the_aliases_are_asked_for_and_told_apart_from_the_framework_names(asked: Asked) -> None:
    asked.zone.manner = Manner.WELL
    seen = await observe.server(lab(), SERVER)
    assert tuple(seen.addresses) == lab().dns.framework_names
    assert tuple(seen.aliases) == lab().aliases() == ("cfgdb-1.gen.test", "cfgdb-2.gen.test")


async def test_the_record_is_always_waited_for_as_long_as_is_allowed(asked: Asked) -> None:
    """All else hangs on it, and a look that does not see it is void."""
    await longest(asked, Manner.SILENT)
    asked.waits = []
    record, fault = await observe.record(lab())
    assert record is None
    assert "no answer" in fault
    assert asked.waits == [WHOLE]


async def test_how_long_each_name_may_be_kept_is_told_of_those_that_are_there(asked: Asked) -> None:
    name, _ = lab().dns.framework_names
    asked.zone.manner, asked.zone.ttls = Manner.WELL, {name: 7}
    asked.zone.sets = {(name, "A"): ("198.18.1.11",), ("cfgdb-2.gen.test", "A"): ("198.18.2.31",)}
    assert await observe.ttls(lab(), SERVER) == {name: 7, "cfgdb-2.gen.test": 30}
    asked.zone.manner = Manner.SILENT
    assert await observe.ttls(lab(), SERVER) == {}
