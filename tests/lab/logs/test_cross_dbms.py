"""A log server that is lost with the DBMS beside it: its region writes at the other one's until it is back."""

import json

import pytest

from lab import up
from tests.lab.effects import LIVING
from tests.lab.logs.written import (
    debts,
    geo_dns_answers,
    readiness,
    records,
    steps,
    wait_for_log_server,
    wait_for_more,
    writers,
)
from tests.lab.operator import Operator
from tests.unit.model.logbook import CROSS

pytestmark = [pytest.mark.timeout(1200), pytest.mark.campaign]

POLICY = CROSS
HOSTS = LIVING["planned"]
CONNECTED = "log message server connected"


def test_a_dbms_moves_alone_and_who_wrote_logs_beside_it_writes_at_the_other_region(logging_lab):
    lab = logging_lab
    wait_for_more(lab, "r1-db", HOSTS)
    lab.break_("power-off", "r1-db")
    geo_dns_answers(lab, "r2-db", HOSTS[:2])
    Operator.of(
        lab, "partial-failover", "--lost", "dbms", "--target", "region2", "--mode", "unplanned"
    ).require_reached()
    assert writers(lab, "r2-db", HOSTS) == set(HOSTS)
    wait_for_more(lab, "r2-db", HOSTS)
    done = records(lab)
    assert [debt for debt in debts(done) if "log" in json.dumps(debt)] == []
    assert "move-log-name:ns1" not in steps(done)

    lab.mend("power-off", "r1-db")
    up.wait_for_hosts(lab.identity, lab.topology, [lab.topology.host("r1-db")])
    wait_for_log_server(lab, "r1-db")
    geo_dns_answers(lab, "r1-db", HOSTS[:2])
    told = readiness(lab)
    assert told["log server takes rows", "r1-db"] == "green"
    assert {told[CONNECTED, host] for host in HOSTS[:2]} == {"red"}
