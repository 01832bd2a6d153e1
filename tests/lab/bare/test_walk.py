"""The whole circle: bare hosts are deployed, and walk every runbook there and back while clients write all the time."""

import json
import time

import pytest

from lab import up
from lab.command import wait_until
from lab.drill.load import Load
from lab.drill.proof import require_target
from lab.errors import LabError
from model.readiness.blocked import OTHERS
from model.readiness.line import own
from tests.lab.bare.deployed import wait_for_secondary
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import EVERY_PROXY, require_protected

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(3600)]
PAIR = ("r1-fw-p", "r1-fw-b")
SAMPLED = {"highest lag of a day", "lag measured throughout a day"}


class Walk:
    """Legs of a walk, each with its own proof: who serves, and what was acknowledged meanwhile and is not there."""

    def __init__(self, lab, load):
        self.lab, self.load = lab, load

    def run(self, runbook, *words, region, database=""):
        """Walk a leg in which nothing may be lost."""
        began = time.time()
        self._leg(runbook, *words, region=region, database=database)
        assert self._lost(database or region, began) == 0

    def lose(self, *lost, runbook, words, region, database=""):
        """Walk a leg that begins with a loss: no more is missing than was shown; what was lost comes back asleep."""
        began = time.time()
        for name in lost:
            self.lab.break_("power-off", name)
        self._leg(runbook, *words, region=region, database=database)
        assert self._lost(database or region, began) <= Journal(self.lab).bound()
        for name in lost:
            self.lab.mend("power-off", name)
        hosts = [host for host in self.lab.topology.hosts if {host.name, host.region} & set(lost)]
        up.wait_for_hosts(self.lab.identity, self.lab.topology, hosts)
        wait_until("every proxy serves again", lambda: self._serves(region, database), 120)

    def _leg(self, runbook, *words, region, database):
        Operator.of(self.lab, runbook, *words).require_reached(900)
        require_target(self.lab, region, [name for name in EVERY_PROXY if self.lab.is_on(name)], database=database)
        self.load.wait_for_writes_after(time.time())

    def _serves(self, region, database):
        try:
            require_target(self.lab, region, EVERY_PROXY, database=database)
        except LabError:
            return False
        return True

    def _lost(self, region, began):
        outcome = self.load.judge(self.lab.topology.database(region).name, 0.0, since=began)
        assert outcome.verdict.acknowledged > 0
        return outcome.verdict.lost


def drift(lab):
    """Return what readiness says of hosts, pairs and regions; of its day, the sampler has seen what it has seen.

    Whether a deploy or a clone would begin is no matter of drift: what they look at, a walk may leave otherwise.
    """
    wait_for_secondary(lab)
    said = json.loads(lab.control(["gdr", "readiness", "lab", "--json"]).stdout)
    lines = [line for line in said["lines"] if line["name"] not in {*SAMPLED, *map(own, OTHERS)}]
    assert [line for line in lines if line["verdict"] in ("red", "unknown")] == []
    return {(line["name"], line["subject"], line["verdict"]) for line in lines}


def test_bare_hosts_walk_through_every_runbook_and_end_as_they_began(bare):
    Operator.of(bare, "deploy", "--target", "region1").require_reached(900)
    require_protected(bare, "region1", "region2")
    start = drift(bare)
    there, back = ("--target", "region2"), ("--target", "region1")
    with Load(bare) as load:
        walk = Walk(bare, load)
        walk.run("clone-and-isolate", region="region1")
        walk.run("full-failover", *there, "--mode", "planned", region="region2")
        walk.run("failback", *back, region="region1")

        walk.lose(
            *PAIR,
            runbook="partial-failover",
            words=("--database", "stay", *there, "--mode", "unplanned"),
            region="region2",
            database="region1",
        )
        walk.run("partial-failover", "--database", "stay", *back, "--mode", "planned", region="region1")

        walk.lose(*PAIR, runbook="partial-failover", words=there, region="region2")
        walk.run("failback", *back, region="region1")

        words = ("--lost", "dbms", *there, "--mode", "unplanned")
        walk.lose("r1-db", runbook="partial-failover", words=words, region="region1", database="region2")
        walk.run("reprotect", region="region1", database="region2")
        walk.run("partial-failover", "--lost", "dbms", *back, "--mode", "planned", region="region1")
        walk.run("reprotect", region="region1")

        walk.lose("region1", runbook="full-failover", words=(*there, "--mode", "unplanned"), region="region2")
        walk.run("failback", *back, region="region1")
    require_protected(bare, "region1", "region2")
    assert drift(bare) == start
