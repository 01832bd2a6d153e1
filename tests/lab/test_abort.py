"""A planned switch goes back before its point of no return: as it was, nothing lost, whatever line either dies at."""

import json
import time
from functools import partial

import pytest

from lab.command import wait_until
from lab.drill.load import Load
from lab.drill.proof import require_target
from tests.lab import effects
from tests.lab.kill.relay import relay
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import EVERY_PROXY, require_protected

REFUSED = 3
CLOSED = ("case.closed",)  # from there on there is nothing to abort
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need region 1 active, and r1-db open as the laboratory makes it."""
    yield
    lab.restore()


def stop_switch_at(lab, record, *words):
    """Begin a switchover, or a partial failover of these words, and kill it as soon as a record is written."""
    planned = ("--target", "region2", "--mode", "planned")
    operator = Operator.of(lab, "partial-failover", *words, *planned) if words else Operator(lab, "planned")
    Journal(lab).wait_for(record, operator)
    operator.kill()
    assert record in Journal(lab).subjects()


def abort(lab, runbook="full-failover"):
    """Start the command that goes back."""
    return Operator.of(lab, runbook, "--abort")


def prepared(lab):
    """Return to the steady state, wait until all of it listens that a boot starts, and return how it stands then."""
    lab.restore()
    for host in (*lab.topology.in_region("region1"), *lab.topology.with_role("application", "dbms")):
        wait_until(f"{host.name}: all its components listen", partial(listens, lab, host), 60)
    return standing(lab)


def listens(lab, host):
    return ports(lab, host) == sorted({str(part.port) for part in host.components})


def standing(lab):
    """Return what must be as it was: names, record, rules, what listens, the histories of both databases."""
    found = {host.name: ports(lab, host) for host in lab.topology.hosts if host.components}
    found |= {f"{name} rules": rules(lab, name) for name in ("r1-db", "r2-db")}
    found |= {f"{name} timeline": effects.timeline(lab, name) for name in ("r1-db", "r2-db")}
    found["names"] = [
        lab.exec("ns1", ["dig", "@127.0.0.1", "+short", name]).stdout for name in lab.topology.framework_names
    ]
    found["record"] = [word for word in effects.record(lab).split() if not word.startswith(("epoch=", "head="))]
    return found


def ports(lab, host):
    said = lab.exec(host.name, ["ss", "-Hltn"], check=True).stdout
    listening = {line.split()[3].rpartition(":")[2] for line in said.splitlines()}
    return sorted({str(part.port) for part in host.components} & listening)


def rules(lab, name):
    return sorted(lab.exec(name, ["iptables", "-S"], check=True).stdout.splitlines())


def shut_out(lab):
    """Return the rules that keep region 2's framework out of r1-db, which an abort leaves, as a reprotect does."""
    return [f"-s {host.address}/32" for host in lab.topology.framework("region2")]


def require_as_before(lab, before):
    now = standing(lab)
    left = [rule for rule in now["r1-db rules"] if rule not in before["r1-db rules"]]
    strange = [rule for rule in left if "-A" in rule and not any(known in rule for known in shut_out(lab))]
    assert not [rule for rule in strange if "REJECT" in rule or "DROP" in rule], strange
    assert {key: now[key] for key in now if key != "r1-db rules"} == {
        key: before[key] for key in before if key != "r1-db rules"
    }
    require_target(lab, "region1", EVERY_PROXY)
    require_protected(lab, "region1", "region2")


def test_a_switchover_killed_after_the_source_is_fenced_goes_back_and_loses_no_acknowledged_write(lab):
    """The abort is killed in its turn; meanwhile the switch is refused."""
    before = prepared(lab)
    with Load(lab) as load:
        stop_switch_at(lab, "act.after block-replication:r2-db")
        assert ports(lab, lab.topology.database("region1")) == []
        first = abort(lab)
        Journal(lab).wait_for("act.before start:r1-db/dbms", first)
        first.kill()
        require_switch_is_refused(lab)
        abort(lab).require_reached()
        require_target(lab, "region1", EVERY_PROXY)
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r1-db", 0.0)
    assert (outcome.verdict.lost, outcome.verdict.acknowledged > 0) == (0, True)
    require_as_before(lab, before)
    records = Journal(lab).records()
    assert records[-1]["kind"] == "case.closed"
    assert next(one["data"]["outcome"] for one in records if one["kind"] == "case.closed") == "aborted"
    assert "act.before promote:r2-db" not in Journal(lab).subjects()


