"""Slack on loopback: Web API and Socket Mode for one app, one channel and its members. Refuses what it does not know.

Limits and errors are those of Slack's reference pages of each method and of Block Kit, and of its page on Socket Mode:
a socket has an address of its own with a ticket, good for one handshake and not for long (a 408 then), and Slack may
say at any time that it ends.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

BOT, APP = "xoxb-planted-bot-token", "xapp-planted-app-token"
CHANNEL = "C0GENESYS"
HOOK = "/services/T0GENESYS/B0GENESYS/planted-hook"
TRIGGER_S = 3.0
TICKET = "planted-ticket"
TICKET_S = 30.0
Payload = dict[str, Any]


class SlackError(Exception):
    """Answer `ok: false` with this word."""


@dataclass
class Message:
    """A message of the channel.

    Attributes:
        only_for: The one member who sees it; None is everybody.
    """

    ts: str
    text: str
    blocks: list[Payload]
    thread: str | None = None
    only_for: str | None = None

    def buttons(self) -> dict[str, Payload]:
        """Return its buttons by what they decide."""
        found = [part for block in self.blocks if block["type"] == "actions" for part in block["elements"]]
        return {button["action_id"].rpartition("-")[2]: button for button in found}


@dataclass
class Slack:
    """The service behind the API.

    Attributes:
        away: Every call is answered 503, and no socket is let in.
        shut: No socket is let in; its ticket is used up all the same.
        retry_after: For how many seconds who asks for an address is told to wait, as one who asks too often; 0 is none.
        link_disabled: Somebody has turned Socket Mode off: no address is given.
        turned_away: The answers to handshakes that failed.
        acked: Envelopes that were acknowledged.
        notices: What came by the incoming webhook.
        ticket_s: How long a socket's address is good.
        trigger_s: How long a press may open a dialog; a busy machine may need longer than Slack gives.
    """

    members: tuple[str, ...]
    messages: list[Message] = field(default_factory=list)
    views: list[Payload] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    away: bool = False
    shut: bool = False
    retry_after: int = 0
    link_disabled: bool = False
    turned_away: list[int] = field(default_factory=list)
    connections: int = 0
    ticket_s: float = TICKET_S
    trigger_s: float = TRIGGER_S
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _triggers: dict[str, float] = field(default_factory=dict)
    _tickets: dict[str, float] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)
    _runner: web.AppRunner | None = None
    api: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link", self._link)
        app.router.add_post(HOOK, self._hook)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api = f"http://127.0.0.1:{port}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()
        assert self._runner is not None
        await self._runner.cleanup()
        await ticks()

    # --- what the tests do ---

    def shown(self, thread: str | None = None, only_for: str | None = None) -> list[Message]:
        return [each for each in self.messages if (each.thread, each.only_for) == (thread, only_for)]

    async def press(self, member: str, message: Message, decision: str) -> str:
        """Press a button; return the envelope's id."""
        button = message.buttons()[decision]
        action = {"type": "button", "action_id": button["action_id"], "value": button["value"]}
        payload = {
            "type": "block_actions", "user": {"id": member}, "trigger_id": self.trigger(), "actions": [action],
            "channel": {"id": CHANNEL}, "message": {"ts": message.ts},
        }  # fmt: skip
        return await self.deliver(payload)

    async def submit(self, member: str, view: Payload, *said: str) -> str:
        """Fill in a dialog's fields from the top, and press its own button."""
        fields = [block for block in view["blocks"] if block["type"] == "input"]
        state = {
            "values": {
                block["block_id"]: _filled(block["element"], word) for block, word in zip(fields, said, strict=True)
            }
        }
        payload = {"type": "view_submission", "user": {"id": member}, "view": {**view, "state": state}}
        return await self.deliver(payload)

    def trigger(self) -> str:
        name = f"trigger-{next(self._numbers)}"
        self._triggers[name] = time.monotonic()
        return name

    async def deliver(self, payload: object) -> str:
        """Send an envelope down the newest socket."""
        envelope = f"envelope-{next(self._numbers)}"
        body = {"envelope_id": envelope, "type": "interactive", "accepts_response_payload": True, "payload": payload}
        await self.send(body)
        return envelope

    async def send(self, body: Payload) -> None:
        """Send anything down the newest socket."""
        await self._sockets[-1].send_str(json.dumps(body))

    def is_connected(self) -> bool:
        """Whether anybody listens."""
        return bool(self._sockets)

    async def drop(self) -> None:
        """Hang up every socket, as Slack does from time to time."""
        for socket in list(self._sockets):
            with suppress(ConnectionError):
                await socket.close()

    async def disconnect(self, reason: str) -> None:
        """Say that the sockets end, as Slack does: `warning`, `refresh_requested`, or `link_disabled`, then at once."""
        self.link_disabled = reason == "link_disabled"
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-planted"}}
        for socket in list(self._sockets):
            await socket.send_str(json.dumps(frame))
        if self.link_disabled:
            await self.drop()

    # --- what the app does ---

    async def _call(self, request: web.Request) -> web.Response:
        if self.away:
            return web.Response(status=503)
        name = request.match_info["method"]
        if self.retry_after and name == "apps.connections.open":
            limited = {"ok": False, "error": "ratelimited"}
            return web.json_response(limited, status=429, headers={"Retry-After": str(self.retry_after)})
        try:
            return web.json_response({"ok": True, **self._method(request, name)(await self._given(request))})
        except SlackError as error:
            return web.json_response({"ok": False, "error": str(error)})

    async def _given(self, request: web.Request) -> Payload:
        if request.content_type == "application/json":
            found: Payload = await request.json()
            return found
        return dict(await request.post())

    def _method(self, request: web.Request, name: str) -> Callable[[Payload], Payload]:
        token = APP if name == "apps.connections.open" else BOT
        if request.headers.get("Authorization") != f"Bearer {token}":
            raise SlackError("invalid_auth")
        known: dict[str, Callable[[Payload], Payload]] = {
            "apps.connections.open": self._open,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.update": self._update,
            "views.open": self._view,
        }
        if name not in known:
            raise SlackError("unknown_method")
        return known[name]

    def _open(self, _: Payload) -> Payload:
        if self.link_disabled:
            raise SlackError("access_denied")  # Slack's pages name no word for it; this is one of those of the method
        ticket = f"{TICKET}-{next(self._numbers)}"
        self._tickets[ticket] = time.monotonic()
        return {"url": self.api.replace("http", "ws").replace("/api/", f"/link?ticket={ticket}&app_id=A0GENESYS")}

    def _post(self, given: Payload) -> Payload:
        message = Message(self._ts(), *self._content(given), thread=given.get("thread_ts"))
        if message.thread is not None:
            self._find(message.thread)
        self.messages.append(message)
        return {"ts": message.ts, "channel": CHANNEL}

    def _whisper(self, given: Payload) -> Payload:
        if given["user"] not in self.members:
            raise SlackError("user_not_in_channel")
        self.messages.append(Message(self._ts(), *self._content(given), only_for=given["user"]))
        return {"message_ts": self.messages[-1].ts}

    def _update(self, given: Payload) -> Payload:
        message = self._find(given["ts"])
        message.text, message.blocks = self._content(given)
        return {"ts": message.ts}

    def _view(self, given: Payload) -> Payload:
        issued = self._triggers.pop(given["trigger_id"], None)
        if issued is None:
            raise SlackError("invalid_trigger_id")
        if time.monotonic() - issued > self.trigger_s:
            raise SlackError("expired_trigger_id")
        view = json.loads(given["view"]) if isinstance(given["view"], str) else given["view"]
        require(view["type"] == "modal" and 0 < len(view["title"]["text"]) <= 24 and "submit" in view)
        require(len(view["private_metadata"]) <= 3000)
        _judge(view["blocks"], 100)
        self.views.append(view)
        return {"view": view}

    def _content(self, given: Payload) -> tuple[str, list[Payload]]:
        if given["channel"] != CHANNEL:
            raise SlackError("channel_not_found")
        blocks = given.get("blocks") or []
        blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
        if not given.get("text") and not blocks:
            raise SlackError("no_text")
        _judge(blocks, 50)
        return given.get("text", ""), blocks

    def _find(self, ts: str) -> Message:
        for message in self.messages:
            if message.ts == ts and message.only_for is None:
                return message
        raise SlackError("message_not_found")

    def _ts(self) -> str:
        return f"1700000000.{next(self._numbers):06d}"

    async def _hook(self, request: web.Request) -> web.Response:
        """Take a notice, as an incoming webhook does: JSON with a text, and nothing it does not know."""
        given = await request.json()
        if set(given) != {"text"} or not given["text"]:
            return web.Response(status=400, text="no_text" if not given.get("text") else "invalid_payload")
        self.notices.append(given["text"])
        return web.Response(text="ok")

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        issued = self._tickets.pop(request.query.get("ticket", ""), None)
        if self.away or self.shut:
            self.turned_away.append(503)
            raise web.HTTPServiceUnavailable
        if issued is None or time.monotonic() - issued > self.ticket_s:
            self.turned_away.append(408)
            raise web.HTTPRequestTimeout
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self.connections += 1
        await socket.send_str(json.dumps({"type": "hello", "num_connections": len(self._sockets)}))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.acked.append(json.loads(message.data)["envelope_id"])
        finally:
            self._sockets.remove(socket)
        return socket


