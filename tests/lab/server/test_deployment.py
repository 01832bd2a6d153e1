"""The failover as a deployment on a real server and worker: typed parameters, a form, a person, restarts meanwhile."""

import logging
import re
import shlex
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from lab.host import venv_python
from lab.identity import CHECKOUT
from tests.lab import leaks
from tests.lab.operator import Journal
from tests.lab.server.services import answers, kill

pytestmark = pytest.mark.timeout(600)

QUARTER_DAYS = 93
PAGE = CHECKOUT / "docs/operate.md"
GDR = [f"{venv_python().parent}/gdr"]  # an interpreter of its own, which asks the shared server
FULL = "full-failover/full-failover"
PARAMETERS = {"environment": "lab", "target": "region2", "mode": "unplanned", "reason": "a test of the gate"}
GOOD = {"decision": "go", "approver": "alice", "reason": "region 1 is gone"}


@pytest.fixture
def server(lab):
    lab.restore()
    return Server(lab)


def test_parameters_the_form_does_not_offer_are_refused_before_a_run_exists(server):
    """Literals and bounds stand in the deployment's schema, so a typing error never becomes a run."""
    for wrong in ({"target": "region3"}, {"mode": "maybe"}, {"reason": ""}, {"forse": True}):
        path = f"/deployments/{server.wait_for_deployment(FULL)}/create_flow_run"
        answer = server.http.post(path, json={"parameters": PARAMETERS | wrong})
        assert answer.status_code == 409, answer.text


def test_who_has_not_the_password_learns_nothing_and_changes_nothing(lab, server):
    """All but the question whether it is well: the machine's other accounts reach the same loopback."""
    filters = ("block_documents", "flow_runs", "deployments")
    with httpx.Client(base_url=f"{lab.url}/api", timeout=10) as stranger:
        for login in (("", ""), ("admin", "pass")):
            assert stranger.get("/admin/settings", auth=login).status_code == httpx.codes.UNAUTHORIZED
            for kind in filters:
                assert stranger.post(f"/{kind}/filter", json={}, auth=login).status_code == httpx.codes.UNAUTHORIZED
    assert len(server.http.post("/block_documents/filter", json={}).raise_for_status().json()) >= 3


def test_a_service_without_its_password_does_not_start_and_says_why(lab):
    """No placeholder that works, and no server that is open because a file was forgotten."""
    file = lab.identity.disk("ctl") / "etc/genesys-dr/password.environment"
    away = file.rename(file.with_suffix(".away"))
    try:
        assert lab.exec("ctl", ["systemctl", "start", "gdr-slack@lab"]).returncode != 0
        said = lab.exec("ctl", ["journalctl", "-q", "-u", "gdr-slack@lab"]).stdout
    finally:
        away.rename(file)
        lab.exec("ctl", ["systemctl", "stop", "gdr-slack@lab"], check=True)
    assert "Failed to load environment files: No such file or directory" in said


@pytest.mark.campaign  # the server is restarted twice
def test_another_key_of_the_blocks_is_taken_up_as_the_page_says(lab, server):
    """With the key alone nothing can be read or registered; with the page's line the blocks come back from the file."""
    (line,) = (one for one in PAGE.read_text().splitlines() if "delete from block_document" in one)
    (lab.identity.disk("ctl") / "etc/genesys-dr/key.environment").unlink()
    lab.control(["gdr", "password"], check=True)
    again = [*GDR, "register", "--no-schedules"]
    lab.exec("ctl", ["systemctl", "restart", "prefect-server"], check=True)
    wait_until("server is back", lambda: answers(server), 60)
    done = lab.control(again)
    assert (done.returncode, "the server cannot open it" in done.stderr) == (2, True), done
    lab.exec("ctl", ["systemctl", "stop", "prefect-server"], check=True)
    lab.exec("ctl", shlex.split(line), "dr", check=True)
    lab.exec("ctl", ["systemctl", "start", "prefect-server"], check=True)
    wait_until("server is back", lambda: answers(server), 60)
    lab.control(again, check=True)
    compared = lab.control([*GDR, "blocks", "check", "lab"])
    assert compared.returncode == 0, compared.stdout
    lab.exec("ctl", ["systemctl", "start", "gdr-register", "prefect-worker"], check=True)


