"""A case: what cannot be observed about one failover, folded from its evidence and from nowhere else.

Intent, approvals, waivers and the sample at declaration. What can be observed is never read from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from model.answered import approval_from, question_from
from model.approval import Approval, Patience, Question
from model.evidence import Entry
from model.observation import Sample, Watch
from model.step import IN_BUBBLE, Intent, Verb

UNPLANNED = ("full_failover", "unplanned")
PLANNED = ("full_failover", "planned")
DBMS_LOST = ("dbms_failover", "unplanned")
FRAMEWORK_MOVES = ("framework_failover", "planned")
FRAMEWORK_LOST = ("framework_failover", "unplanned")
ESCALATIONS = {
    (PLANNED, UNPLANNED),
    (("partial_failover", "unplanned"), UNPLANNED),
    (("dbms_failover", "planned"), DBMS_LOST),
    (("dbms_failover", "planned"), UNPLANNED),
    (("bubble", "planned"), ("discard", "unplanned")),
    (DBMS_LOST, UNPLANNED),
}  # what is given up grows, for the same target


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """Where a case's evidence was mirrored when it was closed; `fault` says why it was not."""

    where: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The fold.

    Attributes:
        opened_at: When it was opened, seconds of the epoch.
        digest: SHA-256 of the environment file it was opened with.
        intent: The newest one: a planned case may have been escalated to unplanned.
        begun: An act of it was recorded: it may have taken an epoch.
        no_return: Its point of no return was begun: what became of that is not for the journal to say.
        acted: When that was last, seconds of the epoch.
        rounds: How often the gate has asked; the next round has a fresh key.
        judged: Keys of the answers that were judged, whether they counted or not.
        patience: The newest word that it is better to wait.
        question: The newest one, while nobody has answered it: the only one that may be answered.
        sample: The sampler's line the loss bound was declared from, how long it had watched, and when that was.
        ended: At that moment the source's DBMS was seen to be stopped or without power: it can write nothing more.
        outcome: How it was closed; None while it is open.
        version: The version of genesys-dr whose process went on with it last; empty where that did not say so yet.
        mirror: Where its evidence was mirrored, and why not if it was not; None where no mirror was named.
        signed_by: Public part of the key that was to sign its evidence once it was closed; None where there was none.
    """

    name: str
    opened_at: float
    environment: str
    digest: str
    intent: Intent
    approvals: tuple[Approval, ...] = ()
    waived: frozenset[str] = frozenset()
    begun: bool = False
    no_return: bool = False
    acted: float | None = None
    rounds: int = 0
    judged: frozenset[str] = frozenset()
    question: Question | None = None
    patience: Patience | None = None
    sample: Sample | None = None
    watch: Watch | None = None
    declared_at: float | None = None
    ended: bool = False
    attempts: int = 0
    debts: tuple[tuple[str, str], ...] = ()
    outcome: str | None = None
    version: str = ""
    signed_by: str | None = None
    mirror: Mirrored | None = None
    head: str = "-"

    @property
    def approval(self) -> Approval | None:
        """The newest approval, if it said go: a decline takes back what was said before."""
        newest = self.approvals[-1] if self.approvals else None
        return newest if newest is not None and newest.decision == "go" else None

    @property
    def goes(self) -> tuple[Approval, ...]:
        """What people said go to since somebody declined: of each person the newest."""
        found: dict[str, Approval] = {}
        for approval in self.approvals:
            found = found | {approval.approver: approval} if approval.decision == "go" else {}
        return tuple(found.values())

    def waived_by(self, people: int) -> frozenset[str]:
        """Return the hosts whose fence so many people waive: one person's word is not that of two."""
        if people == 1:
            return self.waived
        said = [host for go in self.goes for host in go.bounds.waived]
        return frozenset(host for host in said if said.count(host) >= people)

    @property
    def can_abort(self) -> bool:
        """Whether it is a switch of the kind that can be aborted; its point of no return, once begun, forbids it."""
        return self.intent.switches and self.intent.mode == "planned"

    def superseded_by(self, intent: Intent) -> bool:
        """Whether this case ends for that: the region it keeps active is lost, or a person wants something.

        A return guard never stands in anybody's way.
        """
        if not self.intent.asks:
            return intent.asks
        emergency = (intent.runbook, intent.mode) == UNPLANNED and intent.target != self.intent.target
        return self.intent.runbook in ("reprotect", "clone_and_isolate", *IN_BUBBLE) and emergency

    def clashes(self, intent: Intent) -> bool:
        """Whether `intent` is another one. To give more up for the same target is an escalation of the same."""
        mine, theirs = (self.intent.runbook, self.intent.mode), (intent.runbook, intent.mode)
        if "abort" in (self.intent.runbook, intent.runbook):
            return not self._turned(intent)
        if self.intent.runbook == "framework_failover" and theirs == UNPLANNED:
            return False  # no DBMS was promoted: either region may be the one that is left
        if (mine, theirs) == (FRAMEWORK_MOVES, FRAMEWORK_LOST):
            return self.intent.target != intent.target  # in either region it may be lost; the database stays
        wanted = (self.intent.moves_to, self.intent.target) != (intent.moves_to, intent.target)
        return wanted or (mine != theirs and (mine, theirs) not in ESCALATIONS)

    def _turned(self, intent: Intent) -> bool:
        """Whether an abort begins, goes on, or ends in what may be made of its switch: something is lost by now."""
        if intent.runbook == "abort":
            mine = self.intent.back
            same = (mine.undoes, mine.target, mine.home) == (intent.undoes, intent.target, intent.home)
            return same and (self.can_abort or self.intent.runbook == "abort")
        if intent.mode != "unplanned":
            return False
        return self._goes_to_its_database(intent) or not replace(self, intent=self.intent.forth).clashes(intent)

    def _goes_to_its_database(self, intent: Intent) -> bool:
        """Whether a framework is given up whose database was to come, and goes back: it goes there as well."""
        comes = self.intent.undoes == "dbms_failover" and self.intent.framework != self.intent.target
        return comes and (intent.runbook, intent.target) == ("full_failover", self.intent.target)


