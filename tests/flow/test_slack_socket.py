"""Presses are heard again whatever becomes of the socket: slack_sdk unmodified, and addresses that are good once."""

import logging
from collections.abc import Callable

import pytest

from model.environment.environment import Environment
from tests.fakes.slack import TICKET, Message, Slack, until
from tests.flow.chatting import ALICE, LEFT_OPEN, Gate, answers, decide, posted_question, serving

pytestmark = pytest.mark.filterwarnings(LEFT_OPEN)
PATIENCE_S = 120.0  # the client waits 5 s between its attempts, and the machine may be busy
DEAF = "lab: not connected to Slack: nothing pressed there is heard: answer in the Prefect UI"
HEARS = "lab: connected to Slack: what is pressed there is heard"


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the service said of its connection."""
    return [record.message for record in caplog.records if record.message in (DEAF, HEARS)]


async def answered(chat: Slack, message: Message, reason: str) -> None:
    await decide(chat, ALICE, message, "go", reason)
    await until(lambda: not message.buttons())


def shut(chat: Slack, *, is_so: bool) -> None:
    chat.shut = is_so


def soon_expired(chat: Slack, *, is_so: bool) -> None:
    chat.ticket_s = -1.0 if is_so else 30.0


@pytest.mark.parametrize(("fails", "status"), [(shut, 503), (soon_expired, 408)])
async def test_after_handshakes_that_failed_a_press_is_heard_again(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture, fails: Callable[..., None], status: int
) -> None:
    """The client by itself tries its last address for ever, whose ticket is used up."""
    caplog.set_level(logging.INFO, "gdr.slack")
    run = await Gate().ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        await until(lambda: said(caplog) == [HEARS])
        fails(chat, is_so=True)
        await chat.drop()
        await until(lambda: len(chat.turned_away) > 1, PATIENCE_S)
        fails(chat, is_so=False)
        await until(lambda: said(caplog) == [HEARS, DEAF, HEARS], PATIENCE_S)
        await answered(chat, message, "by the second socket")
    assert set(chat.turned_away) == {status}
    assert [answer.reason for answer in await answers(run)] == ["by the second socket"]
    assert "Failed to connect" in caplog.text
    assert [words for words in (TICKET, "Traceback") if words in caplog.text] == []


async def test_a_service_that_starts_while_no_handshake_succeeds_hears_once_one_does(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    run = await Gate().ask()
    chat.shut = True
    async with serving(known, chat, is_heard=False):
        message = await posted_question(chat)
        await until(lambda: chat.turned_away and DEAF in said(caplog), PATIENCE_S)
        chat.shut = False
        await until(chat.is_connected, PATIENCE_S)
        await answered(chat, message, "by the first socket")
    assert len(await answers(run)) == 1


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_socket_that_slack_says_will_end_is_left_for_another(
    known: Environment, chat: Slack, reason: str
) -> None:
    run = await Gate().ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        before = chat.connections
        await chat.disconnect(reason)
        await until(lambda: chat.connections > before)
        await answered(chat, message, "by the second socket")
    assert (len(await answers(run)), chat.turned_away) == (1, [])


async def test_a_refresh_whose_handshake_fails_is_made_up_for(known: Environment, chat: Slack) -> None:
    run = await Gate().ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        chat.shut = True
        await chat.disconnect("refresh_requested")
        await until(lambda: len(chat.turned_away) > 1, PATIENCE_S)
        chat.shut = False
        await until(chat.is_connected, PATIENCE_S)
        await answered(chat, message, "by the second socket")
    assert len(await answers(run)) == 1


async def test_where_socket_mode_was_turned_off_that_is_told_and_presses_are_heard_once_it_is_on_again(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    run = await Gate().ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        await chat.disconnect("link_disabled")
        await until(lambda: DEAF in said(caplog) and "access_denied" in caplog.text, PATIENCE_S)
        chat.link_disabled = False
        await until(chat.is_connected, PATIENCE_S)
        await answered(chat, message, "turned on again")
    assert len(await answers(run)) == 1


async def test_where_slack_limits_how_often_an_address_is_asked_for_that_is_waited_out(
    known: Environment, chat: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gdr.slack")
    run = await Gate().ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        before, chat.retry_after = chat.connections, 1
        await chat.disconnect("refresh_requested")
        await until(lambda: "Rate limited" in caplog.text)
        chat.retry_after = 0
        await until(lambda: chat.connections > before, PATIENCE_S)
        await answered(chat, message, "by the second socket")
    assert (len(await answers(run)), chat.turned_away) == (1, [])
