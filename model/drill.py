"""A drill: the circle walked on purpose, and what it found; folded from its parts' evidence."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from model.case import Case, fold
from model.environment.document import RegionKey
from model.environment.environment import other
from model.evidence import Entry
from model.markdown import plain
from model.report.clocks import clocks
from model.step import Intent, Verb
from model.untouched import compared, touched

Kind = Literal["rehearsal", "bubble", "live"]
WEEK_S = 7 * 86_400.0
Walked = Sequence[Sequence[Entry]]
NOT_PROVEN = (
    "That a region can be lost: both worked, writers were stopped in order. In a laboratory, `make drill` loses one.",
    "What the restored application of a lost region does: only the configuration layer moved.",
    "That people are found on the worst day: everybody knew.",
)
NOT_YEARLY = "That a real region takes over, as a yearly test must show (DORA, Article 11(6)): that is kind live."
NOT_PROVEN_INSIDE = (
    "That the standby itself can be promoted: a copy of it was.",
    "That production can be fenced, that names and aliases move, and that proxies find the new Primary.",
    "That the pair switches over by itself: it was started, and no more.",
    "That the standby holds the last commit: the copy is as old as the backup.",
    "That people are found on the worst day: everybody knew.",
)
UNTOUCHED = "Untouched: record, names, DBMS, rules and what runs are as they were; the standby streamed at every look"
COMMIT = f"{Verb.COMMIT_INSIDE}:"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a drill found. It stays red until a later drill of the same kind ends without it.

    Attributes:
        what: The same word whenever the same is found.
    """

    what: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill.

    Attributes:
        home: The region that was active when it began, and is again in the end.
        began: Seconds of the epoch; `ended` likewise, None while it goes on.
    """

    name: str
    environment: str
    kind: Kind
    home: RegionKey
    reason: str
    began: float
    ended: float | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def away(self) -> RegionKey:
        """The region that is to prove it can take over."""
        return other(self.home)

    def parts(self, cases: Iterable[Case]) -> tuple[Case, ...]:
        """Return the cases that were opened since it began; the return guard's are no part of it."""
        return tuple(case for case in cases if case.opened_at >= self.began and case.intent.asks)

    def reached(self, cases: Iterable[Case], region: RegionKey) -> bool:
        """Whether a switchover to a region was reached since it began."""
        return any(
            case.intent.switches and (*_both(case.intent), case.outcome) == (region, region, "reached")
            for case in self.parts(cases)
        )

    def went_out(self, cases: Iterable[Case]) -> bool:
        """Whether its first part was reached since it began."""
        if self.kind != "bubble":
            return self.reached(cases, self.away)
        return any((case.intent.runbook, case.outcome) == ("bubble", "reached") for case in self.parts(cases))

    def late(self, now: float) -> bool:
        """Whether it was begun so long ago that what happens now is no part of it."""
        return now - self.began > WEEK_S

    def preempted(self, cases: Iterable[Case]) -> bool:
        """Whether something real has happened since it began."""
        return any(_is_real(case.intent) for case in self.parts(cases))


def refusal(kind: Kind, *, laboratory: bool, unattended: bool) -> str:
    """Say why a kind of drill is not done here; empty where it is.

    Args:
        laboratory: Whether every address of the environment is in 198.18.0.0/15.
        unattended: Whether its gates are answered beforehand.
    """
    match kind:
        case "rehearsal" if not laboratory:
            return "is done in a laboratory, on any other machine: `make drill ENVIRONMENT=FILE`"
        case "live" if unattended:
            return "is never unattended: answer its gates; kind rehearsal, in a laboratory, takes answers beforehand"
        case _:
            return ""


def _is_real(intent: Intent) -> bool:
    return intent.switches and (intent.mode == "unplanned" or intent.runbook == "dbms_failover")


def _both(intent: Intent) -> tuple[RegionKey, RegionKey]:
    """Return where framework and database are in the end: a drill walks with both."""
    return intent.framework, intent.target


def findings(drill: Drill, walked: Walked, rto_s: float) -> tuple[Finding, ...]:
    """Return what was not as it should be, part by part, and what was never walked.

    Args:
        walked: The journals of its parts, oldest first.
        rto_s: The objective that each switchover is held against.
    """
    found = {finding.what: finding for entries in walked for finding in _of_part(entries, rto_s)}
    cases = [case for entries in walked if (case := fold(entries))]
    return (*found.values(), *(Finding(what, "was not reached") for what in _missing(drill, cases)))


