"""Approvals: what a person saw and answered, and whether that still covers what is left to do.

An approval names case, stage, the steps and the bounds shown. It is bound neither to the epoch nor to the exact lag: a
resumed process has another epoch, a shorter plan and newer measurements, and must not ask again for that.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model.environment.environment import Environment
from model.moment import minute
from model.step import Mode

Decision = Literal["go", "decline"]
SHORTEST_REASON, LONGEST_WAIT = 3, 1440
DECLARED, CODE, SSH, SLACK = "self-declared name", "one-time code", "SSH signature", "Slack member"
BEFOREHAND = "given beforehand, laboratory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What may be lost or left unproven, as shown at the gate.

    Attributes:
        loss_changes: Configuration changes at risk at most; None is unknown, which is worse than any number.
        unreachable: Hosts that do not answer.
        waived: Writers of the source that nobody can prove fenced.
    """

    loss_changes: int | None
    unreachable: frozenset[str]
    waived: frozenset[str]

    def worse_than(self, shown: "Bounds") -> tuple[str, ...]:
        """Say in which respects this is worse than what was shown."""
        reasons = []
        if _worse(self.loss_changes, shown.loss_changes):
            reasons.append(f"changes at risk: {shown.loss_changes} shown, now {_number(self.loss_changes)}")
        reasons += [f"{host}: fence was not shown as waived" for host in sorted(self.waived - shown.waived)]
        reasons += [f"{host}: was not shown as unreachable" for host in sorted(self.unreachable - shown.unreachable)]
        return tuple(reasons)


def _worse(now: int | None, shown: int | None) -> bool:
    return shown is not None and (now is None or now > shown)


def _number(value: int | None) -> str:
    return "unknown" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One round of the gate, as it was shown: an answer approves this and nothing else.

    Attributes:
        key: Names the round, with its case: an answer names the question it was given to.
        steps: Ids of the steps that must be done.
        levels: Fence level promised for each writer.
        at: When it was asked, seconds of the epoch.
        flow_run: Which run has its form, and `api` where that run is known; empty where there is no form.
    """

    key: str
    mode: Mode
    steps: frozenset[str]
    bounds: Bounds
    levels: Mapping[str, int]
    text: str
    at: float = 0.0
    flow_run: str = ""
    api: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from a gate, before anyone judged it.

    Attributes:
        question: Key of the question it was given to.
        at: When it was given, seconds of the epoch.
        member: Who pressed the button, as Slack has them.
        fault: Why its channel does not vouch for it, or what could not be read in it; empty when nothing is wrong.
        code: One-time code, where the approver proves by one who he is.
        statement: What was signed, where it was; `signature` is OpenSSH's own.
        minutes: For how long to wait, where that is the decision.
    """

    question: str
    approver: str
    decision: str
    reason: str
    channel: str
    at: float
    beforehand: bool = False
    member: str = ""
    fault: str = ""
    code: str = field(default="", repr=False)
    statement: str = ""
    signature: str = ""
    minutes: int = 0


def until(at: float) -> str:
    """Say until when somebody would rather wait."""
    return f"wait until {minute(at)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Somebody's word that it is better to wait: calls go on, and what is lost may come back. It binds nobody."""

    approver: str
    reason: str
    until: float

    def words(self, now: float) -> str:
        """Say it to whom is asked next."""
        when = until(self.until)
        if now < self.until:
            return f"{self.approver} says {when}: {self.reason}. A go before that counts all the same."
        return f"{self.approver} said {when}: {self.reason}. That time is over."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How it is known who gave an answer.

    Attributes:
        word: As the report has it; empty where it is not known.
        step: Which one-time code was given, counted since 1970: it is good no more.
        reasons: Why it is not known.
    """

    word: str = ""
    step: int | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A judged answer together with what was shown."""

    stage: str
    mode: Mode
    approver: str
    decision: Decision
    reason: str
    channel: str
    at: float
    beforehand: bool
    steps: frozenset[str]
    bounds: Bounds
    identity: str = DECLARED