BEYOND = (f"{Verb.PROMOTE}:", f"{Verb.MOVE_NAMES}:")
"""How the steps begin by which a switch is beyond its point of no return."""
BEYOND_IT = "its promotion, or the move of its names,"
TURNS = ("intent.escalated", "intent.aborted")
JUDGED = ("gate.answered", "gate.waiting", "gate.refused")
GUARDED = (*TURNS, *JUDGED, "act.before")
"""Records that are judged, under the journal's lock, by what the case has become."""


def turned(case: Case, intent: Intent) -> str:
    """Say why a process that set out for this intent may not go on: another one has turned the case meanwhile."""
    now = f"{case.intent.mode} {case.intent.runbook} to {case.intent.target}"
    return f"it is {now} by now: another process has taken it over" if case.clashes(intent) else ""


def too_late(case: Case | None, kind: str, data: Mapping[str, Any]) -> str:
    """Say why a record may not be written any more: of abort and point of no return, the first recorded is done.

    An answer is judged once, by whichever process of the case reads it first.
    """
    if case is None:
        return ""
    if kind in JUDGED and data.get("key") in case.judged:
        return "another process of it has judged this answer meanwhile, and goes on"
    if kind in TURNS and (why := turned(case, Intent(**data["intent"]))):
        return why
    if kind == "intent.aborted" and case.no_return:
        return f"{BEYOND_IT} was begun meanwhile: it cannot be aborted any more: go on with the switch"
    if kind == "act.before" and str(data["step"]).startswith(BEYOND) and case.intent.runbook == "abort":
        return "it is being aborted: nothing is promoted, and no name moved, any more"
    return ""


GUARDS = "-GUARD"  # at the end of a return guard's case: no environment's name has capitals


def is_guards(name: str) -> bool:
    """Whether a case is a return guard's, by its name: the record says so on every control host."""
    return name.endswith(GUARDS)