def require_switch_is_refused(lab):
    status, text = Operator(lab, "planned").output()
    said = " ".join(text.split())
    assert status == REFUSED, text
    assert "continue it with `gdr run full-failover lab --abort" in said
    assert "afterwards `gdr run full-failover lab --target region2 --mode planned" in said


@pytest.mark.campaign
def test_an_abort_of_a_fenced_switch_killed_at_every_record_gets_back(lab):
    before = prepared(lab)
    stop_switch_at(lab, "act.after stop-database:r1-db")
    killed = relay(lab, lambda: abort(lab), spared=CLOSED)
    assert len(killed) > 20, killed
    require_as_before(lab, before)


def half_goes_back(lab, record, *words):
    """Kill a planned move of one half at a record, abort it, and require that nothing is lost and all is as before."""
    before = prepared(lab)
    with Load(lab) as load:
        stop_switch_at(lab, record, *words)
        abort(lab, "partial-failover").require_reached()
        load.wait_for_writes_after(time.time())
        outcome = load.judge("r1-db", 0.0)
    assert (outcome.verdict.lost, outcome.verdict.acknowledged > 0) == (0, True)
    require_as_before(lab, before)
    closed = [one["data"]["outcome"] for one in Journal(lab).records() if one["kind"] == "case.closed"]
    assert closed == ["aborted"]


@pytest.mark.campaign  # as the switch above, but for what the explorer takes every state of
def test_a_framework_that_moves_alone_comes_back_once_the_other_regions_primary_works_already(lab):
    half_goes_back(lab, "act.after start:r2-fw-p/confserv", "--database", "stay")
    assert "act.before move-names:ns1" not in Journal(lab).subjects()


@pytest.mark.campaign
def test_a_dbms_that_moves_alone_comes_back_once_it_is_drained_and_stopped(lab):
    half_goes_back(lab, "act.after block-replication:r2-db", "--lost", "dbms")
    assert "act.before promote:r2-db" not in Journal(lab).subjects()


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("act.after start:r2-fw-p/scs", ("--database", "stay")),
        ("act.after stop-database:r1-db", ("--lost", "dbms")),
    ],
)
def test_an_abort_of_one_half_killed_at_every_record_gets_back(lab, record, words):
    before = prepared(lab)
    stop_switch_at(lab, record, *words)
    killed = relay(lab, lambda: abort(lab, "partial-failover"), spared=CLOSED)
    assert len(killed) > 15, killed
    require_as_before(lab, before)


@pytest.mark.campaign
def test_once_the_names_of_a_framework_that_moves_alone_are_moved_the_way_is_forward(lab):
    lab.restore()
    stop_switch_at(lab, "act.before move-names:ns1", "--database", "stay")
    status, text = abort(lab, "partial-failover").output()
    said = " ".join(text.split())
    assert (status, "its promotion, or the move of its names, was begun" in said) == (REFUSED, True), text
    assert "--lost framework --database stay --target region2 --mode planned" in said
    assert "move it back: `gdr run partial-failover lab --lost framework --database stay --target region1" in said


@pytest.mark.campaign  # the explorer takes every state of it: tests/explore
def test_a_fenced_source_that_dies_while_it_is_gone_back_to_is_given_up_in_the_same_case(lab):
    lab.restore()
    stop_switch_at(lab, "act.after block-replication:r2-db")
    going_back = abort(lab)
    Journal(lab).wait_for("act.after take-epoch:ns1", going_back)
    Journal(lab).wait_for("act.before start:r1-db/dbms", going_back)
    going_back.kill()
    lab.break_("power-off", "region1")
    Operator(lab, "unplanned").require_reached()
    require_target(lab, "region2", effects.LIVING["unplanned"])
    kinds = [record["kind"] for record in Journal(lab).records()]
    assert [kind for kind in kinds if kind.startswith("intent.")] == ["intent.aborted", "intent.escalated"]
    assert kinds.count("case.opened") == 1


@pytest.mark.campaign  # so do the decisions: tests/unit/model/test_abort.py
def test_once_the_promotion_of_a_fenced_switch_was_begun_the_way_is_forward(lab):
    lab.restore()
    stop_switch_at(lab, "act.before promote:r2-db")
    status, text = abort(lab).output()
    said = " ".join(text.split())
    assert status == REFUSED, text
    assert "its promotion, or the move of its names, was begun" in said
    assert "finish the switch: `gdr run full-failover lab --target region2 --mode planned" in said
    assert "then fail back: `gdr run failback lab --target region1" in said
    Operator(lab, "planned").require_reached()
    require_target(lab, "region2", EVERY_PROXY)
    assert "intent.aborted" not in json.dumps(Journal(lab).records())
