import pytest

from lab.drill.proof import require_target
from tests.lab import effects
from tests.lab.kill.relay import relay
from tests.lab.operator import Journal, Operator

pytestmark = pytest.mark.timeout(1200)

LIVING = {"unplanned": ("r2-app-p", "r2-app-b"), "planned": ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b")}


@pytest.fixture(params=[pytest.param("planned", marks=pytest.mark.campaign), "unplanned"])
def mode(request, lab):
    """A laboratory in its steady state, or without its region 1."""
    lab.restore()
    if request.param == "unplanned":
        lab.break_("power-off", "region1")
    return request.param


def test_a_failover_killed_at_every_record_ends_in_the_target_with_no_effect_doubled(lab, mode, record_property):
    """Whatever line it dies at, running it again is the way on, and nothing is done twice."""
    killed = relay(lab, lambda: Operator(lab, mode))
    record_property("kills", len(killed))
    assert len(killed) > 30
    require_target(lab, "region2", LIVING[mode])
    doubled = {
        order: count for order, count in effects.orders(lab).items() if count > 1 and order not in repeatable(lab)
    }
    assert not doubled
    assert effects.moved_names(lab) == {"cfgmaster-p": 1, "cfgmaster-b": 1}
    assert effects.timeline(lab, "r2-db") == 2
    assert effects.starts(lab, "r2-fw-p", "confserv") == 1
    assert effects.starts(lab, "r2-fw-b", "confserv") == 1
    assert not effects.repeated_rules(lab, "r2-db")
    assert Journal(lab).subjects().count("case.closed") == 1


def repeatable(lab):
    """`epoch` only stores the epoch of the process; each process has its own."""
    return {f"{host.name}: epoch" for host in lab.topology.hosts}
