"""How readiness looks: once at all that must be quick, then at what is costly, and as one observation of both."""

import pytest

from model.bubble import Room
from model.environment.environment import Environment
from model.machine import Machine
from model.observation import Observation
from model.scope import Scope, of_readiness
from model.survey import Survey
from tasks import readiness
from tests.unit.model.steady import lab, steady


async def test_what_is_costly_is_looked_at_last_and_joined_to_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Scope] = []
    costly = Observation(
        at=0.0,
        surveys={"r1-db": Survey(fault="not made by deploy")},
        machines={"r1-fw-p": Machine(cable="in")},
        rooms={"r2-db": Room(size_bytes=1)},
    )

    async def look(_environment: Environment, scope: Scope) -> Observation:
        asked.append(scope)
        return steady() if len(asked) == 1 else costly

    monkeypatch.setattr(readiness, "look", look)
    seen = await readiness.looked(lab())
    assert tuple(asked) == of_readiness(lab())
    assert (seen.surveys, seen.machines, seen.rooms) == (costly.surveys, costly.machines, costly.rooms)
    assert seen.hosts == steady().hosts
