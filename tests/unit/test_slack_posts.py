"""What was posted in Slack is looked after while something is left to do for it, one message apart from another."""

import logging
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from slack_sdk.errors import SlackApiError

from gdr.slack import posted, questions
from gdr.slack.posted import Post
from gdr.slack.service import Service
from model.environment.approvers import SlackChannel
from model.evidence import Entry
from tasks import evidence
from tests.unit.gdr.shell import case
from tests.unit.model.builders import environment

CLOSED = ("case.closed", {"outcome": "reached"})
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
    await found.look()
    assert read == ["lab-20261122T000000-region2"]
    assert updated(web) == []
    evidence.append("lab", read[0], "a1", "debt", {"target": "r1-app-p", "what": "silent"})
    await found.look()
    (said,) = web.chat_postMessage.call_args_list
    assert (said.kwargs["thread_ts"], "r1-app-p" in said.kwargs["text"]) == ("lab-20261122T000000-region2", True)
