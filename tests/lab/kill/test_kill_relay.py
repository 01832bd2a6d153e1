import itertools

import pytest

from tests.lab import effects
from tests.lab.kill.relay import relay
from tests.lab.operator import Operator

pytestmark = pytest.mark.timeout(2400)


def test_a_failover_killed_at_every_sixth_record_or_so_ends_in_the_target_with_no_effect_doubled(lab):
    """Whatever line it dies at, running it again is the way on, and nothing is done twice."""
    effects.prepare(lab, "planned")
    gaps = itertools.cycle((5, 7))  # a record of before an act, then one of after it: they alternate
    assert len(relay(lab, lambda: Operator(lab, "planned"), gaps)) > 5
    effects.require_single(lab, "planned")


@pytest.mark.campaign
@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_failover_killed_at_every_record_ends_in_the_target_with_no_effect_doubled(lab, mode, record_property):
    """The same at each record in turn, in both modes."""
    effects.prepare(lab, mode)
    killed = relay(lab, lambda: Operator(lab, mode))
    record_property("kills", len(killed))
    assert len(killed) > 30
    effects.require_single(lab, mode)
