"""Under cross deploy makes a log database on each region's log server; the site then lets rows go both ways."""

import json

import pytest

from lab import credentials
from lab.command import wait_until
from lab.services import log_servers
from lab.up import psql
from tests.lab.bare.deployed import deploying, record, require_deployed
from tests.lab.effects import LIVING
from tests.lab.logs.written import debts, lost, readiness, records, wait_for_log_server, wait_for_more, writers
from tests.unit.model.logbook import CROSS, MADE_WITH_LOGS

pytestmark = [pytest.mark.timeout(1800), pytest.mark.campaign]

BARE = True
AGENT = ('general: {lca-port: "4999"}', 'general: {lca-port: "4999", agent: 127.0.0.1}')  # what starts by itself
PORT = ("dbport: '5432'", "dbport: '5433'")
POLICY = (*MADE_WITH_LOGS, *CROSS, AGENT, PORT)
HOSTS = LIVING["planned"]
OWN = {"r1-db": HOSTS[:2], "r2-db": HOSTS[2:]}
LOGGING = ("create-log-database", "reconnect", "see-rows", "see-copies")
REGIONS = {"r1-db": "region1", "r2-db": "region2"}


def log_server(lab, database, text):
    """Run SQL on a region's log server."""
    return psql(lab.identity, lab.topology.host(database), text, lab.topology.log_port)


def mark(lab, database):
    return log_server(lab, database, "\\connect logs\nselect name, made from genesys_dr.deployment;")


def copied(lab, database):
    """Return what makes a region's log database elsewhere, its mark with it, without logins and without rows."""
    argv = [
        "pg_dump",
        "-C",
        "-O",
        "-x",
        "--exclude-table-data=g_log_messages",
        "-p",
        str(lab.topology.log_port),
        "logs",
    ]
    return lab.exec(database, argv, "postgres", check=True).stdout


def owed(lab, known=frozenset()):
    """Return what the cases but the known ones owe of logs, by step."""
    steps = {debt["target"] for debt in debts(records(lab, known))}
    return {step for step in steps if step.partition(":")[0] in LOGGING}


def cases(lab):
    folder = lab.identity.disk("ctl") / "var/lib/genesys-dr/cases"
    return frozenset(path.name for path in folder.glob("*.jsonl"))


def caught_up(lab, database):
    wait_until(f"{database}: every row of both regions", lambda: lost(lab, database, HOSTS) == 0, 90)


def remedy(lab, name):
    """Return what readiness says is to be done, by region."""
    done = lab.control(["gdr", "readiness", "lab", "--json"])
    lines = json.loads(done.stdout)["lines"]
    return {line["subject"]: line["remedy"] for line in lines if line["name"] == name}


@pytest.mark.parametrize("database", OWN)
def test_tables_of_somebody_else_on_either_log_server_are_refused_before_any_change(logging_lab, database):
    lab = logging_lab
    wait_for_log_server(lab, database)
    log_server(lab, database, "create database logs")
    log_server(lab, database, "\\connect logs\ncreate table theirs (kept text);")
    code, text = deploying(lab).output()
    assert code == 3, text
    assert f"{database}: logs has 1 tables that deploy did not make: move them away" in " ".join(text.split())
    laid = [(lab.identity.disk(name) / "opt/genesys-dr").exists() for name in OWN]
    assert (record(lab), laid) == ("", [False, False])
    log_server(lab, database, "drop database logs")


def test_bare_hosts_become_two_regions_of_which_each_writes_at_a_log_server_of_its_own(logging_lab):
    """Region 1's comes late, with a table and a mark that the site has copied: a debt, then both logins are let in."""
    lab = logging_lab
    lab.exec("r1-db", ["systemctl", "stop", log_servers.UNIT], check=True)
    deploying(lab).require_reached(600)
    require_deployed(lab)
    assert mark(lab, "r2-db") == "lab|t"
    assert {"create-log-database:r1-db", "see-copies:region1"} <= owed(lab)

    lab.exec("r1-db", ["systemctl", "start", log_servers.UNIT], check=True)
    wait_for_log_server(lab, "r1-db")
    log_server(lab, "r1-db", copied(lab, "r2-db"))
    assert mark(lab, "r1-db") == "lab|t"
    before = cases(lab)
    deploying(lab).require_reached(600)
    assert owed(lab, before) == {"see-copies:region1", "see-copies:region2"}
    for database, own in OWN.items():
        wait_for_more(lab, database, own)
        assert writers(lab, database, HOSTS) == set(own)
    told = readiness(lab)
    assert [told["log rows at the other region", region] for region in REGIONS.values()] == ["red", "red"]
    assert all(
        "set up, start or mend what carries them" in text
        for text in remedy(lab, "log rows at the other region").values()
    )


def test_once_the_site_lets_rows_go_both_ways_nothing_is_left_to_deploy(logging_lab):
    lab = logging_lab
    secrets = credentials.load(lab.identity)
    for render in (log_servers.publication_sql, log_servers.replication_sql):
        for database, region in REGIONS.items():
            log_server(lab, database, render(lab.topology, region, secrets))
    for database, own in OWN.items():
        caught_up(lab, database)
        assert writers(lab, database, HOSTS) == set(own)
    wait_until("both regions sampled, and alike", lambda: set(readiness(lab).values()) == {"green"}, 150)

    before = record(lab)
    code, text = deploying(lab).output()
    assert code == 0, text
    assert "Not needed: both regions are deployed as rendered: nothing to do" in " ".join(text.split())
    assert record(lab) == before
