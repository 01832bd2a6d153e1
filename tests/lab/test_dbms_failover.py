"""The DBMS moves alone: its framework stays, finds it by the alias, and serves on; the way back: bare/test_walk.py."""

import time

import pytest

from lab import up
from lab.drill.load import Load
from lab.drill.proof import require_target
from tests.lab import effects
from tests.lab.apart import holders, require_closed_to_all_but
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import EVERY_PROXY

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need region 1 active, with its database."""
    yield
    lab.restore()


def move(lab, target, mode):
    return Operator.of(lab, "partial-failover", "--lost", "dbms", "--target", target, "--mode", mode)


def test_a_lost_dbms_is_replaced_by_the_other_regions_while_its_framework_stays(lab):
    lab.restore()
    with Load(lab) as load:
        lab.break_("power-off", "r1-db")
        move(lab, "region2", "unplanned").require_reached()
        require_target(lab, "region1", EVERY_PROXY, database="region2")
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r2-db", 0.0)
        assert outcome.verdict.acknowledged > 0
        assert outcome.verdict.lost <= Journal(lab).bound()
        assert holders(lab, "r2-db") == [lab.topology.host("r1-fw-p").address]
        require_closed_to_all_but(lab, "r2-db", ["r1-fw-p", "r1-fw-b"])
        assert "state=steady active=region1 target=region1" in effects.record(lab)
        assert effects.record(lab).endswith("database=region2")

        lab.mend("power-off", "r1-db")
        up.wait_for_hosts(lab.identity, lab.topology, [lab.topology.host("r1-db")])
        require_target(lab, "region1", EVERY_PROXY, database="region2")
    status, text = move(lab, "region2", "planned").output()
    assert (status, "region2 has the active DBMS, region1 the framework: nothing to do" in text) == (0, True), text
