"""What a case did not prove: said in every report, for nobody should believe it was."""

from collections.abc import Iterator

from model.approval import CODE, SLACK, SSH
from model.case import Case

CANARY = "Canary level 1 only: a commit in our own table as the Configuration Server account."
NAMES = (
    "Who answered the gate: {} by self-declared name; `identity: code` in approval.approvers asks for a one-time code."
)
UNSIGNED = (
    "Who wrote the evidence: it was not signed when this was written. `gdr evidence key` makes a key,"
    " `gdr evidence bundle` signs."
)
LOST = "What was lost: only the returning region can tell; `gdr run reprotect` exports it."


def lines(case: Case) -> Iterator[str]:
    """Yield a line for each thing."""
    if case.intent.runbook != "reprotect":
        yield CANARY
    declared = sorted({approval.approver for approval in case.approvals if approval.identity not in (CODE, SSH, SLACK)})
    if declared:
        yield NAMES.format(", ".join(declared))
    if case.mirror is None:
        yield "A second copy of the evidence: no mirror of it is on record."
    elif case.mirror.fault:
        yield f"A second copy of the evidence: {case.mirror.where}: {case.mirror.fault}."
    if not case.signed_by:
        yield UNSIGNED
    if not case.intent.keeps:
        yield LOST
