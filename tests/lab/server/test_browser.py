"""What people do: start a failover in the Prefect UI, answer its gate there by one-time code, and in Slack.

The Slack service is killed while it waits; what it had asked is answered once it is back.
"""

import itertools
import re
import time
from operator import itemgetter

import pytest

from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from model.approval import CODE, SLACK
from tests.lab.kill.doors import Run
from tests.lab.operator import Journal
from tests.lab.server import interface
from tests.lab.server.services import kill_and_wait
from tests.lab.way_back import EVERY_PROXY

pytestmark = [pytest.mark.timeout(600), pytest.mark.browser]

START = {"environment": "lab", "target": "region2", "mode": "unplanned", "reason": "region 1 does not answer"}
SWITCH = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "region 1 is to be repaired"}
SQLITE = "sqlite+aiosqlite:////var/lib/prefect/try.db"
GO = {"Decision": "go", "Approver": "alice", "Reason": "region 1 has no power"}


@pytest.fixture(autouse=True, params=["postgresql", pytest.param("sqlite", marks=pytest.mark.campaign)])
def store(lab, request):
    """Where the Prefect server keeps its runs: the laboratory's own, or one file, as at a first try of the product."""
    lab.restore()
    if request.param == "postgresql":
        yield
        return
    settings = lab.identity.disk("ctl") / "etc/genesys-dr/server.environment"
    before = settings.read_text()
    kept = [line for line in before.splitlines(keepends=True) if "_DATABASE_" not in line]
    settings.write_text("".join(kept) + f"PREFECT_SERVER_DATABASE_CONNECTION_URL={SQLITE}\n")
    begin_anew(lab)
    yield
    settings.write_text(before)
    begin_anew(lab)


def begin_anew(lab):
    """Start the Prefect server with other settings, and then what was registered on it."""
    for unit in ("prefect-server", "gdr-register", "prefect-worker"):
        lab.exec("ctl", ["systemctl", "restart", unit], check=True)


def wrong(device):
    """Return six digits that the device shows at no moment of this test."""
    now = int(time.time())
    shown = {device.at(now + 30 * step) for step in range(-10, 20)}
    return next(f"{number:06}" for number in range(1000) if f"{number:06}" not in shown)


def rounds(journal):
    """Return what was asked so far."""
    return [record["data"] for record in journal.records() if record["kind"] == "gate.asked"]


def asked(number, server, run, journal):
    """Wait for a round of the gate; return what the journal says was asked."""
    wait_until(f"round {number}", lambda: len(rounds(journal)) == number and server.is_suspended(run), 120)
    return rounds(journal)[-1]


def test_a_failover_from_the_browser_takes_a_right_code_there_and_a_go_in_slack_and_completes(lab, chat, device):
    lab.break_("power-off", "region1")
    server, journal = Server(lab), Journal(lab)
    with interface.opened(lab) as person:
        run = person.start(server.wait_for_deployment("full-failover/full-failover"), START, "start-form")

        first = asked(1, server, run, journal)
        page = person.artifact(run, "plan-lab", "plan")
        shows_every_step(page, first)
        assert stages(read_from_the_form()) == stages(page)
        assert {"r1-fw-p", "framework_primary", "r2-db", "standby"} <= set(
            person.artifact(run, "observation-lab").split()
        )
        form = person.form(run, "waiting-run")
        assert "Unplanned full failover of lab to region2" in form.inner_text()
        person.answer(form, GO | {"Code": wrong(device)}, "approval-form")

        asked(2, server, run, journal)
        form = person.form(run)
        assert "The last answer did not count: code: is not the one" in form.inner_text()
        person.answer(form, GO | {"Code": device.now()})

        last = asked(3, server, run, journal)
        wait_until("the server's own notice", lambda: f"/v2/runs/flow-run/{run}" in "".join(chat.notices()), 60)
        assert not any(name.startswith("act.") for name in journal.subjects())
        kill_and_wait(lab, "gdr-slack@lab")
        shown = chat.answer("bob", last["question"], "go", "seen on the bridge")
        assert "alice said go: 1 more must" in shown

        wait_until("the end of the run", lambda: server.is_final(run) or rounds(journal)[3:], 240)
        assert not rounds(journal)[3:], rounds(journal)[3]["text"]
        assert server.state(run)["type"] == "COMPLETED", server.state(run)["message"]
        assert {"alice", "bob"} <= set(person.artifact(run, "report-lab", "report").split())
        assert "Progress: 100" in person.artifact(run, "progress-lab")
    gave = [record["data"] for record in journal.records() if record["kind"] == "gate.answered"]
    assert [(one["approver"], one["identity"]) for one in gave] == [("alice", CODE), ("bob", SLACK)]
    require_target(lab, "region2", ("r2-app-p", "r2-app-b"))


@pytest.mark.campaign
def test_a_switch_whose_process_died_is_taken_back_from_the_browser(lab):
    server, journal = Server(lab), Journal(lab)
    with interface.opened(lab) as person:
        died = person.start(server.wait_for_deployment("full-failover/switchover"), SWITCH)
        asked(1, server, died, journal)
        person.answer(person.form(died), GO)
        wait_until("its first stop is done", lambda: any("act.after stop:" in one for one in journal.subjects()), 120)
        Run(server, died).kill()

        back = person.start(server.wait_for_deployment("abort/abort"), {"environment": "lab", "reason": "it died"})
        asked(2, server, back, journal)
        form = person.form(back)
        assert "Abort of the switch of lab" in form.inner_text()
        person.answer(form, GO)
        wait_until("the end of the run", lambda: server.is_final(back) or rounds(journal)[2:], 240)
        assert not rounds(journal)[2:], rounds(journal)[2]["text"]
        assert server.state(back)["type"] == "COMPLETED", server.state(back)["message"]
        assert "region2 follows on: ABORTED" in person.artifact(back, "report-lab")
    require_target(lab, "region1", EVERY_PROXY)


@pytest.mark.campaign
def test_readiness_is_drawn_as_one_page(lab):
    server = Server(lab)
    with interface.opened(lab) as person:
        run = person.start(server.wait_for_deployment("readiness/readiness"), {"environment": "lab"})
        wait_until("the end of the run", lambda: server.is_final(run), 120)
        page = person.artifact(run, "readiness-lab")
    assert {"r1-db", "r2-fw-p", "ns1"} <= set(re.findall(r"[\w-]+", page))
    assert "full_failover unplanned" in page


def shows_every_step(page, question):
    """Require that the page names its round, and each step that a go approves."""
    assert question["question"] in page
    missing = [step for step in question["steps"] if step.replace(":", " ").replace("/", " ") not in page]
    assert not missing


def read_from_the_form():
    """Return the plan's page as a reader gave it back who had seen the picture of the form and nothing else."""
    steps = re.findall(r"^\d+\. (\w+): (.*)$", (interface.IMAGES / "read-from-the-form.md").read_text(), re.MULTILINE)
    marked = ((stage, re.sub("^(.*), may fail$", r"(\1)", step)) for stage, step in steps)
    return "\n".join(f"0\t{stage}: {step.replace(', the point', ': the point')}\t" for stage, step in marked)


def stages(page):
    """Return what a plan's page says of each stage, in order; within one the form gives no order."""
    rows = re.findall(r"^\d+\s+(\w+): (.*?)\t", page, re.MULTILINE)
    assert rows, page
    return [(stage, {step for _, step in part}) for stage, part in itertools.groupby(rows, key=itemgetter(0))]
