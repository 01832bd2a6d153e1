"""An answer from Slack is believed for the service's signature, and for nothing else in it."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, temporary_settings

from gdr.slack import messages, posted, service
from gdr.slack.messages import Aim
from model.approval import SLACK, Answer, Identity
from model.environment.approvers import SlackChannel
from model.errors import Refused
from model.markdown import plain
from tasks.approvals import prefect_ui, slack, who
from tests.unit.model.builders import environment

ALICE = "U0ALICE"
SAID = Answer(question="q-1", approver="alice", decision="go", reason="yes", channel="slack", at=1.5, member=ALICE)


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GDR_SLACK_KEY", str(tmp_path / "slack-answers.key"))
    slack.make_key()
    return tmp_path / "slack-answers.key"


def test_what_was_signed_is_what_was_said() -> None:
    assert slack.heard("q-1", slack.form(SAID)) == SAID


@pytest.mark.parametrize("field", ["decision", "approver", "reason"])
def test_what_was_signed_cannot_be_changed(field: str) -> None:
    changed = slack.heard("q-1", {**slack.form(SAID), field: "bob"})
    assert changed.fault == "signed in Slack: not by the Slack service of this environment"


def test_what_was_signed_answers_no_other_question() -> None:
    assert slack.heard("q-2", slack.form(SAID)).fault == "signed in Slack: not by the Slack service of this environment"


@pytest.mark.parametrize(
    "forged",
    ["slack", "slack alice said so", f"slack {ALICE} 1.0", f"slack {ALICE} 1.0 {'00' * 32}", f"slack {ALICE} soon 00"],
)
def test_a_resume_by_plain_api_call_is_not_believed(forged: str) -> None:
    fields = {"decision": "go", "approver": "alice", "reason": "trust me", "code": forged}
    answer = prefect_ui._answer("q-1", fields, 1.0)
    assert (answer.channel, answer.fault.partition(":")[0]) == ("slack", "signed in Slack")


def test_what_the_form_takes_is_what_the_service_writes() -> None:
    for form in (prefect_ui.SignedForm, prefect_ui.SomeCodesForm, prefect_ui.CodesForm):
        assert form(**{**slack.form(SAID), "reason": "yes, go"}).code.startswith(f"slack {ALICE} 1.5 ")


def test_whom_slack_vouches_for_needs_no_code_and_no_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GDR_APPROVERS", str(tmp_path / "nobody-is-enrolled.yaml"))
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    channel = f"  slack: {{access: lab-slack, channel: C0DR, people: {{alice: {ALICE}}}}}\n"
    coded = "  approvers: [{name: alice, identity: code}, bob]\n" + channel
    known = environment(("  approvers: [alice, bob]\n", coded))
    assert who.identified(SAID, known) == Identity(word=SLACK)
    (reason,) = who.identified(replace(SAID, channel="prefect-ui", code="123456"), known).reasons
    assert "enrol an approver" in reason


def test_a_key_is_made_once_and_kept_from_others(key: Path) -> None:
    before = key.read_bytes()
    slack.make_key()
    assert (key.read_bytes(), key.stat().st_mode & 0o777) == (before, 0o600)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda key: key.chmod(0o640), "readable by others: chmod 0600 it"),
        (lambda key: key.write_bytes(b"short"), "is no key: remove it"),
        (lambda key: key.unlink(), "No such file or directory: the Slack service makes it"),
    ],
)
def test_a_key_that_cannot_be_used_is_named_and_never_shown(key: Path, spoil: object, words: str) -> None:
    assert callable(spoil)
    spoil(key)
    with pytest.raises(Refused, match=words) as refused:
        slack.key()
    assert "short" not in str(refused.value)


def test_a_folder_nobody_may_write_to_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GDR_SLACK_KEY", str(tmp_path / "missing" / "key"))
    with pytest.raises(Refused, match="No such file or directory: make it"):
        slack.make_key()


@pytest.mark.parametrize("value", ["[]", "{}", "[1, 2, 3, 4]", '["lab", "run", "question", "force"]', "no json"])
def test_a_button_that_is_none_of_ours_is_not_read(value: str) -> None:
    with pytest.raises(ValueError, match=r"no answer of ours|Expecting value"):
        Aim.read(value)


def test_a_long_text_is_cut_at_its_lines_and_says_where_the_rest_is() -> None:
    blocks = messages.asked("\n".join(f"- line {number} {'x' * 200}" for number in range(2000)), "lab", "run", "q")
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    assert len(blocks) <= 50
    assert max(map(len, texts)) <= 3000
    assert all(text.startswith("• line ") for text in texts[:-1])
    assert texts[-1].startswith("… the rest is in the Prefect UI")


def test_the_lines_of_a_deploy_of_many_hosts_are_broken_between_words_and_none_is_lost() -> None:
    hosts = [f"region1-framework-{number:03}" for number in range(300)]
    blocks = messages.asked(f"- 2 steps\n- **framework**: install lca {', '.join(hosts)}", "lab", "run", "q")
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    assert max(map(len, texts)) <= 3000
    assert " ".join(texts).split() == [
        "•",
        "2",
        "steps",
        "•",
        "*framework*:",
        "install",
        "lca",
        *", ".join(hosts).split(),
    ]


def test_a_damaged_list_of_posts_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    file = posted.path("lab")
    file.parent.mkdir(parents=True)
    file.write_text('{"q": 1}')
    with pytest.raises(Refused, match=r"lab.json: TypeError: is no list of posts: remove it"):
        posted.load("lab")


async def test_where_nobody_knows_whether_an_answer_arrived_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The server may have taken it before it fell silent: `nothing was done` would be a guess."""
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    told: list[str] = []

    async def lost(*_: object) -> None:
        raise TimeoutError

    async def tell(_: str, text: str) -> None:
        told.append(text)

    channel = SlackChannel(access="lab-slack", channel="C0DR", people={"alice": ALICE})
    heard = service.Service(environment(), channel, AsyncMock())
    monkeypatch.setattr(heard, "_interact", lost)
    monkeypatch.setattr(heard, "_tell", tell)
    await heard.hear(AsyncMock(), {"type": "interactive", "envelope_id": "e", "payload": {"user": {"id": ALICE}}})
    assert [text.split(":")[0] for text in told] == ["Nobody knows whether it arrived (TimeoutError)"]


