"""Slack on the control host's own loopback: the stand-in as a process there, and its members, who answer as told."""

import asyncio
import json
import subprocess
import sys
from typing import Any

from lab.api import Lab
from tests.fakes.slack import APP, BOT, CHANNEL, HOOK, Message, Slack, until

MEMBERS = {"bob": "U0BOB"}
_PATIENCE_S = 60


class Chat:
    """The process, as a test holds it."""

    def __init__(self, lab: Lab) -> None:
        argv = lab.control_argv(["python", "-m", "tests.lab.server.chat"])
        self._process = lab.popen("ctl", argv, "dr", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        api = self._line()
        hook = {"name": "chat", "url": "{{hook}}", "secrets": {"hook": api.replace("/api/", HOOK)}}
        self.blocks = {
            "lab-slack": {"type": "slack-access", "bot_token": BOT, "app_token": APP, "api": api},
            "notify": {"type": "custom-webhook", "json_data": {"text": "{{body}}"}, **hook},
        }
        self.policy = f"{{access: lab-slack, channel: {CHANNEL}, people: {json.dumps(MEMBERS)}}}"

    def answer(self, name: str, question: str, decision: str, reason: str) -> str:
        """Let a member answer a question by its button and dialog, and wait until it is closed; return what it said."""
        return str(self._ask({"member": MEMBERS[name], "question": question, "decision": decision, "reason": reason}))

    def notices(self) -> list[str]:
        """Return what the channel's incoming webhook was told."""
        found: list[str] = self._ask({"asks": "notices"})
        return found

    def told(self) -> list[str]:
        """Return the lines below the questions' messages."""
        found: list[str] = self._ask({"asks": "threads"})
        return found

    def _ask(self, said: dict[str, str]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(said)}\n")
        self._process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = str(self._process.stdout.readline())
        assert line, f"the stand-in of Slack ended: exit {self._process.wait()}"
        return line.strip()

    def close(self) -> None:
        """Hang up."""
        self._process.communicate(timeout=_PATIENCE_S)


async def serve() -> None:
    """Say where the API is; then each line of input is an answer or a question, and each of output what came of it."""
    async with Slack(members=tuple(MEMBERS.values()), trigger_s=_PATIENCE_S) as slack:
        say(slack.api)
        while line := await asyncio.to_thread(sys.stdin.readline):
            say(json.dumps(await heard(slack, json.loads(line))))


async def heard(slack: Slack, given: dict[str, str]) -> Any:
    """Give an answer; or tell what stands below the questions, or what the webhook was told."""
    match given:
        case {"asks": "threads"}:
            return [line for one in slack.messages if one.thread for line in one.text.splitlines()]
        case {"asks": "notices"}:
            return slack.notices
    return await answered(slack, **given)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def answered(slack: Slack, member: str, question: str, decision: str, reason: str) -> str:
    await until(lambda: asked(slack, question), _PATIENCE_S)
    await until(slack.is_connected, _PATIENCE_S)
    (message,) = asked(slack, question)
    shown, views = text_of(message), len(slack.views)
    await slack.press(member, message, decision)
    await until(lambda: len(slack.views) > views, _PATIENCE_S)
    await slack.submit(member, slack.views[-1], reason)
    await until(lambda: not message.buttons(), _PATIENCE_S)
    return shown


def asked(slack: Slack, question: str) -> list[Message]:
    blocks = {"type": "actions", "block_id": question}
    return [one for one in slack.shown() if any(blocks.items() <= block.items() for block in one.blocks)]


def text_of(message: Message) -> str:
    return "".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")


if __name__ == "__main__":
    asyncio.run(serve())
