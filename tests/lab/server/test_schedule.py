"""A drill that nobody starts and nobody answers: a schedule under the rehearsal policy, in a laboratory."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lab.command import wait_until
from lab.drill.load import Load
from lab.drill.server import Server
from tests.lab.replayed import require_conformant
from tests.lab.way_back import require_protected

pytestmark = pytest.mark.timeout(900)
POLICY = {"approver": "alice", "reason": "the rehearsal policy"}
PARAMETERS = {"environment": "lab", "kind": "rehearsal", "reason": "the nightly rehearsal", "beforehand": POLICY}


@contextmanager
def nightly(http, deployment):
    """Schedule a rehearsal every night, the first in a moment; yield when the first is asked for."""
    first = datetime.now(UTC) + timedelta(seconds=30)
    wanted = {"interval": 86_400, "anchor_date": first.isoformat()}
    schedules = f"/deployments/{deployment}/schedules"
    body = [{"slug": "nightly", "active": True, "schedule": wanted, "parameters": PARAMETERS}]
    (made,) = http.post(schedules, json=body).raise_for_status().json()
    http.patch(f"/deployments/{deployment}", json={"paused": False}).raise_for_status()  # is looked at now
    try:
        yield
    finally:
        http.delete(f"{schedules}/{made['id']}").raise_for_status()


def runs(http, deployment):
    """Return the runs that a deployment's schedules have begun."""
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    found = http.post("/flow_runs/filter", json=wanted).raise_for_status().json()
    return [run["id"] for run in found if run["start_time"] and run["created_by"]["type"] == "SCHEDULE"]


@pytest.fixture
def server(lab):
    lab.restore()
    yield Server(lab)
    try:
        require_conformant(lab)
    finally:
        lab.restore()


def test_a_schedule_walks_the_circle_without_a_person_and_nothing_is_lost(lab, server):
    deployment = server.wait_for_deployment("drill/drill")
    with Load(lab) as load, nightly(server.http, deployment):
        wait_until("the schedule's run", lambda: runs(server.http, deployment), 150)
        (run,) = runs(server.http, deployment)
        wait_until("the end of the drill", lambda: server.is_final(run), 600)
        outcome = load.judge("r1-db", 0.0)
    assert server.state(run)["message"].startswith("rehearsal drill: passed. Report "), server.state(run)["message"]
    assert (outcome.verdict.lost, outcome.after > 0) == (0, True)
    require_protected(lab, "region1", "region2")
    (written,) = (lab.identity.disk("ctl") / "var/lib/genesys-dr/drills").glob("*.json")
    known = json.loads(written.read_text())
    assert (known["kind"], known["home"], known["findings"]) == ("rehearsal", "region1", [])
