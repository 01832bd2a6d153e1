"""The connection by which the Slack service hears: watched for ever, and told of in the log where it is missing."""

import asyncio
import logging
import re
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

from blocks.slack import AWAY

LOOK_S = 1.0
LOG = logging.getLogger("gdr.slack")
_MEMBER = re.compile("[UW][A-Z0-9]{1,31}")


async def keep(socket: SocketModeClient, name: str) -> None:
    """Connect, and watch over it for ever: the client connects again by itself, given an address that is good."""
    await asyncio.gather(socket.connect(), _watch(socket, name))  # type: ignore[no-untyped-call]


async def _watch(socket: SocketModeClient, name: str) -> None:
    """Let the client ask for a new address as long as it is not connected.

    Slack's addresses are good for one handshake, and not for long; the client itself tries the one it has for ever. One
    that the look before did not see is left to it: it still hangs up the old connection before it uses that.
    """
    was_connected: bool | None = None
    tried: str | None = None
    while True:
        await asyncio.sleep(LOOK_S)
        is_connected = await socket.is_connected()
        if not is_connected and socket.wss_uri == tried:
            socket.wss_uri = None
        tried = None if is_connected else socket.wss_uri
        if is_connected is not was_connected:
            _tell(name, is_connected=is_connected)
        was_connected = is_connected


def _tell(name: str, *, is_connected: bool) -> None:
    if is_connected:
        LOG.info("%s: connected to Slack: what is pressed there is heard", name)
    else:
        LOG.warning("%s: not connected to Slack: nothing pressed there is heard: answer in the Prefect UI", name)


async def interaction(
    client: AsyncBaseSocketModeClient, message: dict[str, Any], name: str
) -> tuple[str, object] | None:
    """Acknowledge what came; return which member did something, and what it was, if it is that.

    What is not as Slack sends it is ignored, and told in the log; nothing is repeated of it, for it may hold anything.
    """
    match message:
        case {"type": "hello"}:
            return None
        case {"type": str(kind), "envelope_id": str(envelope)}:
            is_ours = await _is_acknowledged(client, envelope, name) and kind == "interactive"
            return _by_whom(message.get("payload"), name) if is_ours else None
    LOG.warning("%s: what came is no envelope of Slack: ignored", name)
    return None


async def _is_acknowledged(client: AsyncBaseSocketModeClient, envelope: str, name: str) -> bool:
    """Say whether Slack knows that it arrived; if not it tells so who pressed, and nothing may come of it."""
    try:
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=envelope))
    except AWAY as error:
        LOG.warning("%s: what came could not be acknowledged: nothing was done: %s", name, type(error).__name__)
        return False
    return True


def _by_whom(payload: object, name: str) -> tuple[str, object] | None:
    match payload:
        case {"user": {"id": str(member)}} if _MEMBER.fullmatch(member):
            return member, payload
    LOG.warning("%s: what came names no member: ignored", name)
    return None
