import random

import pytest

from tests.lab import effects
from tests.lab.kill.doors import DOORS
from tests.lab.kill.relay import EVERY_RECORD, relay

pytestmark = pytest.mark.timeout(900)

KILLS = 6
MODE_OF = {"new run": "planned", "retry in the interface": "unplanned", "retry by command": "planned"}


@pytest.mark.parametrize("door", DOORS)
def test_each_door_leads_back_into_the_case(lab, door):
    """A run whose process is killed at six seeded records goes on by that door, and nothing is done twice."""
    mode = MODE_OF[door]
    effects.prepare(lab, mode)
    chance = random.Random(door)  # noqa: S311  (a seed, so that a failure can be repeated)
    killed = relay(lab, DOORS[door](lab, mode), [chance.randint(1, 12) for _ in range(KILLS)])
    assert len(killed) == KILLS
    effects.require_single(lab, mode)


@pytest.mark.campaign
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("mode", ["planned", "unplanned"])
@pytest.mark.parametrize("door", DOORS)
def test_each_door_leads_back_from_every_record(lab, door, mode):
    """The same, killed at every record of the case in turn."""
    effects.prepare(lab, mode)
    assert len(relay(lab, DOORS[door](lab, mode), EVERY_RECORD)) > KILLS
    effects.require_single(lab, mode)
