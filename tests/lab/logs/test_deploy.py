"""A log database is made with the rest of two regions, and written into by all who may."""

import pytest

from tests.lab.bare.deployed import database, deploying, record, require_deployed
from tests.lab.effects import LIVING
from tests.lab.logs.written import readiness, wait_for_more, writers
from tests.unit.model.logbook import BESIDE, MADE_WITH_LOGS

pytestmark = [pytest.mark.timeout(1200), pytest.mark.campaign]

BARE = True
AGENT = ('general: {lca-port: "4999"}', 'general: {lca-port: "4999", agent: 127.0.0.1}')  # what starts by itself
POLICY = (*BESIDE, *MADE_WITH_LOGS, AGENT)
MARKED = (
    "create schema genesys_dr; create table genesys_dr.deployment (name text primary key, made boolean not null);"
    "insert into genesys_dr.deployment values ('another', true)"
)
WORKING = (*LIVING["planned"], "r1-fw-p", "r1-fw-b")


def test_a_log_database_of_another_deployment_is_refused_before_any_change(logging_lab):
    lab = logging_lab
    database(lab, "create database logs")
    database(lab, MARKED, "logs")
    code, text = deploying(lab).output()
    assert code == 3, text
    assert "r1-db: logs is of deployment another, not of lab: name another" in " ".join(text.split())
    assert (record(lab), (lab.identity.disk("r1-db") / "opt/genesys-dr").exists()) == ("", False)
    database(lab, "drop database logs")


def test_bare_hosts_become_two_regions_that_write_into_a_log_database_of_their_own(logging_lab):
    lab = logging_lab
    deploying(lab).require_reached(600)
    require_deployed(lab)
    assert database(lab, "select name, made from genesys_dr.deployment", "logs") == "lab|t"
    wait_for_more(lab, "r1-db", WORKING)
    assert writers(lab, "r1-db", WORKING) == set(WORKING)
    assert set(readiness(lab).values()) == {"green"}

    before = record(lab)
    code, text = deploying(lab).output()
    assert code == 0, text
    assert "Not needed: both regions are deployed as rendered: nothing to do" in " ".join(text.split())
    assert record(lab) == before
