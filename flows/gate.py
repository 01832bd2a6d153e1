"""The one approval function. It belongs at flow level: a run can suspend neither in a task nor in a subflow."""

from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from model.answered import approval_data, identity_data, question_data
from model.answering import answering
from model.approval import Answer, Identity, Question, approve, judge, late, uncovered
from model.case import Case, turned
from model.declaration import bounds_of, declare
from model.errors import Overtaken, RecoveryError, Refused, Transient
from model.markdown import plain
from model.observation import Observation
from model.observation_page import observation_page
from model.plan_page import plan_page
from model.report.clocks import stopped_at
from model.runbooks.runbook import Plan, Runbook
from model.standing import Standing, standing
from tasks import cases, evidence, show
from tasks.approvals import prefect_ui, slack, terminal, who
from tasks.run import Run, environment

P = TypeVar("P", bound=Plan)


class Beforehand(BaseModel):
    """An answer given before the question: for laboratories only, and the report says so."""

    model_config = ConfigDict(extra="forbid")

    approver: str
    reason: str


class Declined(RecoveryError):
    """A named person said no. This process does nothing more."""


async def gate(runbook: Runbook[P], run: Run, seen: Observation, beforehand: Beforehand | None) -> tuple[Run, P]:
    """Ask for approval until an answer counts and covers what is left; return the plan it covers.

    An approval of an earlier process of this case counts while the remaining steps are among those it showed and
    no bound is worse. Where nothing is left nobody is asked.

    Raises:
        Declined: A named person said no.
        Refused: Nobody can be asked here, an answer given beforehand does not count, or the case is closed.
        Overtaken: Another process has made another case of it meanwhile: it goes back, or is unplanned by now.
    """
    while True:
        case = evidence.case_of(run.case)
        if case.outcome is not None:
            raise Refused(f"case {case.name}: was closed meanwhile: {case.outcome}")
        if why := turned(case, run.intent):
            raise Overtaken(f"case {case.name}: {why}")
        run = cases.approved(run, case)
        plan = runbook.left(run.view(seen))
        said = _standing(run, seen, plan, case)
        if not any(plan.steps()) or said.enough:
            cases.escalate(run, case)
            return run, plan
        for key, answer in (await _answers(run, seen, plan, said, beforehand)).items():
            _judge(run, key, answer, said.people)
        seen = await cases.observed(run)


def _standing(run: Run, seen: Observation, plan: Plan, case: Case) -> Standing:
    left = {step.id: step.label for step in plan.steps() if step.must}
    bounds, policy = bounds_of(run.view(seen), case)[0], environment(run.environment).approval
    return standing(case.goes, policy, lambda said: uncovered(said, left, bounds, run.intent.mode), seen.at, case.acted)


async def _answers(
    run: Run, seen: Observation, plan: Plan, said: Standing, beforehand: Beforehand | None
) -> dict[str, Answer]:
    """Return the answers nobody has judged yet; ask where there are none."""
    if beforehand is not None:
        question, at = _asked(run, seen, plan, said, "beforehand")
        given = Answer(
            question=question.key,
            approver=beforehand.approver,
            decision="go",
            reason=beforehand.reason,
            channel="beforehand",
            at=at,
            beforehand=True,
        )
        return {f"{question.key}/beforehand": given}
    try:
        if pending := await _given(run):
            return pending
    except Transient as unread:
        said = replace(said, against=(*said.against, str(unread)))
    policy = environment(run.environment).approval
    if not prefect_ui.is_deployed():
        question, _ = _asked(run, seen, plan, said, "terminal")
        return {f"{question.key}/terminal": await terminal.ask(question.key, question.text, policy)}
    question, _ = _asked(run, seen, plan, said, "prefect-ui")
    await show.page(run, "observation", observation_page(run.view(seen), question.key))
    await show.page(run, "plan", plan_page(run.environment, run.case, run.intent, question.key, plan.steps()))
    await prefect_ui.ask(question.key, question.text, policy.codes, in_slack=policy.slack is not None)
    raise AssertionError("a suspended run does not go on")


