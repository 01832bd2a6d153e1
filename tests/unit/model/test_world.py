"""The explorer's world: what follows from the state of its record, whatever else is so."""

from itertools import product
from typing import get_args

import pytest

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.explore.world import Place
from model.record import State
from tests.unit.model.builders import steady

RECORDS = tuple(product(get_args(State), REGION_KEYS, REGION_KEYS))


@pytest.mark.parametrize(("state", "active", "target"), RECORDS)
def test_a_guard_opens_in_exactly_one_region_and_while_switching_in_the_target(state, active, target) -> None:
    world = steady()._replace(state=state, active=active, target=target)
    opened: list[str] = [region for region in REGION_KEYS if world.guard(Place(region, "primary")) == "open"]
    assert opened == ([] if state == "resting" else [target if state == "switching" else active])


@pytest.mark.parametrize(("data", "target"), tuple(product(REGION_KEYS, REGION_KEYS)))
def test_the_guard_of_a_dbms_goes_by_the_regions_database_wherever_the_framework_is(
    data: RegionKey, target: RegionKey
) -> None:
    for state in get_args(State):
        world = steady()._replace(state=state, active=target, target=target, data=data)
        assert [region for region in REGION_KEYS if world.guard(Place(region, "dbms")) == "open"] == [data]


def test_a_guard_that_cannot_ask_is_silent() -> None:
    assert {steady()._replace(up=frozenset()).guard(Place(region, "primary")) for region in REGION_KEYS} == {"silent"}
    cut = steady()._replace(cut=frozenset({"region1"}))
    assert [cut.guard(Place(region, "primary")) for region in REGION_KEYS] == ["silent", "closed"]
