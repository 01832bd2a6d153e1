"""The framework of a region is lost while its DBMS takes writes: nothing acknowledged may be lost."""

import time

import pytest

from lab.drill.load import Load
from lab.drill.proof import require_target
from tests.lab import effects
from tests.lab.operator import Operator
from tests.lab.way_back import EVERY_PROXY

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need region 1 active."""
    yield
    lab.restore()


def test_a_lost_framework_is_replaced_and_no_acknowledged_write_is_lost(lab):
    lab.restore()
    with Load(lab) as load:
        for host in ("r1-fw-p", "r1-fw-b"):
            lab.break_("power-off", host)
        Operator.of(lab, "partial-failover", "--target", "region2").require_reached()
        require_target(lab, "region2", EVERY_PROXY)
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r2-db", 0.0)
    assert outcome.verdict.lost == 0
    assert outcome.verdict.acknowledged > 0
    assert effects.timeline(lab, "r2-db") == 2
    assert lab.is_on("r1-db"), "it was stopped in order, not switched off"


@pytest.mark.campaign
def test_a_region_whose_primary_works_is_no_case_for_it(lab):
    lab.restore()
    status, text = Operator.of(lab, "partial-failover", "--target", "region2").output()
    assert status == 3, text
    assert "region1: its Primary works: use full_failover, mode planned" in " ".join(text.split())
