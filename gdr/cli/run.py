"""`gdr run`: a runbook from a shell, on a private Prefect API, for the day the server is gone."""

from typing import Annotated, Literal

from cyclopts import Parameter

from gdr.account import require_account
from gdr.answer import Answer, BadInput
from gdr.asked import MODES, Database, Lost, Runbook, require_abort, require_words
from model.drill import Kind
from model.environment.document import RegionKey
from model.step import Mode
from tasks.run import environment

REASON_LENGTH = (3, 500)


def run(  # noqa: PLR0913  (the operator's words)
    runbook: Runbook,
    name: str,
    /,
    *,
    reason: str,
    target: RegionKey | None = None,
    mode: Mode | None = None,
    kind: Kind | None = None,
    lost: Lost | None = None,
    database: Database | None = None,
    abort: bool = False,
    approver: str | None = None,
    answer: Annotated[Literal["go"] | None, Parameter(name="--answer")] = None,
    answer_reason: str | None = None,
) -> Answer:
    """Run a runbook here. After any failure run it again: it observes first, then does only what is left.

    It asks for the approval at this terminal. Ctrl-C says where it stands and how to go on.

    Args:
        runbook: Name of the runbook.
        name: Name of the environment file that lies beside the code.
        reason: Why, in your own words, for the auditor.
        target: full-failover, partial-failover, failback: the region that takes over.
        mode: full-failover, partial-failover of one half alone: unplanned: what is given up is lost. planned: it
            works, and nothing is lost.
        kind: drill: live: people answer. rehearsal: the same in a laboratory, also unattended. bubble: the dormant
            framework works on a copy of the database, within walls; production is not touched.
        lost: partial-failover: framework, or dbms, which moves alone.
        database: partial-failover of a framework: move: its working database goes along. stay: it is used across
            regions.
        abort: full-failover, partial-failover: go back from the open planned switch, while nothing is promoted, or, of
            a framework that moves alone, no name has moved. It takes the open case: nothing else of it need be told.
        approver: Laboratories only, with --answer and --answer-reason: the approval, given beforehand.
        answer: Laboratories only: go.
        answer_reason: Laboratories only: why, for the auditor.
    """
    environment(name)
    if abort:
        require_abort(name, runbook, target, mode, kind, lost, database)
    else:
        require_words(runbook, target, mode, kind, lost, database)
    require_account()
    least, most = REASON_LENGTH
    if not least <= len(reason.strip()) <= most:
        raise BadInput(f"--reason: {len(reason.strip())} characters: say why in {least} to {most}")
    beforehand = _beforehand(approver, answer, answer_reason)
    if beforehand and runbook == "return-guard":
        raise BadInput("--answer: return-guard asks nobody")
    from gdr.break_glass import Request, perform  # noqa: PLC0415  (it rearranges what Prefect is told at its import)

    return perform(
        Request(
            environment=name,
            runbook=runbook,
            target=target,
            mode=mode or MODES[runbook],
            kind=kind,
            lost=lost or "framework",
            database=database or "move",
            abort=abort,
            reason=reason,
            beforehand=beforehand,
        )
    )


def _beforehand(approver: str | None, answer: str | None, reason: str | None) -> dict[str, str] | None:
    if approver is None and answer is None and reason is None:
        return None
    if approver is None or answer is None or reason is None:
        raise BadInput("--approver, --answer, --answer-reason: an answer given beforehand needs all three")
    return {"approver": approver, "reason": reason}
