"""The report as markdown: what the morning shift reads first, in the UI or in a file."""

from collections.abc import Iterable, Iterator

from model.markdown import plain
from model.moment import second
from model.report.facts import OUTCOMES, Fence, Past, Report, has_objectives
from model.report.timeline import Bar, Stage, folded

MADE = {
    "deploy": "- Deployed: as rendered, proven by survey",
    "bubble": "- Within walls, as tried in both directions, on a copy; production was not touched, and nothing is left",
    "discard": "- Taken down: walls and copy; production was not touched",
    "abort": "- Taken back: nothing was promoted, no name has moved; what was to move is where it was",
    "clone_and_isolate": "- Copied: cut off in both directions until they were themselves, as tried; then as rendered",
}
RESULTS = ("reached", OUTCOMES["aborted"])
RTO = "from the opening of the case to the proof that each living region is served"
NOTHING_MADE = "- No result: it was not reached; what was done and what was not stands below"
NONE = ("- None.",)
FOUND = "Found as wanted, nothing to do"
TIMELINE = (
    "A stage waits while people are asked, or while no process is there: that is no part of what it took.",
    "",
    "| at s | step | result | took s | waited s |",
    "|---|---|---|---|---|",
)


def page(known: Report) -> str:
    """Write the report."""
    parts = [
        "\n".join(_first_page(known)),
        "\n".join(["## Timeline", *_timeline(known)]),
        "\n".join(["## What took the time", *_longest(known)]),
        "\n".join(["## Approvals", *(tuple(_approvals(known)) or NONE)]),
        "\n".join(["## Debts", *(tuple(f"- {debt.target}: {debt.words}" for debt in known.debts) or NONE)]),
        "\n".join(["## Not proven", *(f"- {line}" for line in known.not_proven)]),
        *_trend(known.trend),
    ]
    return "\n\n".join(parts) + "\n"


def _first_page(known: Report) -> Iterator[str]:
    yield f"# {known.title}: {known.outcome}"
    yield from (f"**{warning}**" for warning in known.warnings)
    yield f"- Case `{known.case}`, {known.processes} process(es), {known.records} records, head `{known.head[:16]}`"
    yield f"- Reason: {plain(known.reason)}"
    if known.signed_by:
        yield f"- Evidence is signed with {known.signed_by} once the case is closed: the signature is in its bundle"
    if known.mirrored_to:
        yield f"- Evidence mirrored to {known.mirrored_to}"
    yield from _came_of_it(known)
    if known.approved is False:
        yield "- **No approval on record**"


def _came_of_it(known: Report) -> Iterator[str]:
    if not has_objectives(known):
        yield from _made(known)
        return
    time = known.clocks
    yield f"- RTO {rto(known)}"
    gone = f", nothing ran {time.idle:.1f} s" if time.idle else ""
    yield f"- {'So far' if time.rto is None else 'Of it'}: work {time.work:.1f} s, people {time.waiting:.1f} s{gone}"
    yield f"- RPO {rpo(known)}"
    yield f"- Limited mode (no Primary): {_seconds(time.limited_mode)}"
    silent = [debt for debt in known.debts if debt.is_silence]
    owed = f"goes on; {len(silent)} of the debts below" if silent else "none"
    yield f"- Outage of what did not answer: {owed}"
    yield f"- May be lost, as shown at the gate: {shown_loss(known)}"
    yield f"- Fence: {fence(known.fence)}"


def _made(known: Report) -> Iterator[str]:
    """Say what a runbook without objectives has brought about: of one that was not reached, no result."""
    time = known.clocks
    people = "; nobody is asked" if known.approved is None else f", people {time.waiting:.1f} s"
    yield f"- Work {time.work:.1f} s{people}"
    if known.runbook == "abort":
        yield f"- Limited mode (no Primary): {_seconds(time.limited_mode)}"
    if known.stranded is not None:
        yield f"- Stranded: {known.stranded}"
    elif known.approved is None:
        yield f"- Fence: {fence(known.fence)}"
    else:
        yield MADE[known.runbook].format(target=known.target) if known.outcome in RESULTS else NOTHING_MADE


def rto(known: Report) -> str:
    """Say what came of the recovery time objective."""
    if known.clocks.rto is None:
        return f"not reached (objective {known.rto_s:.0f} s): no proof that the living regions are served"
    return f"{known.clocks.rto:.1f} s (objective {known.rto_s:.0f} s: {_met(known.rto_met)}), {RTO}"


def rpo(known: Report) -> str:
    """Say what came of the recovery point objective: a bound, never a measurement."""
    if known.rpo is None:
        return f"unknown (objective {known.rpo_s:.0f} s): no bound is on record"
    return f"at most {known.rpo:.1f} s (objective {known.rpo_s:.0f} s: {_met(known.rpo_met)})"


def _met(verdict: bool | None) -> str:  # noqa: FBT001  (the verdict itself)
    return "met" if verdict else "MISSED"


def _seconds(value: float | None) -> str:
    return "unknown: its beginning or its end is not on record" if value is None else f"{value:.1f} s"


def shown_loss(known: Report) -> str:
    """Say what may be lost."""
    return "unknown" if known.may_be_lost is None else f"at most {known.may_be_lost} changes"


def fence(levels: Iterable[Fence]) -> str:
    """Say how each writer was kept from writing."""
    said = [f"{one.host} {one.words if one.level is None else f'level {one.level} ({one.words})'}" for one in levels]
    return ", ".join(said) or "no writer was proven fenced"


def _timeline(known: Report) -> Iterator[str]:
    yield f"Seconds are counted from the opening of the case, {second(known.opened_at)}."
    yield from (*TIMELINE, *_rows(known))
    if known.timeline.found:
        yield f"\n{FOUND}: {', '.join(known.timeline.found)}."


def _longest(known: Report) -> Iterator[str]:
    return (f"- {part.seconds:.1f} s {part.what}" for part in folded(known.timeline.critical))


def _rows(known: Report) -> Iterator[str]:
    ends: list[Bar | Stage] = [*known.timeline.bars, *known.timeline.stages]
    for end in sorted(ends, key=lambda end: end.ended):
        if isinstance(end, Bar):
            yield f"| {end.ended:.1f} | {end.step} | {end.result} | {end.ended - end.began:.2f} | |"
        else:
            waited = f" {end.idle:.1f}" if end.idle else ""
            yield f"| {end.ended:.1f} | end of **{end.name}** | {end.verdict} | **{end.work:.1f}** |{waited} |"


def _approvals(known: Report) -> Iterator[str]:
    for said in known.approvals:
        who = f"{said.decision} by {said.approver} ({said.identity}, by {said.channel})"
        yield f"- {second(said.at)}: {who}: {plain(said.reason)}"


def _trend(switches: tuple[Past, ...]) -> Iterator[str]:
    if not switches:
        return
    yield "\n".join([
        "## Switches made here",
        "| case | outcome | RTO s | work s | people s | drill |",
        "|---|---|---|---|---|---|",
        *(
            f"| {past.case} | {past.outcome} | {'-' if past.rto is None else f'{past.rto:.1f}'} | {past.work:.1f} |"
            f" {past.waiting:.1f} | {past.drill or 'no'} |"
            for past in switches
        ),
    ])  # fmt: skip
