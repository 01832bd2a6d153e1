"""Log message servers of framework hosts: they go where their framework works, and rest where it rests."""

import json
import re

import pytest

from tests.lab.effects import LIVING, orders
from tests.lab.logs.written import debts, lost, readiness, records, steps, wait_for_more, writers
from tests.lab.operator import Operator
from tests.unit.model.logbook import BESIDE

pytestmark = [pytest.mark.timeout(1200), pytest.mark.campaign]

POLICY = BESIDE
APPLICATIONS = LIVING["planned"]
PAIRS = {region: (f"r{region[-1]}-fw-p", f"r{region[-1]}-fw-b") for region in ("region1", "region2")}
EVERYBODY = (*APPLICATIONS, *PAIRS["region1"], *PAIRS["region2"])


def listener(lab, host, port):
    """Return who listens on a port of a host; nothing where nobody does."""
    return re.findall(r"\bpid=(\d+)", lab.exec(host, ["ss", "-Htlnp", "sport", "=", f":{port}"], check=True).stdout)


def require_logging(lab, database, region):
    """Require that all application hosts and a region's framework write there, and the other framework rests."""
    working = (*APPLICATIONS, *PAIRS[region])
    wait_for_more(lab, database, working)
    assert (writers(lab, database, EVERYBODY), lost(lab, database, working)) == (set(working), 0)
    (asleep,) = (pair for key, pair in PAIRS.items() if key != region)
    assert [listener(lab, host, 7121) for host in asleep] == [[], []]


def of_logs(some):
    return [debt for debt in debts(some) if "log" in json.dumps(debt)]


def test_they_work_with_their_framework_and_rest_with_it_there_and_back(logging_lab):
    lab = logging_lab
    require_logging(lab, "r1-db", "region1")
    told = readiness(lab)
    assert set(told.values()) == {"green"}
    assert {host for name, host in told if name == "log message server sleeps"} == {*PAIRS["region2"]}

    Operator(lab, "planned").require_reached()
    require_logging(lab, "r2-db", "region2")
    done = records(lab)
    stopped = {f"stop:{host}/log_message_server" for host in PAIRS["region1"]}
    started = {f"await:{host}/log_message_server" for host in PAIRS["region2"]}
    assert stopped | started | {"see-rows:region2/framework"} <= steps(done)
    assert of_logs(done) == []

    Operator.of(lab, "failback", "--target", "region1").require_reached()
    require_logging(lab, "r1-db", "region1")
    assert of_logs(records(lab)) == []


def test_a_database_that_moves_alone_is_followed_and_the_cure_leaves_the_other_message_server_alone(logging_lab):
    lab = logging_lab
    wait_for_more(lab, "r1-db", (*APPLICATIONS, *PAIRS["region1"]))
    (framework,), (pid,) = listener(lab, "r1-fw-b", 7120), listener(lab, "r1-fw-b", 7121)
    lab.exec("r1-fw-b", ["kill", "-STOP", pid], check=True)
    before = orders(lab)
    Operator.of(lab, "partial-failover", "--lost", "dbms", "--target", "region2", "--mode", "planned").require_reached()
    require_logging(lab, "r2-db", "region1")
    restarted = {order for order in orders(lab) - before if "component-restart" in order and "message-server" in order}
    assert restarted == {"r1-fw-b: component-restart log-message-server"}
    assert listener(lab, "r1-fw-b", 7120) == [framework]
    assert listener(lab, "r1-fw-b", 7121) != [pid]
    assert of_logs(records(lab)) == []