def test_the_next_quarterly_drill_is_on_the_servers_list(server):
    """The server's own scheduler makes the runs: a library that is too new makes none, and says nothing."""
    found = server.http.get("/deployments/name/drill/drill").json()
    (schedule,) = found["schedules"]
    place = f"/deployments/{found['id']}/schedules/{schedule['id']}"
    server.http.patch(place, json={"active": True}).raise_for_status()
    server.http.patch(f"/deployments/{found['id']}", json={"paused": False}).raise_for_status()  # is looked at now
    try:
        wait_until("a scheduled drill", lambda: scheduled(server, found["id"]), 90)
        starts = scheduled(server, found["id"])
    finally:
        server.http.patch(place, json={"active": False}).raise_for_status()
    start = datetime.fromisoformat(min(starts)).astimezone(ZoneInfo("Europe/Berlin"))
    assert (start.day, start.hour, start.month % 3) == (15, 9, 2)
    assert 0 <= (start - datetime.now(UTC)).days < QUARTER_DAYS


def scheduled(server, deployment):
    wanted = {"deployments": {"id": {"any_": [deployment]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    return [run["expected_start_time"] for run in server.http.post("/flow_runs/filter", json=wanted).json()]


def test_a_suspended_failover_survives_restarts_and_wrong_answers_and_completes(lab, server):
    """Nothing runs while people think; only an answer that schema and policy accept lets it go on."""
    lab.break_("power-off", "region1")
    run = server.start(FULL, PARAMETERS)
    wait_until("suspended at declare", lambda: server.is_suspended(run), 90)
    assert not has_acted(lab)
    assert not leaks.in_process_list(lab)
    wait_until("its log says so", lambda: "Suspended" in logged(server, run), 30)
    assert logged(server, run)["Suspended"] == logging.INFO

    restart(lab, server, run)
    refused = server.resume(run, GOOD | {"decision": "perhaps"})
    assert refused["status"] == "REJECT"
    assert server.is_suspended(run)

    assert server.resume(run, GOOD | {"approver": "mallory"})["status"] == "ACCEPT"
    wait_until("asked again", lambda: rounds(lab) == 2 and server.is_suspended(run), 90)
    assert "mallory" in Journal(lab).records()[-1]["data"]["text"]
    assert not has_acted(lab)

    assert server.resume(run, GOOD)["status"] == "ACCEPT"
    second = server.resume(run, GOOD | {"decision": "decline", "approver": "bob"})
    assert (second["status"], second["details"]["reason"]) == ("ABORT", "Cannot resume a flow run that is not paused.")
    wait_until("the end of the run", lambda: server.is_final(run), 180)
    assert server.state(run)["type"] == "COMPLETED", server.state(run)["message"]
    require_target(lab, "region2", ("r2-app-p", "r2-app-b"))
    assert not leaks.found(lab)


def logged(server, run):
    """Return the level of each end that the run's log shows, by the state's name."""
    wanted = {"logs": {"flow_run_id": {"any_": [run]}}}
    found = server.http.post("/logs/filter", json=wanted).json()
    ends = [(re.match(r"Finished in state (\w+)\(", line["message"]), line["level"]) for line in found]
    return {end[1]: level for end, level in ends if end}


def restart(lab, server, run):
    """Kill server and worker; systemd starts them again, and the run still waits."""
    kill(lab, "prefect-worker", "prefect-server")
    wait_until("server is back", lambda: answers(server), 60)
    wait_until("still suspended", lambda: server.is_suspended(run), 10)


def rounds(lab):
    return [record["kind"] for record in Journal(lab).records()].count("gate.asked")


def has_acted(lab):
    return any(name.startswith("act.") for name in Journal(lab).subjects())
