import json

import pytest

from lab.drill.load import Load
from lab.drill.proof import require_target
from tests.lab import effects, way_back
from tests.lab.kill.relay import relay
from tests.lab.operator import Operator
from tests.lab.way_back import require_protected

pytestmark = pytest.mark.timeout(1200)
PAIR = ("r1-fw-p", "r1-fw-b")


def lose(lab, *hosts):
    for host in hosts:
        lab.break_("power-off", host)


@pytest.mark.campaign
def test_a_reprotect_killed_at_every_record_protects_and_loses_nothing_unread(lab):
    """Whatever line it dies at, running it again is the way on."""
    way_back.fail_over_with_stranded_writes(lab)
    killed = relay(lab, lambda: Operator.of(lab, "reprotect"))
    assert len(killed) > 15
    require_protected(lab, "region2", "region1")
    assert way_back.exported(lab) == [f"row {number}" for number in range(way_back.STRANDED)]


@pytest.mark.campaign
def test_a_partial_failover_killed_at_every_record_loses_nothing(lab):
    lab.restore()
    lose(lab, *PAIR)
    killed = relay(lab, lambda: Operator.of(lab, "partial-failover", "--target", "region2"))
    assert len(killed) > 30
    require_target(lab, "region2", way_back.EVERY_PROXY)
    assert effects.timeline(lab, "r2-db") == 2


@pytest.mark.campaign
@pytest.mark.parametrize(("mode", "lost"), [("planned", ()), ("unplanned", ("r1-db",))])
def test_a_dbms_that_moves_alone_killed_at_every_record_comes_to_its_end(lab, mode, lost):
    lab.restore()
    lose(lab, *lost)
    words = ("--lost", "dbms", "--target", "region2", "--mode", mode)
    killed = relay(lab, lambda: Operator.of(lab, "partial-failover", *words))
    assert len(killed) > 25
    require_target(lab, "region1", way_back.EVERY_PROXY, database="region2")
    assert effects.timeline(lab, "r2-db") == 2


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("mode", "lost"), [("planned", ()), ("unplanned", PAIR)])
def test_a_framework_that_moves_alone_killed_at_every_record_loses_nothing(lab, mode, lost):
    lab.restore()
    lose(lab, *lost)
    words = ("--database", "stay", "--target", "region2", "--mode", mode)
    killed = relay(lab, lambda: Operator.of(lab, "partial-failover", *words))
    assert len(killed) > 20
    require_target(lab, "region2", way_back.EVERY_PROXY, database="region1")
    assert effects.timeline(lab, "r1-db") == 1
    assert way_back.sql(lab, "r1-db", "select state from pg_stat_replication") == "streaming"


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_a_failback_killed_at_every_record_gets_back(lab):
    """Three cases in a row, each killed at every record."""
    way_back.fail_over_with_stranded_writes(lab)
    killed = relay(lab, lambda: Operator.of(lab, "failback", "--target", "region1"))
    assert len(killed) > 50  # what both reprotects have in common counts once
    require_protected(lab, "region1", "region2")


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_a_drill_killed_at_every_record_walks_its_circle_once(lab):
    lab.restore()
    with Load(lab) as load:
        killed = relay(lab, lambda: Operator.of(lab, "drill", "--kind", "rehearsal"))
        outcome = load.judge("r1-db", 0.0)
    assert len(killed) > 60, killed
    assert outcome.verdict.lost == 0
    assert effects.timeline(lab, "r1-db") == 3
    (written,) = (lab.identity.disk("ctl") / "var/lib/genesys-dr/drills").glob("*.json")
    assert json.loads(written.read_text())["ended"] is not None
    assert "passed" in report(lab), report(lab)
    require_protected(lab, "region1", "region2")


def report(lab):
    (page,) = (lab.identity.disk("ctl") / "var/lib/genesys-dr/reports").glob("lab-drill-*.md")
    return page.read_text()
