"""Two regions are made of bare hosts: sshd, sudo, packages and the vendor's media are all they have."""

import json
import time

import pytest

from lab.drill.load import Load
from lab.drill.proof import require_target
from tests.lab.bare.deployed import database, deploying, record, require_deployed
from tests.lab.kill.relay import relay
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import EVERY_PROXY, require_protected

pytestmark = pytest.mark.timeout(900)
WRITERS = ("r1-db", "r1-fw-p", "r1-fw-b")
PAIR, ORIGINALS = ("r2-fw-p", "r2-fw-b"), ("r1-fw-p", "r1-fw-b")


@pytest.fixture
def deployed(bare):
    """Two regions as a deploy leaves them: those of the tests before, or made now where those were left out."""
    if not record(bare):
        deploying(bare).require_reached(600)
    return bare


def plant(lab):
    """Put what is not ours where deploy would put its own."""
    database(lab, "create database config")
    database(lab, "create table somebody (needs text)", "config")
    lab.exec("r1-fw-p", ["mkdir", "-p", "/opt/genesys/confserv/backup-of-2019"], check=True)
    lab.exec("r1-fw-b", ["mkdir", "-p", "/opt/genesys/lca"], check=True)
    mark = json.dumps({"name": "another", "installed": True})
    lab.exec("r1-fw-b", ["tee", "/opt/genesys/lca/.genesys-dr.json"], stdin=mark, check=True)


def clear(lab):
    database(lab, "drop database config")
    lab.exec("r1-fw-p", ["rm", "-r", "/opt/genesys/confserv"], check=True)
    lab.exec("r1-fw-b", ["rm", "-r", "/opt/genesys/lca"], check=True)


def test_a_deploy_onto_foreign_content_is_refused_before_any_change(bare):
    plant(bare)
    code, text = deploying(bare).output()
    assert code == 3, text
    said = " ".join(text.split())
    assert "r1-db: config has 1 tables that deploy did not make" in said
    assert "r1-fw-p: confserv: its folder holds 1 entries that deploy did not make" in said
    assert "r1-fw-b: lca: is of deployment another, not of lab" in said
    assert record(bare) == ""
    assert not [host for host in WRITERS if (bare.identity.disk(host) / "opt/genesys-dr").exists()]
    clear(bare)


def test_bare_hosts_become_two_regions_although_the_process_is_killed_on_the_way(bare):
    killed = relay(bare, lambda: deploying(bare), gaps=(45,))
    assert len(killed) == 1, killed
    require_deployed(bare)


def test_what_is_deployed_is_left_alone(bare):
    before = record(bare)
    code, text = deploying(bare).output()
    assert code == 0, text
    assert "Not needed: both regions are deployed as rendered: nothing to do" in " ".join(text.split())
    assert record(bare) == before


def require_not_taken_up(lab):
    code, text = deploying(lab).output()
    assert code == 3, text
    assert "configure-database:r1-db: what runs has not taken up all that its files say" in " ".join(text.split())


def test_a_dbms_in_use_that_has_not_taken_up_its_files_is_not_taken_for_configured(bare):
    """First one is younger than what it has read; then one is refused, which a reload does not end."""
    config = bare.identity.disk("r1-db") / database(bare, "show config_file").lstrip("/")
    beside = config.parent / "conf.d/zz.conf"
    try:
        bare.exec("r1-db", ["touch", database(bare, "show hba_file")], check=True)
        require_not_taken_up(bare)
        beside.write_text("work_mem = nonsense\n")
        beside.chmod(0o644)
        assert database(bare, "select pg_reload_conf()") == "t"
        require_not_taken_up(bare)
    finally:
        beside.unlink(missing_ok=True)
        database(bare, "select pg_reload_conf()")


def cloning(lab):
    return Operator.of(lab, "clone-and-isolate")


def host_json(lab, host):
    return json.loads((lab.identity.disk(host) / "etc/genesys-dr/host.json").read_text())["host"]


def patch(lab):
    """Let the pairs differ: a copy has what its original has, and nothing else."""
    for hosts, name in ((PAIR, "of-before"), (ORIGINALS, "patch")):
        for host in hosts:
            lab.exec(host, ["touch", f"/opt/genesys/{name}"], check=True)


def require_copies(lab):
    """Require both dormant hosts to be themselves, and to hold what their originals hold."""
    for host in PAIR:
        root = lab.identity.disk(host)
        assert host_json(lab, host) == host
        assert (root / "opt/genesys/patch").exists()
        assert not (root / "opt/genesys/of-before").exists()
        assert lab.exec(host, ["iptables", "-S", "OUTPUT"]).stdout == "-P OUTPUT ACCEPT\n"
    assert "state=steady active=region1 target=region1" in record(lab)
    require_protected(lab, "region1", "region2")


def test_a_clone_that_could_reach_anything_is_refused_before_it_is_on_the_network(bare):
    """Once it has started, something on it puts a hole before our rules again and again."""
    patch(bare)
    operator = cloning(bare)
    Journal(bare).wait_for("act.before isolate:r2-fw-p", operator, 300)
    hole = f"iptables -w 5 -I OUTPUT 1 -d {bare.address('r1-db')} -j ACCEPT"
    dig = f"{hole}; iptables -w 5 -D OUTPUT 2"
    digging = bare.popen("r2-fw-p", ["sh", "-c", f"until [ -e /run/enough ]; do {dig}; done"])
    status, text = operator.output(400)
    bare.exec("r2-fw-p", ["touch", "/run/enough"], check=True)
    digging.wait(30)
    bare.exec("r2-fw-p", ["sh", "-c", f"while {hole.replace('-I OUTPUT 1', '-D OUTPUT')} 2>/dev/null; do :; done"])
    said = " ".join(text.split())
    assert status == 4, text[-1500:]
    assert (
        "r2-fw-p: its rules are not whole: something on it changes them; it must speak with 198.18.0.10 alone" in said
    ), said[-1500:]
    assert host_json(bare, "r2-fw-p") == "r1-fw-p"
    assert bare.exec("power", ["/opt/lab/power", "cable", "r2-fw-p"]).stdout == "out\n"
    assert bare.exec("r2-fw-p", ["/opt/genesys-dr/bin/gdr-guard", "check", "--once"]).returncode == 1


def test_the_dormant_pair_becomes_a_copy_of_the_active_one_which_works_on(bare):
    with Load(bare) as load:
        cloning(bare).require_reached(400)
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r1-db", 0.0)
    assert outcome.verdict.lost == 0
    require_copies(bare)


@pytest.mark.campaign
def test_a_clone_killed_at_every_record_ends_in_copies_that_are_themselves(deployed):
    patch(deployed)
    assert len(relay(deployed, lambda: cloning(deployed))) > 30
    require_copies(deployed)


@pytest.mark.campaign
def test_what_is_deployed_switches_over_and_no_acknowledged_write_is_lost(deployed):
    with Load(deployed) as load:
        Operator(deployed, "planned").require_reached(400)
        require_target(deployed, "region2", EVERY_PROXY)
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r2-db", 0.0)
    assert outcome.verdict.lost == 0
    assert outcome.verdict.acknowledged > 0


def test_a_host_whose_files_somebody_changed_is_refused_with_the_files_name(bare):
    path = "/opt/genesys/scs/scs.conf"
    bare.exec("r2-app-b", ["sed", "-i", "s/^distributed_rights=.*/distributed_rights=MAIN/", path], check=True)
    code, text = Operator.of(bare, "deploy", "--target", "region2").output()
    assert code == 3, text
    assert f"r2-app-b: scs: runs, and {path} is not as rendered" in " ".join(text.split())