@dataclass(frozen=True, slots=True)
class Owed:
    """What the clients are owed: which hosts did not answer, and whether what they hold may be lost."""

    hosts: frozenset[str] = frozenset()
    lossy: bool = False


NOTHING = Owed()


def owed(cases: Iterable[Case]) -> Owed:
    """Return what the newest case that reached its end left to settle; cases come oldest first.

    What a failover has failed to do on a host, the return guard does once more, and no oftener: it is in its report.
    """
    found = NOTHING
    for case in cases:
        if case.outcome != "reached" or not (case.intent.switches or not case.intent.asks):
            continue
        hosts = frozenset(_host_of(target) for target, _ in case.debts if case.intent.switches or ":" not in target)
        carried = found.lossy and (not case.intent.switches or bool(hosts & found.hosts))
        found = Owed(hosts, carried or (case.intent.switches and not case.intent.keeps))
    return found


def _host_of(target: str) -> str:
    """Return the host that a debt is about: its own name, or that of a failed step, as `flush:r1-app-p`."""
    return target.partition(":")[2].partition("/")[0] or target


def fold(entries: Iterable[Entry]) -> Case | None:
    """Fold a case's records, oldest first; None when there is not even the opening record."""
    case: Case | None = None
    for entry in entries:
        case = after(case, entry)
    return case


def after(case: Case | None, entry: Entry) -> Case | None:
    """Return a case after one more record; None is before the opening one."""
    if entry.kind == "case.opened":
        case = _opened(entry)
    elif case is not None:
        case = _step(_with_judged(case, entry), entry)
    return case and replace(case, head=entry.hash)


def _opened(entry: Entry) -> Case:
    data = entry.data
    return Case(
        name=entry.case,
        opened_at=entry.at,
        environment=data["environment"],
        digest=data["digest"],
        intent=Intent(**data["intent"]),
    )


def _step(case: Case, entry: Entry) -> Case:
    data: Any = entry.data
    match entry.kind:
        case "intent.escalated" | "intent.aborted":
            return replace(case, intent=Intent(**data["intent"]))
        case "attempt.started":
            return replace(case, attempts=case.attempts + 1, version=data.get("version", ""))
        case "act.before":
            no_return = case.no_return or data["step"].startswith(BEYOND)
            return replace(case, begun=True, no_return=no_return, acted=entry.at)
        case "sample.declared":
            watch = Watch(**data["watch"]) if data.get("watch") else None
            return replace(
                case,
                sample=_sample(data["sample"]),
                watch=watch,
                declared_at=data["at"],
                ended=data.get("ended", False),
            )
        case "gate.asked":
            return replace(case, rounds=case.rounds + 1, question=question_from(data, entry.at))
        case "gate.answered":
            case = replace(case, approvals=(*case.approvals, approval_from(data)), question=None)
            waived = frozenset(host for said in case.goes for host in said.bounds.waived)
            said_go = data["approver"] if data["decision"] == "go" else ""
            patience = None if case.patience and case.patience.approver == said_go else case.patience
            return replace(case, waived=waived, patience=patience)
        case "gate.waiting":
            said = Patience(approver=data["approver"], reason=data["reason"], until=data["until"])
            return replace(case, question=None, patience=said)
        case "debt":
            return replace(case, debts=_with_debt(case.debts, data["target"], data["what"]))
        case "case.closed":
            mirror = Mirrored(**data["mirror"]) if data.get("mirror") else None
            return replace(case, outcome=data["outcome"], signed_by=data.get("signed_by"), mirror=mirror)
    return case


def _with_judged(case: Case, entry: Entry) -> Case:
    found = {str(entry.data["key"])} if entry.kind in JUDGED and "key" in entry.data else set()
    return replace(case, judged=case.judged | found)


def _sample(data: Any) -> Sample | None:
    return Sample(**data) if data else None


def _with_debt(debts: tuple[tuple[str, str], ...], target: str, what: str) -> tuple[tuple[str, str], ...]:
    return (*(debt for debt in debts if debt[0] != target), (target, what))
