"""What was posted in Slack is looked after while something is left to do for it, one message apart from another."""

import logging
import time
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
from slack_sdk.errors import SlackApiError

from gdr.slack import posted, questions
from gdr.slack.posted import Post
from gdr.slack.questions import Open
from gdr.slack.service import Service
from model.answered import question_data
from model.approval import Bounds, Question
from model.environment.approvers import SlackChannel
from model.evidence import Entry
from tasks import evidence
from tests.unit.gdr.shell import case
from tests.unit.model.builders import environment

CLOSED = ("case.closed", {"outcome": "reached"})
NEW = "lab-20261123T000000-region2"
CHANNEL = SlackChannel(access="lab-slack", channel="C0DR", people={"alice": "U0ALICE"})


@pytest.fixture(autouse=True)
def _nothing_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    monkeypatch.setattr(questions, "open_question", AsyncMock(return_value=None))


def serving(*gone: str, fault: str = "message_not_found", is_open: bool = True) -> tuple[Service, AsyncMock]:
    """Return a service with a message for each of two cases, some of which were deleted."""
    named = [f"lab-2026112{number}T000000-region2" for number in (1, 2)]
    posts = {name: Post(case=name, run="r", text="may we?", ts=name, told=1, is_open=is_open) for name in named}
    posted.save("lab", posts)
    web = AsyncMock()

    async def answer(**given: str) -> dict[str, str]:
        if given.get("thread_ts", given.get("ts")) in [named[int(each) - 1] for each in gone]:
            raise SlackApiError("no", {"ok": False, "error": fault})
        return {"ts": "9"}

    web.chat_update.side_effect = web.chat_postMessage.side_effect = answer
    return Service(environment(), CHANNEL, web), web


def updated(web: AsyncMock) -> list[str]:
    return [call.kwargs["ts"] for call in web.chat_update.call_args_list]


@pytest.mark.parametrize("fault", ["message_not_found", "thread_not_found"])
async def test_a_message_that_was_deleted_is_noted_once_and_the_others_are_looked_after(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2):
        case(f"lab-2026112{number}T000000-region2", CLOSED)
    found, web = serving("1", fault=fault)
    with caplog.at_level(logging.WARNING):
        await found.look()
        await found.look()
    assert [record.getMessage() for record in caplog.records] == [
        "lab: lab-20261121T000000-region2: its message was deleted: answer in the Prefect UI"
    ]
    assert "lab-20261122T000000-region2" in updated(web)
    assert [post.is_open for post in posted.load("lab").values()] == [False, False]


async def test_whatever_else_slack_says_is_no_message_that_is_gone() -> None:
    case("lab-20261121T000000-region2")
    case("lab-20261122T000000-region2")
    found, _ = serving("1", fault="ratelimited")
    with pytest.raises(SlackApiError):
        await found.look()
    assert posted.load("lab")["lab-20261121T000000-region2"].is_open


async def test_a_case_that_is_closed_and_told_is_read_no_more_and_one_that_goes_on_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case("lab-20261121T000000-region2", CLOSED)
    case("lab-20261122T000000-region2")
    found, web = serving(is_open=False)
    for _ in range(2):
        await found.look()
    read, entries = list[str](), evidence.entries

    def noted(name: str) -> tuple[Entry, ...]:
        read.append(name)
        return entries(name)

    monkeypatch.setattr(evidence, "entries", noted)
    before = updated(web)
    await found.look()
    assert set(read) == {"lab-20261122T000000-region2"}
    assert updated(web) == before
    evidence.append("lab", read[0], "a1", "debt", {"target": "r1-app-p", "what": "silent"})
    await found.look()
    (said,) = web.chat_postMessage.call_args_list
    assert (said.kwargs["thread_ts"], "r1-app-p" in said.kwargs["text"]) == ("lab-20261122T000000-region2", True)


