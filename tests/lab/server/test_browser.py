"""What people do: start a failover in the Prefect UI, answer its gate there by one-time code, and in Slack.

The Slack service is killed while it waits; what it had asked is answered once it is back.
"""

import itertools
import json
import re
import time
from operator import itemgetter

import pyotp
import pytest

from lab.command import wait_until
from lab.drill.proof import require_target
from lab.drill.server import Server
from model.approval import CODE, SLACK
from tests.lab.operator import Journal
from tests.lab.server import interface
from tests.lab.server.chat import Chat

pytestmark = [pytest.mark.timeout(600), pytest.mark.browser]

START = {"environment": "lab", "target": "region2", "mode": "unplanned", "reason": "region 1 does not answer"}
SQLITE = "sqlite+aiosqlite:////var/lib/prefect/try.db"
GO = {"Decision": "go", "Approver": "alice", "Reason": "region 1 has no power"}
ALONE = "  approvers: [alice, bob]\n  four_eyes: false\n"
TOGETHER = """\
  approvers: [{{name: alice, identity: code}}, {{name: bob, identity: code}}]
  four_eyes: true
  slack: {slack}
"""


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


@pytest.fixture
def chat(lab):
    """Two people must say go, alice by code, bob in Slack; all of it is as it was afterwards."""
    etc = lab.identity.disk("ctl") / "etc/genesys-dr"
    before = {file: file.read_text() for file in (etc / "environments/lab.yaml", etc / "blocks.yaml")}
    chat = Chat(lab)
    environment, blocks = before
    assert ALONE in before[environment]
    environment.write_text(before[environment].replace(ALONE, TOGETHER.format(slack=chat.policy)))
    blocks.write_text(before[blocks] + "".join(f"{name}: {json.dumps(it)}\n" for name, it in chat.blocks.items()))
    lab.exec("ctl", ["systemctl", "start", "gdr-slack@lab"], check=True)
    lab.exec("ctl", ["systemctl", "restart", "gdr-register"], check=True)
    yield chat
    lab.exec("ctl", ["systemctl", "stop", "gdr-slack@lab"], check=True)
    chat.close()
    for file, text in before.items():
        file.write_text(text)
    for made in ("approvers.yaml", "slack-answers.key"):
        (etc / made).unlink(missing_ok=True)


@pytest.fixture
def device(lab, chat):
    """What shows alice's codes: enrolled as docs/operate.md says."""
    assert chat
    enrolled = lab.control(["gdr", "approver", "alice", "--json"], check=True)
    return pyotp.parse_uri(json.loads(enrolled.stdout)["otpauth"])


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


def kill_and_wait(lab, unit):
    """SIGKILL a service, and wait until systemd has started it again."""

    def restarts():
        return int(lab.exec("ctl", ["systemctl", "show", "-P", "NRestarts", unit], check=True).stdout)

    before = restarts()
    lab.exec("ctl", ["systemctl", "kill", "--signal=SIGKILL", unit], check=True)
    wait_until(f"{unit}: started again", lambda: restarts() > before, 30)


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
        assert "Progress: 88" in person.artifact(run, "progress-lab")
    gave = [record["data"] for record in journal.records() if record["kind"] == "gate.answered"]
    assert [(one["approver"], one["identity"]) for one in gave] == [("alice", CODE), ("bob", SLACK)]
    require_target(lab, "region2", ("r2-app-p", "r2-app-b"))


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
