"""Two API servers and background services, which speak through Redis, are one Prefect to workers and people."""

import pytest

from bench.fleet import Fleet
from lab import web
from lab.api import Lab
from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from lab.identity import Identity
from lab.services import scaled
from tests.lab import effects
from tests.lab.operator import Journal
from tests.lab.server.services import SWITCH, SWITCHOVER, final, kill
from tests.lab.way_back import EVERY_PROXY

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.campaign,
]  # a laboratory of its own: a minute before anything is asked


@pytest.fixture(scope="module")
def scaled_out(identity):
    """A control host with two API servers; only the second one has a worker."""
    scaled.require_program()
    lab = Lab.up(Identity(f"{identity.id[:5]}s"))
    try:
        control = lab.topology.host("ctl")
        scaled.start(lab.identity, control)
        wait_until("the first API server", lambda: web.is_healthy(lab.port), 120)
        scaled.start_workers(lab.identity, control)
        lab.exec("ctl", ["systemctl", "stop", scaled.WORKER], check=True)
        yield lab
    finally:
        lab.down()


def test_a_run_made_at_one_server_is_run_by_a_worker_of_the_other_and_told_of_once(scaled_out):
    fleet = Fleet(scaled_out, 1)
    fleet.watch_verdicts()
    due, runs = fleet.due(0, at_once=1)
    assert len(runs) == 1
    wait_until("its end, told of", lambda: [run.once() for run in fleet.told(due)] == [True], 240)
    journal = said(scaled_out, scaled.SECOND_WORKER)
    assert f"/runs/flow-run/{runs[0]}" in journal
    assert "AuthenticationError" not in said(scaled_out, scaled.SERVICES)


def said(lab, unit):
    return lab.exec("ctl", ["journalctl", "-q", "-u", unit], check=True).stdout


def test_a_switch_in_which_redis_is_away_for_a_moment_goes_on_to_its_end(scaled_out):
    """Without it the API answers 500 to what changes a state: a run asks again, and `gdr run` need not ask at all."""
    server, journal = Server(scaled_out), Journal(scaled_out)
    run = server.start(SWITCHOVER, SWITCH)
    wait_until("its first stop is done", lambda: any("act.after stop:" in one for one in journal.subjects()), 120)
    kill(scaled_out, "redis")
    wait_until("what it tells the API fails", lambda: "in request" in said(scaled_out, scaled.SECOND_SERVER), 60)
    scaled_out.exec("ctl", ["systemctl", "start", "redis"], check=True)
    wait_until("the end of the run", lambda: final(server, run), 240)
    assert server.state(run)["type"] == "COMPLETED", server.state(run)["message"]
    require_target(scaled_out, "region2", EVERY_PROXY)
    effects.require_single(scaled_out, "planned")
