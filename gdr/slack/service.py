"""The Slack service: asks what a gate asks, hears who presses a button, and gives the signed answer to the waiting run.

One per environment, on the control host, by Socket Mode: no port is opened for it. Whatever becomes of it, the Prefect
UI and the terminal remain. It decides nothing: the flow judges every answer again.
"""

import asyncio
import logging
import time
from dataclasses import replace
from typing import Any

import httpx
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from blocks import reach
from blocks.slack import AWAY as SLACK_AWAY
from gdr import resident
from gdr.progress import lines
from gdr.slack import connection, messages, posted, questions, refused
from gdr.slack.messages import Aim
from gdr.slack.posted import Post
from gdr.slack.questions import Open
from model.approval import Answer, judge
from model.environment.approvers import SlackChannel
from model.environment.environment import Environment
from model.errors import RecoveryError, Refused
from tasks import evidence
from tasks.approvals import slack

LOOK_S = 1.0
LOG = logging.getLogger("gdr.slack")
AWAY = (*SLACK_AWAY, httpx.HTTPError)
GONE = ("message_not_found", "thread_not_found")
OLD = "This question is not open any more: nothing was done. Answer the newest one."


class Service:
    """One environment's channel.

    Args:
        known: Its environment.
        channel: Where it is asked, and who is who.
        web: Speaks to Slack.
    """

    def __init__(self, known: Environment, channel: SlackChannel, web: AsyncWebClient) -> None:
        """Take up what an earlier process has posted."""
        self._known, self._channel, self._web = known, channel, web
        self._posts = posted.load(known.name)

    # --- what is said ---

    async def look(self) -> None:
        """Post the open question, follow its case in the thread, and take the buttons from what is answered."""
        now = await questions.open_question(self._known.name)
        if now and now.question.key not in self._posts:
            await self._post(now)
        for key, post in list(self._posts.items()):
            if not post.is_done:
                await self._tend(key, post, is_asked=now is not None and key == now.question.key)

    async def _tend(self, key: str, post: Post, *, is_asked: bool) -> None:
        """Do what is left to do for one message; somebody may have deleted it, which is no matter of the others."""
        try:
            await self._follow(key, post)
            await (self._remind(key) if is_asked else self._end(key))
        except RecoveryError as error:
            LOG.warning("%s: %s: is followed no more: %s", self._known.name, key, error)
            self._keep(key, replace(self._posts[key], is_open=False, is_done=True))
        except SlackApiError as error:
            if error.response["error"] not in GONE:
                raise
            LOG.warning("%s: %s: its message was deleted: answer in the Prefect UI", self._known.name, key)
            self._keep(key, replace(self._posts[key], is_open=False, is_done=True))

    async def _post(self, now: Open) -> None:
        key, text = now.question.key, now.question.text
        told = len(evidence.entries(now.case))  # what is recorded while the message is on its way belongs in its thread
        said = await self._web.chat_postMessage(
            channel=self._channel.channel,
            text=f"{self._known.name}: an approval is asked for",
            blocks=messages.asked(text, self._known.name, now.run, key),
        )
        self._keep(key, Post(case=now.case, run=now.run, text=text, ts=str(said["ts"]), told=told))

    async def _follow(self, key: str, post: Post) -> None:
        """Tell the newest message's thread what was recorded since."""
        if key != self._newest(post.case):
            return
        entries = evidence.entries(post.case)
        news = [line for entry in entries[post.told :] for line in lines(entry, str)]
        if news:
            await self._web.chat_postMessage(
                channel=self._channel.channel, thread_ts=post.ts, text=messages.plain(news)
            )
        if len(entries) > post.told:
            self._keep(key, replace(post, told=len(entries)))
        elif not post.is_open and any(entry.kind == "case.closed" for entry in entries):
            self._keep(key, replace(post, is_done=True))

    def _newest(self, case: str) -> str:
        return [key for key, post in self._posts.items() if post.case == case][-1]

    async def _end(self, key: str) -> None:
        """Take the buttons away and say what became of the question: that is recorded a moment after it is answered."""
        post = self._posts[key]
        outcome, is_done = questions.outcome(post.case, key), post.is_done or key != self._newest(post.case)
        if outcome != post.outcome:
            blocks = messages.ended(post.text, post.run, outcome)
            await self._web.chat_update(channel=self._channel.channel, ts=post.ts, text=outcome, blocks=blocks)
        if (outcome, is_done) != (post.outcome, post.is_done):
            self._keep(key, replace(post, is_open=False, outcome=outcome, is_done=is_done))

    async def _remind(self, key: str) -> None:
        """Tell those a question waits for, in the channel, how long it has; not while somebody's patience lasts."""
        post, case, now = self._posts[key], evidence.case_of(self._posts[key].case), time.time()
        waited = now - case.question.at if case.question else 0.0
        times = int(waited // self._known.approval.remind_s)
        patient = case.patience is not None and now < case.patience.until
        if times <= post.reminded or patient or waited > self._known.approval.expires_s:
            return
        gone, people = {go.approver for go in case.goes}, self._channel.people
        members = [member for name, member in people.items() if name not in gone] or [*people.values()]
        text = messages.reminder(self._known.name, int(waited // 60), members)
        await self._web.chat_postMessage(
            channel=self._channel.channel, thread_ts=post.ts, text=text, reply_broadcast=True
        )
        self._keep(key, replace(self._posts[key], reminded=times))

    def _keep(self, key: str, post: Post) -> None:
        self._posts[key] = post
        posted.save(self._known.name, self._posts)

    # --- what is heard ---

    async def hear(self, client: AsyncBaseSocketModeClient, message: dict[str, Any], _: str | None = None) -> None:
        """Acknowledge at once, as Slack wants it within three seconds; then work."""
        came = await connection.interaction(client, message, self._known.name)
        if came is None:
            return
        member, payload = came
        try:
            await self._interact(payload, member)
        except AWAY as error:
            LOG.warning("%s: %s: nobody knows whether it arrived: %s", self._known.name, member, type(error).__name__)
            unknown = f"Nobody knows whether it arrived ({type(error).__name__})"
            await self._tell(
                member, f"{unknown}: look at the thread, or at the run in the Prefect UI, before you answer again."
            )
        except RecoveryError as error:
            LOG.warning("%s: %s: not answered: %s", self._known.name, member, error)
            await self._tell(
                member, f"Nothing was done ({type(error).__name__}): answer in the Prefect UI, or try again."
            )

    async def _interact(self, payload: object, member: str) -> None:
        match payload:
            case {
                "type": "block_actions",
                "trigger_id": str(trigger),
                "actions": [{"action_id": str(action), "value": str(value)}, *_],
            } if action.startswith(messages.ANSWER):
                await self._pressed(value, member, trigger)
            case {
                "type": "view_submission",
                "view": {"callback_id": messages.ANSWER, "private_metadata": str(metadata), "state": {**state}},
            }:
                await self._answered(metadata, member, *messages.given(state))
            case _:
                raise Refused("what came is no press and no dialog of this service")

    async def _pressed(self, value: str, member: str, trigger: str) -> None:
        """Open the dialog for somebody who may answer what is open."""
        if found := await self._aimed(value, member):
            aim, waiting = found
            await self._web.views_open(trigger_id=trigger, view=messages.dialog(aim, waiting.question.text))

    async def _answered(self, metadata: str, member: str, reason: str, minutes: int) -> None:
        found = await self._aimed(metadata, member)
        if found is None:
            return
        aim, waiting = found
        answer = self._answer(aim, member, reason, minutes)
        if why := "; ".join(judge(answer, waiting.question, self._known)):
            await self._refuse(member, why)
        elif why := await questions.resume(waiting, answer):
            await self._refuse(member, why, f"Nothing was done: {why} Look at the newest message.")
        else:
            LOG.info("%s: %s by %s: given to run %s", self._known.name, aim.decision, answer.approver, waiting.run)

    async def _aimed(self, value: str, member: str) -> tuple[Aim, Open] | None:
        """Return what a button or a dialog answers, if that is open and this person may; tell the person otherwise."""
        now, aim = await questions.open_question(self._known.name), _read(value)
        if aim is None or aim.environment != self._known.name:
            await self._refuse(member, refused.FOREIGN)
        elif now is None or (aim.run, aim.question) != (now.run, now.question.key):
            await self._refuse(member, refused.aimed_at(aim, self._posts), OLD)
        elif self._channel.approver(member) is None:
            await self._refuse(member, f"is no approver of {self._known.name}")
        else:
            return aim, now
        return None

    def _answer(self, aim: Aim, member: str, reason: str, minutes: int = 0) -> Answer:
        return Answer(
            question=aim.question,
            approver=self._channel.approver(member) or "nobody",
            decision=aim.decision,
            reason=reason,
            channel="slack",
            at=time.time(),
            member=member,
            minutes=minutes,
        )

    async def _refuse(self, member: str, why: str, told: str = "") -> None:
        """Record who was turned away, and tell them; the run stays suspended."""
        why = f"Slack member {member}: {why}"
        LOG.info("%s: refused: %s", self._known.name, why)
        refused.keep(self._known.name, member, self._channel.approver(member) or "nobody", why)
        await self._tell(member, told or f"Nothing was done: {why}")

    async def _tell(self, member: str, text: str) -> None:
        """Tell one person, in the channel; a message that nobody gets is logged, and changes nothing else."""
        try:
            await self._web.chat_postEphemeral(channel=self._channel.channel, user=member, text=messages.plain([text]))
        except AWAY as error:
            LOG.warning("%s: %s was not told: %s", self._known.name, member, type(error).__name__)


def _read(value: str) -> Aim | None:
    try:
        return Aim.read(value)
    except (ValueError, RecursionError):
        return None


async def serve(known: Environment) -> None:
    """Serve for ever. Slack or the Prefect server may be away for any time: what is missed is made up for.

    Raises:
        Refused: The environment has no Slack channel, or a file of the service is damaged.
    """
    channel = known.approval.slack
    if channel is None:
        raise Refused(f"{known.name}.yaml: approval.slack: is missing: name the block, the channel and the people")
    slack.make_key()
    access = await reach.slack(channel.access)
    socket = access.socket()
    service = Service(known, channel, access.web())
    socket.message_listeners.append(service.hear)
    try:
        await asyncio.gather(connection.keep(socket, known.name), _keep_looking(service, known.name))
    finally:
        await socket.close()  # type: ignore[no-untyped-call]


async def _keep_looking(service: Service, name: str) -> None:
    """Look for ever; a look that was begun is ended, so that what was posted is also noted as posted."""
    while True:
        looking = asyncio.ensure_future(_look(service, name))
        try:
            await asyncio.shield(looking)
        except asyncio.CancelledError:
            await looking
            raise
        await asyncio.sleep(LOOK_S)


async def _look(service: Service, name: str) -> None:
    try:
        await service.look()
    except (RecoveryError, *AWAY) as error:
        LOG.warning("%s: %s: looked in vain", name, type(error).__name__)


if __name__ == "__main__":
    resident.main(serve, "gdr.slack.service")