async def test_what_could_not_be_acknowledged_is_not_worked_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack tells who pressed that it failed: nothing may come of it later."""
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    channel = SlackChannel(access="lab-slack", channel="C0DR", people={"alice": ALICE})
    heard = service.Service(environment(), channel, AsyncMock())
    worked = AsyncMock()
    monkeypatch.setattr(heard, "_interact", worked)
    gone = AsyncMock(send_socket_mode_response=AsyncMock(side_effect=ConnectionResetError))
    await heard.hear(gone, {"type": "interactive", "envelope_id": "e", "payload": {"user": {"id": ALICE}}})
    assert worked.await_count == 0
    assert caplog.messages == ["lab: what came could not be acknowledged: nothing was done: ConnectionResetError"]


@pytest.mark.parametrize("address", ["https://prefect.example", "https://prefect.example/"])
def test_a_message_leads_to_its_run_in_the_interface_that_has_the_form(address: str) -> None:
    with temporary_settings({PREFECT_UI_URL: address}):
        (_, way, _) = messages.asked("May we?", "lab", "run-1", "q")
        (_, still, _) = messages.ended("May we?", "run-1", "go by alice")
    (element,) = way["elements"]
    assert element["text"] == "<https://prefect.example/v2/runs/flow-run/run-1|Open the run in the Prefect UI>"
    assert still == way


def test_a_message_leads_nowhere_where_nobody_knows_the_interface() -> None:
    with temporary_settings(restore_defaults={PREFECT_UI_URL, PREFECT_API_URL}):
        assert [block["type"] for block in messages.asked("May we?", "lab", "run-1", "q")] == ["section", "actions"]


def test_words_that_were_escaped_for_a_page_are_read_in_slack_as_they_were_written() -> None:
    section, *_ = messages.asked(f"- Reason: {plain('r1*2 <!channel> **x** [y]')}", "lab", "run", "q")
    assert section["text"]["text"] == "• Reason: r1*2 &lt;!channel&gt; **x** [y]\n"
