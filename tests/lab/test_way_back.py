"""The way back: the lost region follows again, takes over, and the other one follows it; nothing is lost unread."""

import pytest

from lab.drill.load import Load
from tests.lab import effects, way_back
from tests.lab.operator import Operator
from tests.lab.way_back import require_protected

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need region 1 active."""
    yield
    lab.restore()


def test_what_was_stranded_is_exported_and_the_region_is_gone_back_to_without_loss(lab):
    way_back.fail_over_with_stranded_writes(lab)
    with Load(lab) as load:
        Operator.of(lab, "failback", "--target", "region1").require_reached()
        outcome = load.judge("r1-db", 0.0)
    require_protected(lab, "region1", "region2")
    assert (outcome.verdict.lost, outcome.after > 0) == (0, True)
    assert way_back.exported(lab) == [f"row {number}" for number in range(way_back.STRANDED)]
    assert way_back.sql(lab, "r1-db", "select count(*) from stranded") == "0"
    assert effects.timeline(lab, "r1-db") == 3

    status, text = Operator.of(lab, "failback", "--target", "region1").output()
    assert (status, "region2 follows region1 already: nothing to do" in text) == (0, True), text


def test_a_reprotect_of_a_region_that_writes_is_refused(lab):
    """Two writable databases: nothing is tidied up by a runbook that was made for another purpose."""
    lab.restore()
    way_back.sql(lab, "r2-db", "select pg_promote()")
    status, text = Operator.of(lab, "reprotect").output()
    assert status == 3, text
    assert "r2-db: is primary, too: two writable databases: stop it at once (V2)" in " ".join(text.split())
