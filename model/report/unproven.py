"""What a case did not prove: said in every report, for nobody should believe it was."""

from collections.abc import Iterator, Sequence

from model.approval import CODE, SLACK, SSH
from model.case import Case
from model.environment.environment import REGION_KEYS, other
from model.evidence import Entry
from model.logs import Behind, unsent
from model.step import Verb

CANARY = "Canary level 1 only: a commit in our own table as the Configuration Server account."
NAMES = (
    "Who answered the gate: {} by self-declared name; `identity: code` in approval.approvers asks for a one-time code."
)
UNSIGNED = (
    "Who wrote the evidence: it was not signed when this was written. `gdr evidence key` makes a key,"
    " `gdr evidence bundle` signs."
)
LOST = "What was lost: only the returning region can tell; `gdr run reprotect` exports it."

UNSEEN = (
    "That the application hosts of {} log: nobody looked for a row of theirs, for they have no log message server,"
    " or they or its log server were silent; `gdr readiness` says when they do."
)


def lines(case: Case, entries: Sequence[Entry]) -> Iterator[str]:
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
        yield from _lost_rows(case, _crossed(entries))
    if case.outcome == "reached" and _crossed(entries):
        asked = {entry.data.get("step") for entry in entries}
        yield from (UNSEEN.format(key) for key in REGION_KEYS if f"{Verb.SEE_ROWS}:{key}" not in asked)


def _crossed(entries: Sequence[Entry]) -> list[Entry]:
    """Return what was declared of log rows; nothing but where each region has a log server."""
    return [entry for entry in entries if entry.kind == "sample.declared" and "logs" in entry.data]


def _lost_rows(case: Case, declared: Sequence[Entry]) -> Iterator[str]:
    """Say what is known of log rows where each region has a log server: they are in no bound."""
    for entry in declared[-1:]:
        sample = Behind(**entry.data["logs"]) if entry.data["logs"] else None
        known = unsent(sample, other(case.intent.moves_to), entry.data["at"])
        yield f"What log rows were lost: {known}. They come if that log server still works, or works again."
