import itertools
import time

import pytest

from lab.drill.load import Load
from tests.lab import effects
from tests.lab.kill.relay import relay
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import EVERY_PROXY

pytestmark = pytest.mark.timeout(2400)


def test_a_failover_killed_at_every_sixth_record_or_so_ends_in_the_target_with_no_effect_doubled(lab):
    """Whatever line it dies at, running it again is the way on, and nothing is done twice."""
    effects.prepare(lab, "planned")
    gaps = itertools.cycle((5, 7))  # a record of before an act, then one of after it: they alternate
    assert len(relay(lab, lambda: Operator(lab, "planned"), gaps)) > 5
    effects.require_single(lab, "planned")


def test_a_region_without_its_heart_is_replaced_by_a_failover_that_is_killed_again_and_again(lab):
    """Its applications live on and come over; what is lost is no more than was shown when it was approved."""
    lab.restore()
    with Load(lab) as load:
        for host in (*(member.name for member in lab.topology.framework("region1")), "r1-db"):
            lab.break_("power-off", host)
        assert len(relay(lab, lambda: Operator(lab, "unplanned"), itertools.cycle((5, 7)))) > 5
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r2-db", 0.0)
    assert outcome.verdict.lost <= Journal(lab).bound()
    assert outcome.verdict.acknowledged > 0
    effects.require_single(lab, "unplanned", EVERY_PROXY)


@pytest.mark.campaign
@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_failover_killed_at_every_record_ends_in_the_target_with_no_effect_doubled(lab, mode, record_property):
    """The same at each record in turn, in both modes."""
    effects.prepare(lab, mode)
    killed = relay(lab, lambda: Operator(lab, mode))
    record_property("kills", len(killed))
    assert len(killed) > 30
    effects.require_single(lab, mode)