def round_of(name: str, key: str) -> tuple[str, dict[str, Any]]:
    """Return the record of a question."""
    bounds = Bounds(loss_changes=0, unreachable=frozenset(), waived=frozenset())
    asked = Question(key=key, mode="planned", steps=frozenset(), levels={}, text=name, bounds=bounds)
    return "gate.asked", {"stage": "declare", "channel": "prefect-ui", **question_data(asked)}


async def test_an_earlier_round_is_ended_once_and_read_no_more() -> None:
    case(NEW, round_of(NEW, "q1"), round_of(NEW, "q2"))
    posted.save("lab", {key: Post(case=NEW, run="r", text="may we?", ts=key, told=3) for key in ("q1", "q2")})
    web = AsyncMock()
    found = Service(environment(), CHANNEL, web)
    for _ in range(3):
        await found.look()
    assert updated(web) == ["q1", "q2"]
    assert [post.is_done for post in posted.load("lab").values()] == [True, False]


async def test_a_journal_that_is_gone_keeps_no_other_message_from_being_looked_after(
    caplog: pytest.LogCaptureFixture,
) -> None:
    case("lab-20261122T000000-region2", CLOSED)
    found, web = serving()
    for _ in range(3):
        await found.look()
    assert updated(web) == ["lab-20261122T000000-region2"]
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("lab: lab-20261121T000000-region2: is followed no more: ")


@pytest.fixture
def waits() -> Service:
    """Return a service of which a question is open that was asked just now."""
    found, _ = serving()
    for number in (1, 2):
        case(f"lab-2026112{number}T000000-region2", CLOSED)
    case(NEW)
    return found


def ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask it, as a gate does."""
    evidence.append("lab", NEW, "a1", *round_of(NEW, "q"))
    asked = evidence.case_of(NEW).question
    assert asked
    monkeypatch.setattr(questions, "open_question", AsyncMock(return_value=Open(NEW, "run", asked)))


async def test_what_is_recorded_while_the_question_is_on_its_way_to_slack_is_told_in_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case(NEW)
    ask(monkeypatch)
    web = AsyncMock()

    async def post(**given: str) -> dict[str, str]:
        if "thread_ts" not in given:
            evidence.append("lab", NEW, "a1", "debt", {"target": "r1-app-p", "what": "silent"})
        return {"ts": "9"}

    web.chat_postMessage.side_effect = post
    await Service(environment(), CHANNEL, web).look()
    _, told = web.chat_postMessage.call_args_list
    assert (told.kwargs["thread_ts"], "r1-app-p" in told.kwargs["text"]) == ("9", True)


async def reminders(service: Service, monkeypatch: pytest.MonkeyPatch, *minutes: float) -> list[str]:
    """Let the service look so many minutes from now; return what it said in the thread."""
    began, web = time.time(), AsyncMock(return_value={"ts": "9"})
    monkeypatch.setattr(service, "_web", AsyncMock(chat_postMessage=web))
    for late in minutes:
        monkeypatch.setattr(time, "time", lambda late=late: began + late * 60)
        await service.look()
    monkeypatch.setattr(time, "time", lambda: began)
    return [call.kwargs["text"] for call in web.call_args_list if call.kwargs.get("reply_broadcast")]


async def test_a_question_that_waits_is_told_again_every_quarter_of_an_hour(
    waits: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(monkeypatch)
    said = await reminders(waits, monkeypatch, 0, 14, 16, 17, 29, 95)
    assert said == [f"lab: an approval has waited for {late} minutes: <@U0ALICE>" for late in (16, 95)]


async def test_nobody_is_reminded_while_somebodys_patience_lasts(
    waits: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = {"approver": "alice", "reason": "soon", "until": time.time() + 3600, "channel": "slack", "key": "k"}
    evidence.append("lab", NEW, "a1", "gate.waiting", patience)
    ask(monkeypatch)
    assert await reminders(waits, monkeypatch, 16, 59) == []
    assert len(await reminders(waits, monkeypatch, 61)) == 1
