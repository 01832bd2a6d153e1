"""What runs on the control host is killed: while a switchover acts, and while a person's go is on its way."""

import httpx
import pytest

from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from tests.lab import effects
from tests.lab.kill.doors import processes
from tests.lab.operator import GIVEN, Journal, Operator, command
from tests.lab.way_back import EVERY_PROXY

pytestmark = pytest.mark.timeout(600)

SWITCHOVER = "full-failover/switchover"
PARAMETERS = {
    "environment": "lab",
    "target": "region2",
    "mode": "planned",
    "reason": "a test of what is killed meanwhile",
    "beforehand": {"approver": "alice", "reason": "test: given beforehand"},
}
ASKED = {key: value for key, value in PARAMETERS.items() if key != "beforehand"}
GO = {"decision": "go", "approver": "alice", "reason": "the maintenance window is open"}


@pytest.fixture
def acting(lab):
    """A switchover that has begun to act, started as a deployment; its identifier."""
    effects.prepare(lab, "planned")
    server, journal = Server(lab), Journal(lab)
    run = server.start(SWITCHOVER, PARAMETERS)
    wait_until("its first stop is done", lambda: any("act.after stop:" in one for one in journal.subjects()), 120)
    return run


def kill(lab, *units):
    """SIGKILL every process of units."""
    lab.exec("ctl", ["systemctl", "kill", "--signal=SIGKILL", *units], check=True)


def final(server, run):
    """Tell whether the run is over; a server that is not back yet says nothing."""
    try:
        return server.is_final(run)
    except httpx.HTTPError:
        return False


def test_a_switchover_whose_server_is_killed_while_it_acts_goes_on_to_its_end(lab, acting):
    """What acts on the hosts needs the server for its records only, and asks it again until it is back."""
    kill(lab, "prefect-server")
    server = Server(lab)
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
def test_what_a_switchover_has_begun_ends_with_its_worker_and_is_taken_up_by_one_command(lab, acting):
    """systemd starts the worker again; the run's process has gone with the old one, and nobody starts it again."""
    lab.exec("ctl", ["systemctl", "kill", "--kill-whom=main", "--signal=SIGKILL", "prefect-worker"], check=True)
    wait_until("the run's process is gone", lambda: not any(processes(acting)), 60)
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


def require_done_once(lab):
    """Require the target state, no effect twice, and the approval there was: neither lost nor asked for again."""
    require_target(lab, "region2", EVERY_PROXY)
    effects.require_single(lab, "planned")
    kinds = [record["kind"] for record in Journal(lab).records()]
    assert (kinds.count("gate.asked"), kinds.count("gate.answered")) == (1, 1)
