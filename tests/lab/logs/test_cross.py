"""Each region writes at its own log server, replicated both ways: no failover moves it, none loses what was sent."""

import json

import pytest

from lab import up
from lab.command import wait_until
from lab.drill.load import Load
from lab.services import log_servers
from tests.lab.effects import LIVING, orders
from tests.lab.logs.written import (
    debts,
    geo_dns_answers,
    lost,
    readiness,
    records,
    rows,
    steps,
    wait_for_log_server,
    wait_for_more,
    writers,
)
from tests.lab.operator import Journal, Operator
from tests.unit.model.logbook import CROSS

pytestmark = [pytest.mark.timeout(1200), pytest.mark.campaign]  # five minutes; the explorer has each state

POLICY = CROSS
HOSTS = LIVING["planned"]
OWN = {"r1-db": HOSTS[:2], "r2-db": HOSTS[2:]}


def caught_up(lab, database, hosts):
    """Wait until a log server is up and has every row that these hosts' own one has acknowledged."""
    wait_for_log_server(lab, database)
    wait_until(f"{database}: every row of {', '.join(hosts)}", lambda: lost(lab, database, hosts) == 0, 90)


def behind(lab):
    """Return how many rows of region 1 the sampler last saw that region 2 had not."""
    file = lab.identity.disk("ctl") / "var/lib/genesys-dr/samples/lab.logs"
    return json.loads(file.read_text())["region1"]["rows"] if file.exists() else 0


def require_own_writers(lab):
    assert {database: writers(lab, database, HOSTS) for database in OWN} == {key: set(own) for key, own in OWN.items()}


def restarts(lab):
    return [order for order in orders(lab) if "component-restart log-message-server" in order]


def not_proven(lab):
    """Return what the report of the newest case says of log rows."""
    path = Journal(lab).path()
    assert path
    told = json.loads(lab.control(["gdr", "report", path.stem, "--json"], check=True).stdout)
    return [line for line in told["not_proven"] if "log rows" in line]


def test_each_region_writes_at_its_own_log_server_and_reads_the_others_rows(logging_lab):
    lab = logging_lab
    for database in OWN:
        wait_for_more(lab, database, HOSTS)
    require_own_writers(lab)
    assert set(rows(lab, "r1-db")) == set(HOSTS)
    wait_until("both regions sampled", lambda: set(readiness(lab).values()) == {"green"}, 150)
    assert ("log rows at the other region", "region2") in readiness(lab)


def test_a_lost_regions_unsent_log_rows_are_told_and_come_when_it_returns(logging_lab):
    lab = logging_lab
    with Load(lab) as load:
        lab.break_("wan-cut", "region1", "region2")
        wait_until("the sampler has seen region 1 fall behind", lambda: behind(lab) > 0, 150)
        lab.break_("power-off", "region1")
        lab.mend("wan-cut", "region1", "region2")
        Operator(lab, "unplanned").require_reached()
        outcome = load.judge("r2-db", 0.0)
    assert outcome.verdict.lost <= Journal(lab).bound()
    (said,) = not_proven(lab)
    assert "log rows of region1 had not been seen at region2 when last sampled" in said
    assert not said.startswith("What log rows were lost: about 0 ")
    wait_for_more(lab, "r2-db", OWN["r2-db"])
    assert (writers(lab, "r2-db", HOSTS), lost(lab, "r2-db", OWN["r2-db"])) == (set(OWN["r2-db"]), 0)
    assert lost(lab, "r2-db", OWN["r1-db"]) > 0, "what region 1 had not sent was nowhere: this test proves nothing"

    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))
    for database in OWN:
        caught_up(lab, database, HOSTS)
    wait_for_more(lab, "r1-db", OWN["r1-db"])
    require_own_writers(lab)
    assert restarts(lab) == []
    assert "move-log-name:ns1" not in steps(records(lab))


@pytest.fixture
def away(logging_lab):
    """Region 2 active: by the test before, or by a switchover now where that was left out."""
    zone = ["dig", "@127.0.0.1", "+short", "TXT", "_genesys-dr.gen.test"]
    if "active=region1" in logging_lab.exec("ns1", zone, check=True).stdout:
        Operator(logging_lab, "planned").require_reached()
    return logging_lab


def test_a_way_back_leaves_both_log_servers_alone_and_loses_no_row(away):
    lab = away
    with Load(lab) as load:
        Operator.of(lab, "failback", "--target", "region1").require_reached()
        assert load.judge("r1-db", 0.0).verdict.lost == 0
    require_own_writers(lab)
    for database in OWN:
        wait_for_more(lab, database, HOSTS)
        caught_up(lab, database, HOSTS)
    assert restarts(lab) == []
    assert "move-log-name:ns1" not in steps(records(lab))
    assert [debt for debt in debts(records(lab)) if "log" in json.dumps(debt)] == []
    assert not_proven(lab) == []


def test_a_log_server_that_fails_alone_holds_up_nothing_and_its_region_is_brought_home_by_a_switch(logging_lab):
    """It writes at the other region's, where GEO DNS sends it; who stays there is restarted, one at a time."""
    lab = logging_lab
    lab.exec("r1-db", ["systemctl", "stop", log_servers.UNIT], check=True)
    geo_dns_answers(lab, "r2-db", OWN["r1-db"])
    wait_for_more(lab, "r2-db", HOSTS)
    assert writers(lab, "r2-db", HOSTS) == set(HOSTS)
    told = readiness(lab)
    assert told["log server takes rows", "r1-db"] == "unknown"
    assert {told[name, "r1-app-p"] for name in ("log name on the host", "log message server connected")} == {"green"}

    lab.exec("r1-db", ["systemctl", "start", log_servers.UNIT], check=True)
    geo_dns_answers(lab, "r1-db", OWN["r1-db"])
    wait_for_more(lab, "r2-db", HOSTS)
    assert readiness(lab)["log message server connected", "r1-app-p"] == "red"
    before = restarts(lab)
    Operator(lab, "planned").require_reached()
    require_own_writers(lab)
    assert [order for order in restarts(lab) if order not in before] == [
        f"{host}: component-restart log-message-server" for host in OWN["r1-db"]
    ]
