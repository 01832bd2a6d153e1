"""What is kept of presses that count for nothing: enough for an auditor, and never so much that it fills a journal."""

import time

from gdr.slack.messages import Aim
from gdr.slack.posted import Posts
from tasks import evidence
from tasks.approvals.slack import CHANNEL

FOREIGN = "pressed a button that is none of this environment"


def aimed_at(aim: Aim, posts: Posts) -> str:
    """Say what a button was of that answers nothing now. Nothing is repeated of a forged one: it may hold anything."""
    post = posts.get(aim.question)
    if post is None:
        return "pressed a button of no question that was posted here"
    if post.run != aim.run:
        return f"pressed a button of question {aim.question} for another run than the one that asks it"
    return f"pressed a button of question {aim.question}, which is not open any more"


def keep(environment: str, member: str, approver: str, why: str) -> None:
    """Keep that somebody was turned away in the open case's journal, if its gate has asked.

    One record for each member and reason in a round: who presses a thousand times, or forges a thousand buttons, adds
    no second one.
    """
    case = evidence.open_case(environment)
    if case is None or not case.rounds or _is_kept(case.name, member, why):
        return
    said = {"approver": approver, "member": member, "reasons": [why]}
    evidence.append(
        environment, case.name, CHANNEL, "gate.refused", {"key": f"slack/{member}/{time.time():.3f}", **said}
    )


def _is_kept(case: str, member: str, why: str) -> bool:
    for entry in reversed(evidence.entries(case)):
        if entry.kind == "gate.asked":
            return False
        if entry.kind == "gate.refused" and (entry.data.get("member"), entry.data["reasons"]) == (member, [why]):
            return True
    return False
