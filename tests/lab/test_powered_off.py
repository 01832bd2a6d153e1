"""Regions whose framework hosts have no power while they are dormant: a failover gives it, its end takes it."""

import json

import pytest

from lab import up
from lab.api import Lab
from lab.drill.proof import require_target
from lab.identity import Identity
from tests.lab.effects import LIVING
from tests.lab.operator import Journal, Operator
from tests.lab.replayed import require_conformant
from tests.lab.way_back import require_protected
from tests.unit.model.builders import edited

pytestmark = [pytest.mark.timeout(1200), pytest.mark.campaign]

PAIRS = {region: [f"r{region[-1]}-fw-p", f"r{region[-1]}-fw-b"] for region in ("region1", "region2")}
LOOKED = "looked at lately"


@pytest.fixture(scope="module")
def resting(identity, tmp_path_factory):
    """Two regions as always; whichever is dormant has a framework without power."""
    file = tmp_path_factory.mktemp("environment") / "lab.yaml"
    file.write_text(edited(*[("dormant: stopped", "dormant: powered_off")] * 2))
    lab = Lab.up(Identity(f"{identity.id[:5]}o"), environment=file)
    yield lab
    require_conformant(lab)
    lab.down()


def powers(lab):
    """Return whom of the framework hosts the power source says to have power."""
    asked = ["/opt/genesys-dr/bin/gdr-host", "power-status", *PAIRS["region1"], *PAIRS["region2"]]
    told = json.loads(lab.exec("power", asked, check=True).stdout)
    return [host for host, power in told.items() if power == "on"]


def told(lab, name):
    """Return what readiness says under one name, by subject."""
    done = lab.control(["gdr", "readiness", "lab", "--json"])
    assert done.stdout, done.stderr
    lines = json.loads(done.stdout)["lines"]
    return {line["subject"]: (line["verdict"], line["found"]) for line in lines if line["name"] == name}


def test_a_failover_gives_power_and_the_way_back_takes_it_as_the_power_source_says(resting):
    lab = resting
    assert powers(lab) == PAIRS["region1"]
    never = told(lab, LOOKED)
    assert {host: verdict for host, (verdict, _) in never.items()} == dict.fromkeys(PAIRS["region2"], "red"), never

    lab.break_("power-off", "region1")
    Operator(lab, "unplanned").require_reached()
    require_target(lab, "region2", LIVING["unplanned"])
    walked, (first, second) = Journal(lab).subjects(), PAIRS["region2"]
    assert walked.index(f"act.after power-on:{first}") < walked.index(f"act.before power-on:{second}")

    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))
    Operator.of(lab, "reprotect").require_reached()
    assert powers(lab) == PAIRS["region2"]

    Operator.of(lab, "failback", "--target", "region1").require_reached()
    require_protected(lab, "region1", "region2")
    assert powers(lab) == PAIRS["region1"]
    assert {verdict for verdict, _ in told(lab, LOOKED).values()} == {"green"}
    assert {verdict for verdict, _ in told(lab, "rests without power").values()} == {"green"}
