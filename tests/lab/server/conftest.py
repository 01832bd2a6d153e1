"""Two people who must say go: alice by one-time code, bob in Slack."""

import json

import pyotp
import pytest

from tests.lab.server.chat import Chat

ALONE = "  approvers: [alice, bob]\n  four_eyes: false\n"
TOGETHER = """\
  approvers: [{{name: alice, identity: code}}, {{name: bob, identity: code}}]
  four_eyes: true
  slack: {slack}
"""


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
