"""What comes from Slack and is not as Slack sends it is ignored or refused, told in the log, and stops nothing."""

from typing import Any

import pytest

from model.environment.environment import Environment
from tests.fakes.slack import Slack, until
from tests.flow.chatting import ALICE, LEFT_OPEN, Gate, answers, decide, posted_question, serving, whispers

pytestmark = pytest.mark.filterwarnings(LEFT_OPEN)
USER = {"user": {"id": ALICE}}
ACTION = {"action_id": "gdr-answer-go", "value": "[]"}
PRESS = {"type": "block_actions", "trigger_id": "t", "actions": [ACTION], **USER}
VIEW = {"callback_id": "gdr-answer", "private_metadata": "[]", "state": {"values": {}}}
SENT = {"type": "view_submission", "view": VIEW, **USER}
NOBODY: dict[str, Any] = {
    "no payload": None,
    "a text": "pressed",
    "a list": [PRESS],
    "no user": {**PRESS, "user": None},
    "a user's name": {**PRESS, "user": ALICE},
    "a number": {**PRESS, "user": {"id": 7}},
    "no id of a member": {**PRESS, "user": {"id": "alice\nlab: go by alice"}},
}
STRANGE: dict[str, Any] = {
    "nothing else": USER,
    "another kind": {**PRESS, "type": "shortcut"},
    "a kind that is no word": {**PRESS, "type": ["block_actions"]},
    "no actions": {**PRESS, "actions": []},
    "actions of one word": {**PRESS, "actions": "go"},
    "a button without a value": {**PRESS, "actions": [{"action_id": "gdr-answer-go"}]},
    "a value that is no text": {**PRESS, "actions": [{**ACTION, "value": {"decision": "go"}}]},
    "a button of another app": {**PRESS, "actions": [{**ACTION, "action_id": "go"}]},
    "no trigger": {**PRESS, "trigger_id": None},
    "no view": {**SENT, "view": None},
    "a dialog of another app": {**SENT, "view": {**VIEW, "callback_id": "go"}},
    "metadata that are no text": {**SENT, "view": {**VIEW, "private_metadata": ["lab", "run", "question", "go"]}},
    "no state": {**SENT, "view": {**VIEW, "state": None}},
}
UNFILLED: dict[str, Any] = {
    "no values": {},
    "no reason": {"values": {"minutes": {"text": {"value": "3"}}}},
    "a list of fields": {"values": [{"text": {"value": "why"}}]},
    "an empty field": {"values": {"reason": {}}},
    "no reason given": {"values": {"reason": {"text": {"value": None}}}},
    "a reason that is no text": {"values": {"reason": {"text": {"value": ["why"]}}}},
    "half a character": {"values": {"reason": {"text": {"value": "\ud800abc"}}, "minutes": {"text": {"value": "3"}}}},
}
ENVELOPES: tuple[dict[str, Any], ...] = ({}, {"type": "interactive"}, {"type": 1, "envelope_id": "e"})


async def test_what_is_not_as_slack_sends_it_is_told_in_the_log_and_the_next_press_counts(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        for body in ENVELOPES:
            await chat.send(body)
        sent = [await chat.deliver(payload) for payload in (*NOBODY.values(), *STRANGE.values())]
        sent += [await chat.deliver({**SENT, "view": {**VIEW, "state": state}}) for state in UNFILLED.values()]
        told = len(STRANGE) + len(UNFILLED)
        await until(lambda: {*sent} <= {*chat.acked} and len(whispers(chat, ALICE)) == told)
        await decide(chat, ALICE, message, "go", "seen on the bridge")
        await until(lambda: not message.buttons())
    said = [record.getMessage() for record in caplog.records if record.name.startswith("gdr.slack")]
    assert said.count("lab: what came is no envelope of Slack: ignored") == len(ENVELOPES)
    assert said.count("lab: what came names no member: ignored") == len(NOBODY)
    assert said.count(f"lab: {ALICE}: not answered: what came is no press and no dialog of this service") == len(
        STRANGE
    )
    assert said.count(f"lab: {ALICE}: not answered: what came is a dialog without its fields") == len(UNFILLED) - 1
    half = "the reason holds half a character: it cannot be written as UTF-8"
    assert said.count(f"lab: {ALICE}: not answered: {half}") == 1
    assert len(said) == len(ENVELOPES) + len(NOBODY) + told
    assert {*whispers(chat, ALICE)} == {"Nothing was done (Refused): answer in the Prefect UI, or try again."}
    assert "Traceback" not in caplog.text
    assert ([answer.reason for answer in await answers(run)], case.refused()) == (["seen on the bridge"], [])