async def _given(run: Run) -> dict[str, Answer]:
    """Return the answers nobody has judged yet: of this run, and of the one that asked last, which may be no more."""
    case = evidence.case_of(run.case)
    own = await prefect_ui.answers(f"declare-{run.case}".lower(), case.judged) if prefect_ui.is_deployed() else {}
    return own or await prefect_ui.left(case.question, case.judged)


def _asked(run: Run, seen: Observation, plan: Plan, said: Standing, channel: str) -> tuple[Question, float]:
    """Keep what is shown in this round: an answer will approve exactly that."""
    case = evidence.case_of(run.case)
    shown = declare(run.view(seen), case, plan.steps(), said.reasons, stopped_at(evidence.entries(run.case)))
    key = f"declare-{case.name}-{case.rounds + 1}".lower()  # Prefect saves a form under small letters only
    text = f"{shown.text}\n{answering(key, seen.at + environment(run.environment).approval.expires_s)}"
    beside = f"\n{_beside(run.environment)}" if channel == "prefect-ui" else ""
    place = prefect_ui.here() if channel == "prefect-ui" else prefect_ui.Place()
    question = Question(
        key=key,
        mode=run.intent.mode,
        steps=frozenset(shown.steps),
        bounds=shown.bounds,
        levels=shown.levels,
        text=_with_refusals(run, said.page(_with_patience(case, seen.at, text + beside))),
        flow_run=place.flow_run,
        api=place.api,
    )
    entry = evidence.record(run, "gate.asked", stage="declare", channel=channel, **question_data(question))
    return question, entry.at


def _beside(name: str) -> str:
    return (
        "- In the Prefect UI the button Resume sends your answer, whichever it is; to close the form sends nothing\n"
        f"- Tab Artifacts of this run: plan-{name}, each step; observation-{name}, what was seen"
    )


def _with_patience(case: Case, now: float, text: str) -> str:
    return text if case.patience is None else f"**{case.patience.words(now)}**\n\n{text}"


def _with_refusals(run: Run, text: str) -> str:
    """Say first why the last answer did not count; whom Slack's service turned away has answered nothing."""
    gate = [entry for entry in evidence.entries(run.case) if entry.kind.startswith("gate.")]
    last = next((entry for entry in reversed(gate) if entry.attempt != slack.CHANNEL), None)
    if last is None or last.kind != "gate.refused":
        return text
    return f"**The last answer did not count:** {plain('; '.join(last.data['reasons']))}\n\n{text}"


def _judge(run: Run, key: str, answer: Answer, people: frozenset[str]) -> None:
    with who.settled(answer, environment(run.environment)) as identity:
        _record(run, key, answer, people, identity)


def _record(run: Run, key: str, answer: Answer, people: frozenset[str], identity: Identity) -> None:
    asked, known = evidence.case_of(run.case).question, environment(run.environment)
    reasons = (*judge(answer, asked, known, people), *late(answer, asked, known), *identity.reasons)
    noted = identity_data(identity, answer)
    if asked is None or reasons:
        evidence.record(run, "gate.refused", key=key, approver=answer.approver, reasons=list(reasons), **noted)
        if answer.beforehand:
            raise Refused(f"answer given beforehand: {'; '.join(reasons)}")
        return
    if answer.decision == "wait":
        until = answer.at + answer.minutes * 60
        said = {"approver": answer.approver, "reason": answer.reason, "channel": answer.channel, "until": until}
        evidence.record(run, "gate.waiting", key=key, identity=identity.word, **said, **noted)
        return
    approval = approve(asked, answer, identity.word)
    shown = {"levels": asked.levels, "text": asked.text}
    evidence.record(run, "gate.answered", **approval_data(approval), key=key, **shown, **noted)
    if approval.decision == "decline":
        raise Declined(f"{answer.approver} declined: {answer.reason}")
