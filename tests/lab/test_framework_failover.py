"""The framework moves alone: its database stays, is found by the alias from the other region, and loses nothing."""

import time

import pytest

from lab import up
from lab.drill.load import Load
from lab.drill.proof import require_target
from tests.lab import effects
from tests.lab.apart import holders, require_closed_to_all_but
from tests.lab.operator import Operator
from tests.lab.way_back import EVERY_PROXY, require_protected, sql

pytestmark = pytest.mark.timeout(900)
PAIR = ["r1-fw-p", "r1-fw-b"]


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need region 1 active, with its database."""
    yield
    lab.restore()


def move(lab, target, mode):
    return Operator.of(lab, "partial-failover", "--database", "stay", "--target", target, "--mode", mode)


def follows(lab):
    return sql(lab, "r1-db", "select state from pg_stat_replication") == "streaming"


def test_a_lost_framework_is_replaced_by_the_other_regions_while_its_database_stays_and_back(lab):
    lab.restore()
    with Load(lab) as load:
        for host in PAIR:
            lab.break_("power-off", host)
        move(lab, "region2", "unplanned").require_reached()
        require_target(lab, "region2", EVERY_PROXY, database="region1")
        load.wait_for_writes_after(time.time())
        assert holders(lab, "r1-db") == [lab.topology.host("r2-fw-p").address]
        require_closed_to_all_but(lab, "r1-db", ["r2-fw-p", "r2-fw-b"])
        assert follows(lab)
        assert effects.record(lab).endswith("database=region1")
        assert "state=steady active=region2 target=region2" in effects.record(lab)

        for host in PAIR:
            lab.mend("power-off", host)
        up.wait_for_hosts(lab.identity, lab.topology, [lab.topology.host(host) for host in PAIR])
        require_target(lab, "region2", EVERY_PROXY, database="region1")

        move(lab, "region1", "planned").require_reached()
        require_target(lab, "region1", EVERY_PROXY)
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r1-db", 0.0)
        assert outcome.verdict.acknowledged > 0
        assert outcome.verdict.lost == 0
    require_protected(lab, "region1", "region2")
    require_closed_to_all_but(lab, "r1-db", PAIR)
    assert "database=" not in effects.record(lab)
    status, text = move(lab, "region1", "planned").output()
    assert (status, "region1 has the active DBMS, region1 the framework: nothing to do" in text) == (0, True), text
