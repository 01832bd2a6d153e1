"""A bubble in the laboratory: production works on and is left as it was, whatever becomes of the drill."""

import itertools
import json

import pytest

from lab import up
from lab.drill.load import Load
from lab.drill.proof import require_target
from lab.root import POSTGRESQL_BIN
from tests.lab import effects, way_back
from tests.lab.kill.relay import relay
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import require_protected

pytestmark = pytest.mark.timeout(900)
PAIR, WORDS = ("r2-fw-p", "r2-fw-b"), ("drill", "--kind", "bubble")
SERVERS = ("r1-db", "r2-db")
INSIDE = "act.after commit-inside:r2-db"


def standing(lab):
    """Return what a bubble must leave as it was: files, rules, clusters and their servers, names, and who runs what."""
    found = {host: lab.exec(host, ["cat", "/etc/hosts"], check=True).stdout for host in PAIR}
    for host in (*PAIR, *SERVERS):
        saved = lab.exec(host, ["iptables-save"], check=True).stdout
        found[f"rules of {host}"] = [line for line in saved.splitlines() if line.startswith("-A")]
    for host in SERVERS:
        found[f"clusters of {host}"] = lab.exec(host, ["ls", "/var/lib/postgresql/15"], check=True).stdout
        found[f"server of {host}"] = way_back.sql(lab, host, "select pg_postmaster_start_time()")
        found[f"timeline of {host}"] = way_back.sql(lab, host, "select timeline_id from pg_control_checkpoint()")
    found["walsender"] = way_back.sql(lab, "r1-db", "select state, backend_start from pg_stat_replication")
    found["canaries"] = way_back.sql(lab, "r1-db", "select count(*) from gdr_canary")
    return found


def record(lab):
    asked = ["dig", "@198.18.0.53", "+tcp", "+norecurse", "+short", "TXT", "_genesys-dr.gen.test"]
    return dict(word.split("=") for word in lab.exec("ctl", asked, check=True).stdout.strip().strip('"').split())


def kill_inside(lab):
    """Leave a bubble at work behind: its process is killed once it has committed in its copy."""
    drill = Operator.of(lab, *WORDS)
    Journal(lab).wait_for(INSIDE, drill, 240)
    drill.kill()


def test_the_dormant_framework_works_on_a_copy_and_production_is_left_as_it_was(lab):
    """Its process is killed while the copy is at work; the same command goes on with it, and takes it down."""
    lab.restore()
    before = standing(lab)
    with Load(lab) as load:
        kill_inside(lab)
        assert (record(lab)["state"], record(lab)["active"]) == ("drill", "region1")
        require_walls(lab)
        Operator.of(lab, *WORDS).require_reached(400)
        outcome = load.judge("r1-db", 0.0)
    assert outcome.verdict.lost == 0
    assert standing(lab) == before
    (report,) = (lab.identity.disk("ctl") / "var/lib/genesys-dr/reports").glob("lab-drill-*.md")
    said = report.read_text()
    assert "# Bubble drill of lab: passed" in said, said
    assert "- Untouched: record, names, DBMS, rules" in said
    assert (record(lab)["state"], record(lab)["active"], record(lab)["case"]) == ("steady", "region1", "-")
    require_protected(lab, "region1", "region2")


def require_walls(lab):
    """Require that what runs inside reaches nothing of production, and nothing reaches it."""
    others = ["198.18.0.53:53", "198.18.1.31:5432", "198.18.1.11:2020", "198.18.1.21:22"]
    for host in PAIR:
        said = json.loads(lab.exec(host, ["/opt/genesys-dr/bin/gdr-host", "reach", *others], check=True).stdout)
        assert set(said.values()) == {"rejected"}, said
    within = [f"{lab.address(host)}:{port}" for host in PAIR for port in (22, 2020, 4999, 7380)]
    for witness in ("r1-app-p", "r1-fw-p", "r2-app-p", "r2-db"):
        said = json.loads(lab.exec(witness, ["/opt/genesys-dr/bin/gdr-host", "reach", *within], check=True).stdout)
        assert set(said.values()) <= {"silent"}, (witness, said)
    sql = "select count(*) from pg_stat_activity where client_addr << '198.18.2.0/28'"
    assert way_back.sql(lab, "r2-db", sql) == "0"