def judge(
    answer: Answer, asked: Question | None, environment: Environment, standing: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Judge an answer by policy: the newest question, approver on the list, known decision, a reason.

    Args:
        asked: The newest question of the case.
        standing: Who has said go already, to what still holds.

    Returns:
        Why it is refused; empty when it counts.
    """
    found = []
    if asked is None or answer.question != asked.key:
        found.append(
            f"question {answer.question}: is not the one that is open now: read what is shown, and answer that"
        )
    if answer.decision == "go" and answer.approver in standing:
        found.append(f"approver {answer.approver!r}: has said go already: another person must")
    if answer.approver not in environment.approval.names:
        known = ", ".join(environment.approval.names)
        found.append(f"approver {answer.approver!r}: not on the list of {environment.name}: {known}")
    if answer.decision not in ("go", "wait", "decline"):
        found.append(f"decision {answer.decision!r}: must be go, wait or decline")
    if answer.decision == "wait" and not 1 <= answer.minutes <= LONGEST_WAIT:
        found.append(f"wait {answer.minutes} minutes: must be 1 to {LONGEST_WAIT}")
    if len(answer.reason.strip()) < SHORTEST_REASON:
        found.append("reason: say in a few words why")
    if answer.beforehand and not environment.is_laboratory:
        found.append("an answer given beforehand counts only where every address lies in 198.18.0.0/15")
    return tuple(found)


def late(answer: Answer, asked: Question | None, environment: Environment) -> tuple[str, ...]:
    """Say that a question has expired. Only the flow judges that, for it asks again; a channel could only repeat it."""
    if asked is None or answer.at - asked.at <= environment.approval.expires_s:
        return ()
    return (f"question {answer.question}: has expired: read what is shown now, and answer that",)


def stated(answer: Answer, text: str) -> str:
    """Write what an approver signs: which question, what it showed, and what he says to it."""
    shown = hashlib.sha256(text.encode()).hexdigest()
    lines = {"question": answer.question, "shown-sha256": shown, "approver": answer.approver}
    decision = f"wait {answer.minutes} minutes" if answer.decision == "wait" else answer.decision
    said = lines | {"decision": decision, "reason": answer.reason}
    return "genesys-dr approval\n" + "".join(f"{key}: {value}\n" for key, value in said.items())


def identify(
    answer: Answer, environment: Environment, step: int | None, used: frozenset[int], *, signed: bool | None = None
) -> Identity:
    """Judge who gave an answer.

    Args:
        step: Which of the approver's codes was given; None where it is none that was valid at that moment.
        used: Those he gave before.
        signed: Whether it is signed with his key; None where it is not signed at all.
    """
    if answer.fault:
        return Identity(reasons=(answer.fault,))
    if answer.beforehand:
        return Identity(word=BEFOREHAND)
    if answer.channel == "slack":
        return _in_slack(answer, environment)
    if signed is not None:
        wrong = f"signature: is not that of the key which {environment.name}.yaml names for {answer.approver}"
        return Identity(word=SSH) if signed else Identity(reasons=(wrong,))
    if not environment.approval.asks_code(answer.approver):
        return Identity(word=DECLARED)
    if step is None:
        wrong = "is not the one that your device showed when you answered" if answer.code else "give the six digits"
        return Identity(reasons=(f"code: {wrong}: each is good for half a minute",))
    if any(step <= old for old in used):
        return Identity(step=step, reasons=("code: it, or a later one, was given before: wait for the next",))
    return Identity(word=CODE, step=step)


def _in_slack(answer: Answer, environment: Environment) -> Identity:
    slack = environment.approval.slack
    if slack is None or slack.approver(answer.member) != answer.approver:
        return Identity(reasons=(f"Slack member {answer.member}: is not {answer.approver} in {environment.name}",))
    return Identity(word=SLACK)


def approve(question: Question, answer: Answer, identity: str) -> Approval:
    """Bind an answer that counts to what its question showed, whatever has become of the world since."""
    return Approval(
        stage="declare",
        mode=question.mode,
        approver=answer.approver,
        decision="go" if answer.decision == "go" else "decline",
        reason=answer.reason,
        channel=answer.channel,
        at=answer.at,
        beforehand=answer.beforehand,
        identity=identity,
        steps=question.steps,
        bounds=question.bounds,
    )


def uncovered(approval: Approval, steps: Mapping[str, str], bounds: Bounds, mode: Mode) -> tuple[str, ...]:
    """Say why an approval does not cover what is left: a step it did not show, a bound that is worse, another mode.

    Args:
        steps: Remaining steps, id to label.
        bounds: As they are now.

    Returns:
        Reasons to ask again; empty when covered.
    """
    if approval.mode != mode:
        return (f"approved as {approval.mode}, now {mode}",)
    new = [f"step not shown: {label}" for step, label in steps.items() if step not in approval.steps]
    return (*new, *bounds.worse_than(approval.bounds))
