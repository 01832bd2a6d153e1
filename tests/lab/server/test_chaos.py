"""What runs on the control host is killed: while a switchover acts, and while a person's go is on its way."""

import shlex
import time

import pytest

from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from tests.lab import effects
from tests.lab.kill.doors import processes
from tests.lab.operator import GIVEN, Journal, Operator, command
from tests.lab.server.services import SWITCH, SWITCHOVER, final, kill
from tests.lab.way_back import EVERY_PROXY

pytestmark = pytest.mark.timeout(600)

WATCHDOG = "gdr-watchdog@lab"
TOLD_S = 30
SWITCH_AGAIN = "gdr run full-failover lab --target region2 --mode planned '--reason=a test of what is killed meanwhile'"
ASKED = {key: value for key, value in SWITCH.items() if key != "beforehand"}
GO = {"decision": "go", "approver": "alice", "reason": "the maintenance window is open"}


@pytest.fixture
def acting(lab):
    """A switchover that has begun to act, started as a deployment; its identifier."""
    effects.prepare(lab, "planned")
    server, journal = Server(lab), Journal(lab)
    run = server.start(SWITCHOVER, SWITCH)
    wait_until("its first stop is done", lambda: any("act.after stop:" in one for one in journal.subjects()), 120)
    return run


def test_a_switchover_whose_server_is_killed_while_it_acts_goes_on_to_its_end(lab, acting):
    """What acts on the hosts needs the server for its records only, and asks it again until it is back."""
    kill(lab, "prefect-server")
    server = Server(lab)
    wait_until("the end of the run", lambda: final(server, acting), 240)
    assert server.state(acting)["type"] == "COMPLETED", server.state(acting)["message"]
    require_done_once(lab)


@pytest.mark.campaign
def test_a_switchover_whose_database_is_away_while_it_acts_goes_on_to_its_end(lab, acting):
    """The server answers with errors meanwhile, and is asked again: what a restart of PostgreSQL takes is no death."""
    kill(lab, "postgresql")
    server = Server(lab)
    wait_until("the server fails", lambda: server.http.get(f"/flow_runs/{acting}").is_server_error, 30)
    lab.exec("ctl", ["systemctl", "start", "postgresql"], check=True)
    wait_until("the end of the run", lambda: final(server, acting), 240)
    assert server.state(acting)["type"] == "COMPLETED", server.state(acting)["message"]
    require_done_once(lab)


@pytest.mark.campaign  # each process of a run killed as it acts: tests/lab/kill/test_doors.py
def test_one_command_takes_up_what_lost_server_database_worker_and_process_while_it_acted(lab, acting):
    """Nothing of Prefect is needed to go on: the journal and the hosts know all there is to know."""
    kill(lab, "prefect-worker", "prefect-server", "postgresql")
    lab.exec("ctl", ["systemctl", "start", "postgresql"], check=True)  # for the tests that follow
    wait_until("the run's process is gone", lambda: not any(processes(acting)), 10)
    Operator(lab, "planned").require_reached()
    require_done_once(lab)


@pytest.mark.campaign
def test_a_go_that_no_worker_lived_to_read_counts_for_the_command_that_takes_the_case_up(lab):
    """It lies with the server; the worker that comes back finds it judged, and nothing left to do."""
    effects.prepare(lab, "planned")
    server = Server(lab)
    run = server.start(SWITCHOVER, ASKED)
    wait_until("the run waits", lambda: server.is_suspended(run), 90)
    lab.exec("ctl", ["systemctl", "stop", "prefect-worker"], check=True)
    assert server.resume(run, GO)["status"] == "ACCEPT"
    Operator(lab, "planned", argv=command("planned")[: -len(GIVEN)]).require_reached()
    require_done_once(lab)
    lab.exec("ctl", ["systemctl", "start", "prefect-worker"], check=True)
    wait_until("the end of the run", lambda: server.is_final(run), 90)
    assert server.state(run)["name"] == "Not needed", server.state(run)["message"]
    require_done_once(lab)


@pytest.fixture
def watchdog(lab, acting):
    """What tells of dead runs, begun while one acts."""
    assert acting
    lab.exec("ctl", ["systemctl", "start", WATCHDOG], check=True)
    yield WATCHDOG
    lab.exec("ctl", ["systemctl", "stop", WATCHDOG], check=True)


@pytest.mark.campaign  # the same with a real server and real kills, but no hosts: tests/flow/test_deaths.py
def test_a_run_killed_with_its_worker_while_it_acts_is_told_and_goes_on_by_nobody_but_a_person(lab, acting, watchdog):
    """The server calls it Running for ever; the one command that the notice names goes on with it."""
    kill(lab, "prefect-worker")
    killed = time.time()
    wait_until("one signal took worker and run", lambda: not any(processes(acting)), 10)
    wait_until("its death is on record", lambda: died(lab), 2 * TOLD_S)
    (record,) = died(lab)
    assert 0 < record["at"] - killed <= TOLD_S
    assert (record["data"]["run"], record["data"]["server"]) == (acting, "Running")
    wait_until("the log says it, too", lambda: record["data"]["way"] in said(lab, watchdog), 10)

    active = ["systemctl", "is-active", "prefect-worker"]
    wait_until("a worker is back", lambda: lab.exec("ctl", active).stdout.strip() == "active", 120)
    assert (Server(lab).state(acting)["type"], [*processes(acting)]) == ("RUNNING", [])
    assert shlex.split(record["data"]["way"]) == shlex.split(SWITCH_AGAIN)
    Operator(lab, "planned").require_reached()
    require_done_once(lab)
    assert len(died(lab)) == 1


def died(lab):
    return [record for record in Journal(lab).records() if record["kind"] == "attempt.died"]


def said(lab, unit):
    return lab.exec("ctl", ["journalctl", "--no-pager", "-o", "cat", "-u", unit]).stdout


def require_done_once(lab):
    """Require the target state, no effect twice, and the approval there was: neither lost nor asked for again."""
    require_target(lab, "region2", EVERY_PROXY)
    effects.require_single(lab, "planned")
    kinds = [record["kind"] for record in Journal(lab).records()]
    assert (kinds.count("gate.asked"), kinds.count("gate.answered")) == (1, 1)
