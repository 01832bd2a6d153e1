import itertools
import random

import pytest

from tests.lab import effects
from tests.lab.kill.doors import DOORS, through
from tests.lab.kill.relay import EVERY_RECORD, relay

pytestmark = pytest.mark.timeout(900)

KILLS = 4


def test_every_door_leads_back_into_the_case(lab):
    """A run is killed at four seeded records for each door, goes on by that door, and nothing is done twice."""
    effects.prepare(lab, "planned")
    chance = random.Random("doors")  # noqa: S311  (a seed, so that a failure can be repeated)
    gaps = [chance.randint(1, 5) for _ in range(KILLS * len(DOORS))]
    killed = relay(lab, through(lab, "planned", itertools.cycle(DOORS)), gaps)
    assert len(killed) == len(gaps)
    effects.require_single(lab, "planned")


@pytest.mark.campaign
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("mode", ["planned", "unplanned"])
@pytest.mark.parametrize("door", DOORS)
def test_each_door_leads_back_from_every_record(lab, door, mode):
    """The same, killed at every record of the case in turn."""
    effects.prepare(lab, mode)
    assert len(relay(lab, through(lab, mode, itertools.repeat(door)), EVERY_RECORD)) > KILLS
    effects.require_single(lab, mode)
