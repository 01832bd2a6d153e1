"""Two API servers and background services, which speak through Redis, are one Prefect to workers and people."""

import pytest

from bench.fleet import Fleet
from lab import web
from lab.api import Lab
from lab.command import wait_until
from lab.identity import Identity
from lab.services import scaled

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
    journal = scaled_out.exec("ctl", ["journalctl", "-q", "-u", scaled.SECOND_WORKER], check=True).stdout
    assert f"/runs/flow-run/{runs[0]}" in journal
