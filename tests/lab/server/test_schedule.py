"""A live drill over real hosts: over and back while configuration is written, nothing lost, nothing left to find."""

import json

import pytest

from lab.drill.load import Load
from tests.lab.operator import Operator
from tests.lab.way_back import require_protected

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need it."""
    lab.restore()
    yield
    lab.restore()


def test_a_live_drill_loses_nothing_and_leaves_the_regions_as_they_were(lab):
    with Load(lab) as load:
        Operator.of(lab, "drill", "--kind", "live").require_reached(600)
        outcome = load.judge("r1-db", 0.0)
    assert (outcome.verdict.lost, outcome.after > 0) == (0, True)
    require_protected(lab, "region1", "region2")
    (written,) = (lab.identity.disk("ctl") / "var/lib/genesys-dr/drills").glob("*.json")
    known = json.loads(written.read_text())
    assert (known["home"], known["findings"], known["ended"] is None) == ("region1", [], False)
