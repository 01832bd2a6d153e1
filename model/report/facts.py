"""The report of a case as plain data, from its evidence alone. Markdown, HTML and JSON are three ways to write it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from model.case import Case, fold
from model.environment.document import Objectives, RegionKey
from model.environment.environment import other
from model.errors import Refused
from model.evidence import Entry
from model.report import unproven
from model.report.clocks import NOT_PROVEN, PROVEN, Clocks, clocks
from model.report.debts import Debt, debts
from model.report.timeline import Timeline, timeline
from model.step import SWITCHES
from model.words import FENCE, title

FORM = "genesys-dr report 1"
OUTCOMES = {
    "reached": "reached",
    "declined": "DECLINED",
    "refused": "REFUSED",
    "aborted": "ABORTED",
}
STRANDED = (
    "{commits} transactions ({rows} rows written, {deletes} deleted, {drops} files of tables and indexes dropped or"
    " truncated), {fork} to {end}, kept in {folder}"
)
PROOFS = {
    "move-names": ("names on {}", "its own answer, with authority"),
    "agree": ("names on {}", "its own answer, with authority"),
    "serve": ("clients of {}", "at least one proxy of the region in normal mode"),
    "canary": ("database on {}", "level 1: a commit in our own table, as the account of the Configuration Server"),
    "steady": ("record on {}", "compare-and-swap to steady, read back"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """How a writer of the source was kept from writing, as far as that was proven."""

    host: str
    level: int | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proven of the end, and by what."""

    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer at the gate."""

    decision: str
    approver: str
    identity: str
    channel: str
    reason: str
    at: float
    beforehand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A switch that was made here before, or this one; `drill` names the drill it was a part of."""

    case: str
    opened_at: float
    title: str
    outcome: str
    drill: str
    rto: float | None
    work: float
    waiting: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is said of a case.

    Attributes:
        digest: SHA-256 of the environment file: with it, which plan was followed.
        rto_met: None while no end is proven.
        may_be_lost: Configuration changes, as shown at the gate; None is unknown.
        rpo: Seconds of changes that may be lost at most; None is unknown. `rpo_met` likewise.
        signed_by: The key that was to sign the evidence, this report within: whether it did, only the bundle tells.
        approved: Whether somebody said go; None where nobody is asked.
        trend: Switches of this environment, oldest first.
    """

    form: str
    title: str
    outcome: str
    environment: str
    case: str
    digest: str
    runbook: str
    mode: str
    source: RegionKey
    target: RegionKey
    reason: str
    opened_at: float
    closed_at: float | None
    processes: int
    records: int
    head: str
    signed_by: str | None
    mirrored_to: str | None
    warnings: tuple[str, ...]
    approved: bool | None
    clocks: Clocks
    rto_s: float
    rto_met: bool | None
    rpo_s: float
    rpo: float | None
    rpo_met: bool | None
    may_be_lost: int | None
    fence: tuple[Fence, ...]
    proofs: tuple[Proof, ...]
    stranded: str | None
    timeline: Timeline
    approvals: tuple[Said, ...]
    debts: tuple[Debt, ...]
    not_proven: tuple[str, ...]
    trend: tuple[Past, ...]


def report(entries: Sequence[Entry], objectives: Objectives, trend: Iterable[Past] = ()) -> Report:
    """Read a report off the records of a case.

    Args:
        entries: The whole journal of the case.
        objectives: What it is held against.
        trend: Switches of the environment, oldest first.

    Raises:
        Refused: The journal does not begin with the opening of a case.
    """
    case = fold(entries)
    if case is None:
        raise Refused("report: the journal has no opening record")
    time, lost = clocks(case, entries), _rpo(case, entries)
    return Report(
        form=FORM,
        title=title(case.environment, case.intent),
        outcome=outcome(case),
        environment=case.environment,
        case=case.name,
        digest=case.digest,
        runbook=case.intent.runbook,
        mode=case.intent.mode,
        source=other(case.intent.moves_to),
        target=case.intent.moves_to,
        reason=case.intent.reason,
        opened_at=case.opened_at,
        closed_at=next((entry.at for entry in entries if entry.kind == "case.closed"), None),
        processes=case.attempts,
        records=len(entries),
        head=entries[-1].hash,
        signed_by=case.signed_by,
        mirrored_to=case.mirror.where if case.mirror and not case.mirror.fault else None,
        warnings=tuple(_warnings(case)),
        approved=case.approval is not None if case.intent.asks else None,
        clocks=time,
        rto_s=objectives.rto_s,
        rto_met=None if time.rto is None else time.rto <= objectives.rto_s,
        rpo_s=objectives.rpo_s,
        rpo=lost,
        rpo_met=None if lost is None else lost <= objectives.rpo_s,
        may_be_lost=case.approval.bounds.loss_changes if case.approval else None,
        fence=_fence(entries),
        proofs=tuple(_proofs(entries)),
        stranded=_stranded(entries, other(case.intent.target)) if case.intent.runbook == "reprotect" else None,
        timeline=timeline(entries),
        approvals=tuple(_said(case)),
        debts=tuple(debts(case, entries)),
        not_proven=tuple(unproven.lines(case, entries)),
        trend=tuple(trend),
    )


def has_objectives(known: Report) -> bool:
    """Whether it is held against recovery objectives: what moves nothing recovers nothing."""
    return known.runbook in SWITCHES


def past(entries: Sequence[Entry], drill: str = "") -> Past | None:
    """Return a case as one of the switches that were made; None where it is none."""
    case = fold(entries)
    if case is None or not case.intent.switches:
        return None
    time = clocks(case, entries)
    return Past(
        case=case.name,
        opened_at=case.opened_at,
        title=title(case.environment, case.intent),
        outcome=outcome(case),
        drill=drill,
        rto=time.rto,
        work=time.work,
        waiting=time.waiting,
    )


def outcome(case: Case) -> str:
    """Say in a word how a case ended."""
    return "NOT REACHED, the case is open" if case.outcome is None else OUTCOMES.get(case.outcome, case.outcome)


def _warnings(case: Case) -> Iterator[str]:
    for approval in case.approvals:
        if approval.beforehand:
            yield f"The answer was given beforehand (laboratory) by {approval.approver}."
    yield from (f"{host}: its fence was waived: it may still be accepting changes." for host in sorted(case.waived))


def _rpo(case: Case, entries: Sequence[Entry]) -> float | None:
    """Bound the changes that may be lost, in seconds: from where the standby was to when the source wrote no more.

    That is when it was seen to be stopped, or else when the fence was proven. Where it was drained, or stays what it
    is, nothing is; where a fence was waived, nobody knows.
    """
    if not case.intent.switches:
        return None
    if case.intent.keeps and not case.intent.drains:
        return 0.0
    if case.intent.drains:
        drained = any(entry.data["step"].startswith("drain:") for entry in entries if entry.kind in PROVEN)
        return 0.0 if drained else None
    escalated = max((n for n, entry in enumerate(entries) if entry.kind == "intent.escalated"), default=0)
    entries = entries[escalated:]  # what was fenced before was of another plan
    fenced = (entry.at for entry in entries if entry.kind == "observed" and entry.data["stage"] == "fence")
    until = case.declared_at if case.ended else None if case.waived else next(fenced, None)
    if case.sample is None or case.sample.lag_s is None or until is None:
        return None
    return case.sample.lag_s + max(0.0, until - case.sample.at)


def _fence(entries: Sequence[Entry]) -> tuple[Fence, ...]:
    """Say what was proven, never what the gate promised; what was proven stands until something else is seen."""
    levels: dict[str, int | None] = {}
    for entry in entries:
        if entry.kind == "observed":
            seen = entry.data.get("fence", {}).items()
            levels |= {host: level for host, level in seen if level is not None or host not in levels}
    return tuple(Fence(host=host, level=level, words=_level(level)) for host, level in sorted(levels.items()))


def _level(level: int | None) -> str:
    return "NOT PROVEN" if level is None else FENCE.get(level, "?")


def _proofs(entries: Sequence[Entry]) -> Iterator[Proof]:
    """Yield what was proven in the end, once each; what failed later is proven no more."""
    ends = {entry.data["step"]: entry.kind in PROVEN for entry in entries if entry.kind in (*PROVEN, *NOT_PROVEN)}
    for step in sorted(step for step, proven in ends.items() if proven):
        verb, _, target = step.partition(":")
        if verb in PROOFS:
            what, by = PROOFS[verb]
            yield Proof(what=what.format(target), by=by)


def _stranded(entries: Sequence[Entry], source: RegionKey) -> str:
    """Say what only the old DBMS had, as its host exported it in this case; the newest word counts."""
    for entry in reversed([entry for entry in entries if entry.kind in PROVEN]):
        seen = entry.data["facts"].get("databases", {}).get(source, {})
        if entry.data["step"].startswith("export:") and seen.get("stranded"):
            return f"{STRANDED.format(**{'drops': 0} | seen['stranded'])} on the DBMS host of {source}"
    return "nobody has looked"


def _said(case: Case) -> Iterator[Said]:
    for approval in case.approvals:
        yield Said(
            decision=approval.decision,
            approver=approval.approver,
            identity=approval.identity,
            channel=approval.channel,
            reason=approval.reason,
            at=approval.at,
            beforehand=approval.beforehand,
        )
