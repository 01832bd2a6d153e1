"""The stand-in of Slack against slack_sdk unmodified: it refuses what Slack refuses, in Slack's words.

Errors and limits: the reference pages of each method and of Block Kit.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import APP, BOT, CHANNEL, Slack, until

BUTTON = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}, "value": "v"}
ACTIONS = [{"type": "actions", "elements": [BUTTON]}]
VIEW = {
    "type": "modal", "callback_id": "c", "private_metadata": "m", "title": {"type": "plain_text", "text": "t"},
    "submit": {"type": "plain_text", "text": "s"}, "blocks": [],
}  # fmt: skip


@pytest_asyncio.fixture
async def chat() -> AsyncIterator[Slack]:
    async with Slack(members=("U0ALICE",)) as found:
        yield found


def client(chat: Slack, token: str = BOT) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=chat.api, retry_handlers=[])


async def refusal(chat: Slack, method: str, token: str = BOT, **given: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client(chat, token).api_call(method, json=given)
    return str(refused.value.response["error"])


async def test_it_does_not_do_what_it_does_not_know(chat: Slack) -> None:
    assert await refusal(chat, "chat.delete", ts="1") == "unknown_method"
    section = {"type": "image", "image_url": "http://127.0.0.1/x.png"}
    assert await refusal(chat, "chat.postMessage", channel=CHANNEL, text="t", blocks=[section]) == "invalid_blocks"


async def test_each_token_opens_what_it_is_for(chat: Slack) -> None:
    assert (
        await refusal(chat, "chat.postMessage", token=BOT + "-of-another", channel=CHANNEL, text="t") == "invalid_auth"
    )
    assert await refusal(chat, "apps.connections.open", token=BOT) == "invalid_auth"
    assert await refusal(chat, "chat.postMessage", token=APP, channel=CHANNEL, text="t") == "invalid_auth"


async def test_a_message_is_posted_and_updated_and_no_other_is(chat: Slack) -> None:
    said = await client(chat).chat_postMessage(channel=CHANNEL, text="one", blocks=ACTIONS)
    await client(chat).chat_update(channel=CHANNEL, ts=said["ts"], text="two", blocks=[])
    assert [(message.text, message.buttons()) for message in chat.shown()] == [("two", {})]
    assert await refusal(chat, "chat.update", channel=CHANNEL, ts="9.9", text="three") == "message_not_found"
    assert await refusal(chat, "chat.postMessage", channel="C0OTHER", text="t") == "channel_not_found"
    assert await refusal(chat, "chat.postMessage", channel=CHANNEL) == "no_text"


async def test_who_is_no_member_cannot_be_told(chat: Slack) -> None:
    assert await refusal(chat, "chat.postEphemeral", channel=CHANNEL, user="U0EVE", text="t") == "user_not_in_channel"


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}],
        [{"type": "actions", "elements": [BUTTON, BUTTON]}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}] * 51,
    ],
)
async def test_what_is_too_long_is_refused(chat: Slack, blocks: list[dict[str, Any]]) -> None:
    assert await refusal(chat, "chat.postMessage", channel=CHANNEL, text="t", blocks=blocks) == "invalid_blocks"


async def test_a_dialog_opens_once_for_a_press(chat: Slack) -> None:
    trigger = chat.trigger()
    await client(chat).views_open(trigger_id=trigger, view=VIEW)
    assert [view["callback_id"] for view in chat.views] == ["c"]
    assert await refusal(chat, "views.open", trigger_id=trigger, view=VIEW) == "invalid_trigger_id"
    assert await refusal(chat, "views.open", trigger_id="made up", view=VIEW) == "invalid_trigger_id"


async def test_a_service_that_is_away_says_nothing_useful(chat: Slack) -> None:
    chat.away = True
    with pytest.raises(SlackApiError):
        await client(chat).chat_postMessage(channel=CHANNEL, text="t")
    chat.away = False
    await client(chat).chat_postMessage(channel=CHANNEL, text="t")
    await until(lambda: len(chat.shown()) == 1)


async def address(chat: Slack) -> str:
    return str((await client(chat, APP).apps_connections_open(app_token=APP))["url"])


async def refused(session: aiohttp.ClientSession, url: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as handshake:
        await session.ws_connect(url)
    return handshake.value.status


async def test_a_socket_has_an_address_of_its_own_that_is_good_for_one_handshake(chat: Slack) -> None:
    url = await address(chat)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        assert await refused(session, url) == 408
        assert await refused(session, url.partition("?")[0]) == 408
        async with session.ws_connect(await address(chat)) as second:
            assert (await second.receive_json())["num_connections"] == 2


async def test_an_address_is_not_good_for_long_and_is_used_up_by_a_handshake_that_fails(chat: Slack) -> None:
    chat.ticket_s = -1.0
    async with aiohttp.ClientSession() as session:
        assert await refused(session, await address(chat)) == 408
        chat.ticket_s, chat.shut = 30.0, True
        url = await address(chat)
        assert await refused(session, url) == 503
        chat.shut = False
        assert await refused(session, url) == 408


@pytest.mark.parametrize(
    ("reason", "is_over"), [("warning", False), ("refresh_requested", False), ("link_disabled", True)]
)
async def test_a_socket_that_ends_is_told_so_and_where_the_link_is_disabled_there_is_no_other(
    chat: Slack, reason: str, *, is_over: bool
) -> None:
    url = await address(chat)
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        async with asyncio.TaskGroup() as both:
            both.create_task(chat.disconnect(reason))
            told = await socket.receive_json()
            await socket.ping()
            after = (await socket.receive()).type
    assert (told["type"], told["reason"]) == ("disconnect", reason)
    assert after is (aiohttp.WSMsgType.CLOSE if is_over else aiohttp.WSMsgType.PONG)
    if is_over:
        assert await refusal(chat, "apps.connections.open", token=APP) == "access_denied"


async def test_who_asks_too_often_for_an_address_is_told_for_how_long_to_wait(chat: Slack) -> None:
    chat.retry_after = 30
    with pytest.raises(SlackApiError) as limited:
        await address(chat)
    response = limited.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "30")
    chat.retry_after = 0
    assert await address(chat)