def _missing(drill: Drill, cases: Sequence[Case]) -> Iterator[str]:
    if drill.kind == "bubble":
        yield from () if drill.went_out(cases) else ("bubble",)
        return
    yield from (f"switch to {region}" for region in (drill.away, drill.home) if not drill.reached(cases, region))


def _of_part(entries: Sequence[Entry], rto_s: float) -> Iterator[Finding]:
    case = fold(entries)
    if case is None:
        return
    title = f"{case.intent.runbook} to {case.intent.moves_to}"
    if case.outcome != "reached":
        yield Finding(title, f"case {case.name} was not reached: {case.outcome or 'open'}")
    if _is_real(case.intent):
        yield Finding("preempted", f"case {case.name} was no drill: {case.intent.reason}")
    rto = _rto(case, entries)
    if rto is not None and rto > rto_s:
        yield Finding(f"RTO of {title}", f"{rto:.0f} s, the objective is {rto_s:.0f} s")
    yield from (Finding(f"{title}: {target}", what) for target, what in case.debts)
    if case.intent.runbook == "bubble" and case.outcome == "reached":
        yield from (Finding(f"touched: {what}", how) for what, how in touched(entries))
        yield from () if compared(entries) else (Finding("untouched", "nothing was compared: fewer than two looks"),)
    yield from _stumbles(title, entries)


def _rto(case: Case, entries: Sequence[Entry]) -> float | None:
    """Return what is held against the objective: of a bubble the framework's part, from its first start to a commit."""
    if case.intent.switches:
        return clocks(case, entries).rto
    began = [entry.at for entry in entries if entry.kind == "act.before" and entry.data["step"].startswith("start:")]
    ended = [entry.at for entry in entries if entry.kind == "act.after" and entry.data["step"].startswith(COMMIT)]
    return ended[-1] - began[0] if case.intent.runbook == "bubble" and began and ended else None


def _stumbles(title: str, entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        if entry.kind == "act.failed":
            yield Finding(f"{title}: {entry.data['step']}", entry.data["reason"])
        if entry.kind == "observed":
            yield from (Finding(f"{title}: {breach.partition(':')[0]}", breach) for breach in entry.data["breaches"])


def page(drill: Drill, walked: Walked) -> str:
    """Write the report of a drill as markdown."""
    found = [f"- {finding.what}: {plain(finding.text)}" for finding in drill.findings] or ["- none"]
    lines = [
        f"# {drill.kind.capitalize()} drill of {drill.environment}: {outcome(drill)}",
        "",
        f"- {drill.name}. Reason: {plain(drill.reason)}",
        f"- {_walked(drill, walked)}",
        "",
        "| part | case | outcome | RTO | no Primary | people |",
        "|---|---|---|---|---|---|",
        *(row for entries in walked for row in _row(entries)),
        "",
        "## Findings",
        *found,
        "",
        "## Not proven",
        *(f"- {line}" for line in _not_proven(drill)),
    ]
    return "\n".join(lines) + "\n"


def _not_proven(drill: Drill) -> Iterator[str]:
    yield from NOT_PROVEN_INSIDE if drill.kind == "bubble" else NOT_PROVEN
    if drill.kind != "live":
        yield NOT_YEARLY


def _walked(drill: Drill, walked: Walked) -> str:
    if drill.kind == "bubble":
        return "\n- ".join(_of_bubble(drill, walked))
    return f"{drill.home} was active, {drill.away} took over, and back"


def _of_bubble(drill: Drill, walked: Walked) -> Iterator[str]:
    """Say what came of it: of what was not reached nothing, and that production is untouched only once compared."""
    reached = [entries for entries in walked if (case := fold(entries)) and drill.went_out((case,))]
    if not reached:
        yield f"{drill.home} was to stay active; {drill.away}'s framework was not proven on a copy"
        return
    yield f"{drill.home} stayed active; {drill.away}'s framework worked on a copy, from its first start: RTO"
    if all(compared(entries) and not tuple(touched(entries)) for entries in reached):
        yield UNTOUCHED


def outcome(drill: Drill) -> str:
    """Say in a word how it ended."""
    if drill.ended is None:
        return "goes on"
    return f"{len(drill.findings)} findings" if drill.findings else "passed"


def _row(entries: Sequence[Entry]) -> Iterator[str]:
    case = fold(entries)
    if case is not None:
        time = clocks(case, entries)
        part = f"{case.intent.runbook} to {case.intent.target}"
        times = " | ".join(_seconds(value) for value in (_rto(case, entries), time.limited_mode, time.waiting))
        yield f"| {part} | {case.name} | {case.outcome or 'open'} | {times} |"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} s"
