import pytest

from lab import up
from lab.drill.proof import require_target
from tests.lab.operator import Operator

pytestmark = pytest.mark.timeout(600)


def test_a_lost_region_powered_on_again_unprepared_does_not_split_the_brain(lab):
    """Its boot guards ask the record before anything starts: DBMS and framework stay down."""
    lab.restore()
    lab.break_("power-off", "region1")
    status, text = Operator(lab, "unplanned").output()
    assert status == 0, text[-2000:]
    lab.mend("power-off", "region1")
    returned = lab.topology.in_region("region1")
    up.wait_for_hosts(lab.identity, lab.topology, returned)
    for host in returned:
        lab.exec(host.name, ["systemctl", "is-system-running", "--wait"])
    for host in ("r1-fw-p", "r1-fw-b"):
        assert lab.exec(host, ["/opt/genesys/bin/appstatus", "confserv"]).returncode == 1
        assert "this is region1, nothing is started" in guard_words(lab, host)
    assert lab.exec("r1-db", ["pgrep", "-x", "postgres"]).returncode == 1
    require_target(lab, "region2", ("r2-app-p", "r2-app-b", "r1-app-p", "r1-app-b"))


def guard_words(lab, host):
    return lab.exec(host, ["journalctl", "--no-pager", "-o", "cat", "-u", "lca"]).stdout
