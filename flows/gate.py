"""The one approval function. It belongs at flow level: a run can suspend neither in a task nor in a subflow."""

from pydantic import BaseModel, ConfigDict

from model.approval import Answer, Approval, Decision, judge, uncovered
from model.case import approval_data
from model.declaration import Declaration, declare
from model.errors import RecoveryError, Refused
from model.observation import Observation
from model.runbooks.full_failover import FullFailoverPlan, plan_full_failover
from model.view import View
from tasks import cases, evidence
from tasks.approvals import prefect_ui, terminal
from tasks.run import Run, environment


class Beforehand(BaseModel):
    """An answer given before the question: for laboratories only, and the report says so."""

    model_config = ConfigDict(extra="forbid")

    approver: str
    reason: str


class Declined(RecoveryError):
    """A named person said no. The case is closed, nothing was changed."""


async def gate(run: Run, seen: Observation, beforehand: Beforehand | None) -> tuple[Run, FullFailoverPlan]:
    """Ask for approval until an answer counts and covers what is left; return the plan it covers.

    An approval of an earlier process of this case counts while the remaining steps are among those it showed and
    no bound is worse.

    Raises:
        Declined: A named person said no.
        Refused: Nobody can be asked here, or an answer given beforehand does not count.
    """
    while True:
        run = cases.approved(run, evidence.case_of(run.case))
        plan = plan_full_failover(run.view(seen))
        shown, reasons = _shown(run, run.view(seen), plan)
        if evidence.case_of(run.case).approval is not None and not reasons:
            return run, plan
        await _judge(run, shown, await _answers(run, shown, beforehand))
        seen = await cases.observed(run)


def _shown(run: Run, view: View, plan: FullFailoverPlan) -> tuple[Declaration, tuple[str, ...]]:
    case = evidence.case_of(run.case)
    first = declare(view, case, plan.steps())
    approval = case.approval
    reasons = uncovered(approval, first.steps, first.bounds, run.intent.mode) if approval else ()
    return (declare(view, case, plan.steps(), reasons) if reasons else first), reasons


async def _answers(run: Run, shown: Declaration, beforehand: Beforehand | None) -> dict[str, Answer]:
    if beforehand is not None:
        at = evidence.record(run, "gate.asked", stage="declare", text=shown.text, channel="beforehand").at
        reason, approver = beforehand.reason, beforehand.approver
        return {
            "beforehand": Answer(
                approver=approver, decision="go", reason=reason, channel="beforehand", at=at, beforehand=True
            )
        }
    if not prefect_ui.is_deployed():
        evidence.record(run, "gate.asked", stage="declare", text=shown.text, channel="terminal")
        return {f"{run.attempt}/terminal": await terminal.ask(shown.text)}
    return await _from_ui(run, shown)


async def _from_ui(run: Run, shown: Declaration) -> dict[str, Answer]:
    judged = [
        entry.data["key"] for entry in evidence.entries(run.case) if entry.kind in ("gate.answered", "gate.refused")
    ]
    given = await prefect_ui.answers("declare", judged)
    if given:
        return given
    text = _with_refusals(run, shown.text)
    evidence.record(run, "gate.asked", stage="declare", text=text, channel="prefect-ui")
    await prefect_ui.ask("declare", evidence.case_of(run.case).rounds, text)
    raise AssertionError("a suspended run does not go on")


def _with_refusals(run: Run, text: str) -> str:
    """Say first why the last answer did not count."""
    last = next((entry for entry in reversed(evidence.entries(run.case)) if entry.kind.startswith("gate.")), None)
    if last is None or last.kind != "gate.refused":
        return text
    return f"**The last answer did not count:** {'; '.join(last.data['reasons'])}\n\n{text}"


async def _judge(run: Run, shown: Declaration, given: dict[str, Answer]) -> None:
    for key, answer in given.items():
        reasons = judge(answer, environment(run.environment))
        if reasons:
            evidence.record(run, "gate.refused", key=key, approver=answer.approver, reasons=list(reasons))
            _stop_if_beforehand(answer, reasons)
            continue
        decision: Decision = "go" if answer.decision == "go" else "decline"
        approval = _approval(run, shown, answer, decision)
        evidence.record(run, "gate.answered", **approval_data(approval), key=key, levels=shown.levels, text=shown.text)
        if decision == "decline":
            raise Declined(f"{answer.approver} declined: {answer.reason}")


def _stop_if_beforehand(answer: Answer, reasons: tuple[str, ...]) -> None:
    if answer.beforehand:
        raise Refused(f"answer given beforehand: {'; '.join(reasons)}")


def _approval(run: Run, shown: Declaration, answer: Answer, decision: Decision) -> Approval:
    return Approval(
        stage="declare",
        mode=run.intent.mode,
        approver=answer.approver,
        decision=decision,
        reason=answer.reason,
        channel=answer.channel,
        at=answer.at,
        beforehand=answer.beforehand,
        steps=frozenset(shown.steps),
        bounds=shown.bounds,
    )
