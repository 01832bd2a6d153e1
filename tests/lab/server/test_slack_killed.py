"""The Slack service is killed together with the Prefect server: while a person is waited for, and while a run acts."""

import pytest

from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from tests.lab import effects
from tests.lab.operator import Journal
from tests.lab.server.services import answers, final, kill_and_wait
from tests.lab.way_back import EVERY_PROXY

pytestmark = [pytest.mark.timeout(900), pytest.mark.campaign]

BOTH = ("gdr-slack@lab", "prefect-server")
SWITCHOVER = "full-failover/switchover"
ASKED = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "a test of Slack"}
GO = {"decision": "go", "approver": "alice", "reason": "the maintenance window is open"}


@pytest.fixture(autouse=True)
def steady(lab):
    lab.restore()


def test_an_approval_in_slack_is_neither_lost_nor_counted_twice_and_its_thread_knows_the_end(lab, chat, device):
    server, journal = Server(lab), Journal(lab)
    run = server.start(SWITCHOVER, ASKED)
    asked(1, server, run, journal)
    assert server.resume(run, GO | {"code": device.now()})["status"] == "ACCEPT"
    question = asked(2, server, run, journal)

    kill_and_wait(lab, *BOTH)
    wait_until("the server answers", lambda: answers(server), 60)
    assert server.is_suspended(run)
    chat.answer("bob", question, "go", "seen on the bridge")
    wait_until("its first stop is done", lambda: any("act.after stop:" in one for one in journal.subjects()), 120)

    kill_and_wait(lab, *BOTH)
    wait_until("the end of the run", lambda: final(server, run), 240)
    assert server.state(run)["type"] == "COMPLETED", server.state(run)["message"]
    gave = [record["data"]["approver"] for record in journal.records() if record["kind"] == "gate.answered"]
    assert gave == ["alice", "bob"]
    require_target(lab, "region2", EVERY_PROXY)
    effects.require_single(lab, "planned")
    done = {record["data"]["step"] for record in journal.records() if record["kind"] == "act.after"}
    wait_until("the thread knows each step", lambda: done <= set(chat.told()), 60)


def asked(number, server, run, journal):
    """Wait for a round of the gate; return the name of its question."""

    def rounds():
        return [record["data"]["question"] for record in journal.records() if record["kind"] == "gate.asked"]

    wait_until(f"round {number}", lambda: len(rounds()) == number and server.is_suspended(run), 120)
    return rounds()[-1]