@pytest.mark.campaign  # on a kernel of its own: tests/unit/hosts/test_host_bubble.py
def test_walls_that_fall_close_the_guard_and_a_restart_of_the_hosts_ends_the_bubble(lab):
    lab.restore()
    kill_inside(lab)
    guard = ["/opt/genesys-dr/bin/gdr-guard", "check", "--once"]
    assert "open: within the bubble of lab-" in lab.exec("r2-fw-p", guard).stderr
    lab.exec("r2-fw-p", ["iptables", "-F", "GENESYS-DR-WALL-OUT"], check=True)
    assert "nothing here keeps it from 198.18.1.31:5432" in lab.exec("r2-fw-p", guard).stderr
    for host in PAIR:
        lab.break_("power-off", host)
        lab.mend("power-off", host)
    up.wait_for_hosts(lab.identity, lab.topology, [lab.topology.host(host) for host in PAIR])
    for host in PAIR:
        assert lab.exec(host, ["iptables", "-S", "OUTPUT"], check=True).stdout == "-P OUTPUT ACCEPT\n"
        assert "closed: the record (epoch 2, drill) says active=region1" in lab.exec(host, guard).stderr
    Operator.of(lab, "discard").require_reached(300)
    assert record(lab)["state"] == "steady"
    require_protected(lab, "region1", "region2")


@pytest.mark.campaign  # the explorer takes every state of it: tests/explore
def test_a_region_that_dies_meanwhile_is_taken_over_from_by_the_host_of_the_bubble(lab):
    lab.restore()
    kill_inside(lab)
    lab.break_("power-off", "region1")
    Operator(lab, "unplanned").require_reached(400)
    require_target(lab, "region2", ("r2-app-p", "r2-app-b"))
    assert lab.exec("r2-db", ["ls", "/var/lib/postgresql/15"], check=True).stdout == "main\n"
    assert way_back.sql(lab, "r2-db", "select count(*) from gdr_canary where step = 'bubble'") == "0"


@pytest.mark.campaign  # that the copying ends at once: tests/unit/hosts/test_host_bubble.py
def test_a_region_that_dies_while_a_bubble_copies_is_taken_over_from_and_the_older_process_is_refused(lab):
    """The copy would take an hour, as one of a large database; nobody kills the drill, and it does no more."""
    lab.restore()
    lab.exec("r2-db", ["tee", "/opt/slow"], stdin="#!/bin/sh\nexec sleep 3600\n", check=True)
    lab.exec("r2-db", ["chmod", "+x", "/opt/slow"], check=True)
    lab.exec("r2-db", ["mount", "--bind", "/opt/slow", f"{POSTGRESQL_BIN}/pg_basebackup"], check=True)
    drill = Operator.of(lab, *WORDS)
    Journal(lab).wait_for("act.before copy-database:r2-db", drill, 240)
    lab.break_("power-off", "region1")
    Operator(lab, "unplanned").require_reached(400)
    status, text = drill.output()
    assert (status, "another process has taken over" in text) == (3, True), text[-2000:]
    require_target(lab, "region2", ("r2-app-p", "r2-app-b"))
    assert lab.exec("r2-db", ["ls", "/var/lib/postgresql/15"], check=True).stdout == "main\n"
    assert effects.timeline(lab, "r2-db") == 2


@pytest.mark.campaign
def test_a_discard_killed_at_every_record_leaves_production_as_it_was(lab):
    lab.restore()
    before = standing(lab)
    kill_inside(lab)
    killed = relay(lab, lambda: Operator.of(lab, "discard"))
    assert len(killed) > 10, killed
    assert standing(lab) == before
    assert (record(lab)["state"], record(lab)["active"], record(lab)["case"]) == ("steady", "region1", "-")
    require_protected(lab, "region1", "region2")


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("gap", "least"), [(7, 4), (1, 20)], ids=["a sample", "every record"])
def test_a_bubble_killed_again_and_again_leaves_production_as_it_was(lab, gap, least):
    lab.restore()
    before = standing(lab)
    killed = relay(lab, lambda: Operator.of(lab, *WORDS), itertools.repeat(gap))
    assert len(killed) >= least, killed
    assert standing(lab) == before
    require_protected(lab, "region1", "region2")