def _filled(element: Payload, word: str) -> Payload:
    """Fill in an input within its limits, as Slack's own dialog has it done."""
    match element["type"]:
        case "number_input":
            require(int(element["min_value"]) <= int(word) <= int(element["max_value"]))
        case _:
            require(element["min_length"] <= len(word) <= element["max_length"])
    return {element["action_id"]: {"type": element["type"], "value": word}}


def require(condition: object) -> None:
    """Refuse as Slack refuses what breaks a limit."""
    if not condition:
        raise SlackError("invalid_blocks")


def _judge(blocks: list[Payload], most: int) -> None:
    require(len(blocks) <= most)
    for block in blocks:
        require(len(block.get("block_id", "")) <= 255)
        match block:
            case {"type": "section", "text": {"type": "mrkdwn", "text": text}}:
                require(0 < len(text) <= 3000)
            case {"type": "context", "elements": [*elements]}:
                require(0 < len(elements) <= 10 and all(len(each["text"]) <= 3000 for each in elements))
            case {"type": "actions", "elements": [*buttons]}:
                require(0 < len(buttons) <= 25 and len({each["action_id"] for each in buttons}) == len(buttons))
                require(all(len(each["text"]["text"]) <= 75 and len(each["value"]) <= 2000 for each in buttons))
                require(all(each.get("style", "danger") in ("primary", "danger") for each in buttons))
            case {"type": "input", "element": {"type": "plain_text_input"}, "label": {"text": label}}:
                require(0 < len(label) <= 2000)
            case {"type": "input", "element": {"type": "number_input", "is_decimal_allowed": bool()}, "label": _}:
                require(all(isinstance(block["element"][limit], str) for limit in ("min_value", "max_value")))
            case _:
                raise SlackError("invalid_blocks")


async def ticks() -> None:
    """Let the loop close what was closed: a transport is, a turn or two after its connection (aiohttp's own advice)."""
    for _ in range(10):
        await asyncio.sleep(0)


async def until(condition: Callable[[], object], within: float = 30) -> None:
    """Wait until something is so."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{condition}: not so within {within:g} s")
        await asyncio.sleep(0.02)
