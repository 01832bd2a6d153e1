"""Log message servers write at the active DBMS: before a failover, after it, and after the way back."""

import json
import re

import pytest

from lab import up
from lab.command import wait_until
from lab.services import bind
from tests.lab.effects import LIVING, orders
from tests.lab.logs.written import debts, geo_dns_answers, lost, readiness, records, steps, wait_for_more, writers
from tests.lab.operator import Journal, Operator

pytestmark = [pytest.mark.timeout(1200), pytest.mark.campaign]  # two minutes; the explorer has each state

HOSTS = LIVING["planned"]
NAME = "logdb.gen.test"


def cases(lab):
    return frozenset(path.name for path in (lab.identity.disk("ctl") / "var/lib/genesys-dr/cases").glob("*.jsonl"))


def freeze(lab, host):
    """Stop a log message server where it stands: it keeps its connection, and hears of nothing."""
    listener = lab.exec(host, ["ss", "-Htlnp", "sport", "=", ":7121"], check=True).stdout
    (pid,) = re.findall(r"\bpid=(\d+)", listener)
    lab.exec(host, ["kill", "-STOP", pid], check=True)


def promoted(lab, database):
    sql = ["psql", "-XqAt", "-d", "postgres", "-c", "select pg_is_in_recovery()"]
    return lab.exec(database, sql, "postgres").stdout.strip() == "f"


def test_logs_follow_their_database_also_after_a_kill_and_come_back(logging_lab):
    lab = logging_lab
    wait_for_more(lab, "r1-db", HOSTS)
    assert writers(lab, "r1-db", HOSTS) == set(HOSTS)
    started = lab.exec("r1-app-p", ["journalctl", "-u", "log-message-server", "-o", "cat"]).stdout
    assert "Started" not in started, "systemd started what the Management Layer is to start"
    green = {(name, subject) for (name, subject), verdict in readiness(lab).items() if verdict == "green"}
    assert green == set(readiness(lab))

    killed = Operator(lab, "planned")
    Journal(lab).wait_for("act.before move-log-name:ns1", killed)
    killed.kill()
    Operator(lab, "planned").require_reached()
    wait_for_more(lab, "r2-db", HOSTS)
    assert (writers(lab, "r2-db", HOSTS), lost(lab, "r2-db", HOSTS)) == (set(HOSTS), 0)
    assert "move-log-name:ns1" in steps(records(lab))
    assert debts(records(lab)) == []

    Operator.of(lab, "failback", "--target", "region1").require_reached()
    wait_for_more(lab, "r1-db", HOSTS)
    assert (writers(lab, "r1-db", HOSTS), lost(lab, "r1-db", HOSTS)) == (set(HOSTS), 0)


def test_what_a_lost_region_had_not_sent_is_within_the_bound(logging_lab):
    lab = logging_lab
    known = cases(lab)
    wait_for_more(lab, "r1-db", HOSTS)
    freeze(lab, "r2-app-b")
    lab.break_("power-off", "region1")
    Operator(lab, "unplanned").require_reached()
    wait_for_more(lab, "r2-db", LIVING["unplanned"])
    assert writers(lab, "r2-db", HOSTS) == set(LIVING["unplanned"])
    restarted = [order for order in orders(lab) if "component-restart log-message-server" in order]
    assert restarted == ["r2-app-b: component-restart log-message-server"]
    assert lost(lab, "r2-db", HOSTS) <= Journal(lab).bound()
    assert [debt for debt in debts(records(lab, known)) if "log" in json.dumps(debt)] == []

    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))
    wait_for_more(lab, "r2-db", HOSTS)
    assert writers(lab, "r2-db", HOSTS) == set(HOSTS)


@pytest.fixture
def away(logging_lab):
    """Region 2 active: by the test before, or by a switchover now where that was left out."""
    said = logging_lab.exec(
        "ns1", ["dig", "@127.0.0.1", "+short", "TXT", bind.record(logging_lab.topology)], check=True
    )
    if "active=region1" in said.stdout:
        Operator(logging_lab, "planned").require_reached()
    return logging_lab


def test_a_name_that_geo_dns_answers_is_followed_home_and_never_changed(away):
    lab = away
    file = lab.identity.disk("ctl") / "etc/genesys-dr/environments/lab.yaml"
    file.write_text(file.read_text().replace(f"name: {NAME},", f"name: {NAME}, answered_by: geo_dns,"))
    geo_dns_answers(lab, "r2-db", HOSTS)
    known = cases(lab)
    operator = Operator.of(lab, "failback", "--target", "region1")
    wait_until("promoted", lambda: promoted(lab, "r1-db") or operator.ended(), 400)
    geo_dns_answers(lab, "r1-db", HOSTS)
    operator.require_reached()
    wait_for_more(lab, "r1-db", HOSTS)
    assert writers(lab, "r1-db", HOSTS) == set(HOSTS)
    in_zone = lab.exec("ns1", ["dig", "@127.0.0.1", "+short", NAME], check=True).stdout.split()
    assert in_zone == [lab.address("r2-db")]
    new = records(lab, known)
    assert "move-log-name:ns1" not in steps(new)
    assert {"reconnect:r1-app-p/log_message_server", "see-rows:region1"} & steps(new)
    assert [debt for debt in debts(new) if "log" in json.dumps(debt)] == []
