"""The report of a case, from its evidence alone: what an auditor and the morning shift read first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model.case import Case, fold
from model.environment.document import RegionKey
from model.environment.environment import other
from model.errors import Refused
from model.evidence import Entry
from model.invariants import verdict
from model.step import Intent
from model.words import FENCE, title

OUTCOMES = {
    "reached": "reached",
    "declined": "DECLINED",
    "refused": "REFUSED",
}
STRANDED = (
    "{commits} transactions ({rows} rows written, {deletes} deleted, {drops} files of tables and indexes dropped or"
    " truncated), {fork} to {end}, kept in {folder}"
)
UNSIGNED = "Who wrote the evidence: it was not signed. `gdr evidence key` makes a key, `gdr evidence bundle` signs."
PROVEN, NOT_PROVEN = ("act.after", "act.found"), ("act.failed", "act.refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Seconds.

    Attributes:
        limited_mode: From the end of the old Primary to the last proxy in normal mode; None when either is not on
            record.
        work: What this tool needed, human waiting apart; up to the last record where the end is not proven.
        waiting: What people needed at the gate.
        rto: From opening the case to its proof; None while nobody has proven that the living regions are served.
    """

    limited_mode: float | None
    work: float
    waiting: float
    rto: float | None


def clocks(case: Case, entries: Sequence[Entry]) -> Clocks:
    """Read the clocks off the records."""
    proven, waiting = _proven_at(entries), sum(_waits(entries))
    since = next((at for entry in entries if (at := limited_since(entry, case.intent)) is not None), None)
    took = (entries[-1].at if proven is None else proven) - case.opened_at
    return Clocks(
        limited_mode=None if since is None or proven is None else proven - since,
        work=took - waiting,
        waiting=waiting,
        rto=None if proven is None else took,
    )


def _proven_at(entries: Sequence[Entry]) -> float | None:
    """When the last living region was proven to serve; None when one of them was not, or nobody looked."""
    served: dict[str, float | None] = {}
    for entry in entries:
        step = str(entry.data.get("step", ""))
        if step.startswith("serve:") and entry.kind in (*PROVEN, *NOT_PROVEN):
            served[step] = (served.get(step) or entry.at) if entry.kind in PROVEN else None
    moments = [at for at in served.values() if at is not None]
    return max(moments) if moments and len(moments) == len(served) else None


def limited_since(entry: Entry, intent: Intent) -> float | None:
    """Return since when there is no Primary, if this record says so.

    Planned: when the Primary was stopped. Unplanned: when the sampler last saw a living DBMS; where that works on,
    nobody has seen when its framework died.
    """
    if intent.runbook == "partial_failover":
        return None
    if intent.mode == "planned":
        return entry.at if _stops_the_primary(entry) else None
    sample = entry.data.get("sample") if entry.kind == "sample.declared" else None
    return sample["at"] if sample else None


def _stops_the_primary(entry: Entry) -> bool:
    """Whether a Configuration Server is stopped that was Primary: the backup is stopped before it."""
    if entry.kind != "act.before" or not entry.data["step"].startswith("stop:"):
        return False
    host, _, kind = entry.data["step"].removeprefix("stop:").partition("/")
    seen = entry.data["facts"].get("hosts", {}).get(host, {}).get("components", {}).get(kind, {})
    return kind == "confserv" and bool(seen.get("run_mode") == "Primary")


def _waits(entries: Sequence[Entry]) -> Iterable[float]:
    asked: float | None = None
    for entry in entries:
        if entry.kind == "gate.asked" and asked is None:
            asked = entry.at
        elif entry.kind == "gate.answered" and asked is not None:
            yield entry.at - asked
            asked = None


def render(entries: Sequence[Entry], rto_s: float) -> str:
    """Write the report as markdown.

    Args:
        entries: The whole journal of the case.
        rto_s: The objective it is held against.

    Raises:
        Refused: The journal does not begin with the opening of a case.
    """
    case = fold(entries)
    if case is None:
        raise Refused("report: the journal has no opening record")
    time = clocks(case, entries)
    parts = [
        _first_page(case, entries, time, rto_s),
        _timeline(entries),
        _approvals(case),
        _debts(case),
        _not_proven(case),
    ]
    return "\n\n".join(parts) + "\n"


def _first_page(case: Case, entries: Sequence[Entry], time: Clocks, rto_s: float) -> str:
    lines = [
        f"# {title(case.environment, case.intent)}: {_outcome(case)}",
        *_warnings(case),
        f"- Case `{case.name}`, {case.attempts} process(es), {len(entries)} records, head `{entries[-1].hash[:16]}`",
        f"- Reason: {case.intent.reason}",
        *((f"- Evidence signed by {case.signed_by}",) if case.signed_by else ()),
        *((f"- Evidence mirrored to {case.mirror.where}",) if case.mirror and not case.mirror.fault else ()),
        *_came_of_it(case, entries, time, rto_s),
    ]
    return "\n".join(lines) + ("" if case.approval or not case.intent.asks else "\n- **No approval on record**")


def _came_of_it(case: Case, entries: Sequence[Entry], time: Clocks, rto_s: float) -> tuple[str, ...]:
    match case.intent.runbook:
        case "reprotect":
            return _protected(case, entries, time)
        case "return_guard":
            return (f"- Work {time.work:.1f} s; nobody is asked", f"- Fence: {_fence(entries)}")
        case _:
            return _switched(case, entries, time, rto_s)


def _protected(case: Case, entries: Sequence[Entry], time: Clocks) -> tuple[str, ...]:
    stranded = _stranded(entries, other(case.intent.target))
    return (f"- Work {time.work:.1f} s, people {time.waiting:.1f} s", f"- Stranded: {stranded}")


def _stranded(entries: Sequence[Entry], source: RegionKey) -> str:
    """Say what only the old DBMS had, as its host exported it in this case; the newest word counts."""
    for entry in reversed([entry for entry in entries if entry.kind in PROVEN]):
        seen = entry.data["facts"].get("databases", {}).get(source, {})
        if entry.data["step"].startswith("export:") and seen.get("stranded"):
            return f"{STRANDED.format(**{'drops': 0} | seen['stranded'])} on the DBMS host of {source}"
    return "nobody has looked"


def _switched(case: Case, entries: Sequence[Entry], time: Clocks, rto_s: float) -> tuple[str, ...]:
    return (
        f"- RTO {_rto(time.rto, rto_s)}",
        f"- {'So far' if time.rto is None else 'Of it'}: work {time.work:.1f} s, people {time.waiting:.1f} s",
        f"- Limited mode (no Primary): {_seconds(time.limited_mode)}",
        f"- Outage of the given-up region: goes on; {len(case.debts)} debts below",
        f"- May be lost, as shown at the gate: {_shown_loss(case)}",
        f"- Fence: {_fence(entries)}",
    )


def _outcome(case: Case) -> str:
    return "NOT REACHED, the case is open" if case.outcome is None else OUTCOMES.get(case.outcome, case.outcome)


def _warnings(case: Case) -> list[str]:
    given = [
        f"**The answer was given beforehand (laboratory) by {a.approver}.**" for a in case.approvals if a.beforehand
    ]
    waived = [f"**{host}: its fence was waived: it may still be accepting changes.**" for host in sorted(case.waived)]
    return [*given, *waived]


def _rto(value: float | None, objective: float) -> str:
    if value is None:
        return f"not reached (objective {objective:.0f} s): no proof that the living regions are served"
    return f"{value:.1f} s (objective {objective:.0f} s: {'met' if value <= objective else 'MISSED'})"


def _seconds(value: float | None) -> str:
    return "unknown: its beginning or its end is not on record" if value is None else f"{value:.1f} s"


def _shown_loss(case: Case) -> str:
    approval = case.approval
    if approval is None or approval.bounds.loss_changes is None:
        return "unknown"
    return f"at most {approval.bounds.loss_changes} changes"


def _fence(entries: Sequence[Entry]) -> str:
    """Say what was proven, never what the gate promised; what was proven stands until something else is seen."""
    levels: dict[str, int | None] = {}
    for entry in entries:
        if entry.kind == "observed":
            seen = entry.data.get("fence", {}).items()
            levels |= {host: level for host, level in seen if level is not None or host not in levels}
    return (
        ", ".join(f"{host} {_level(level)}" for host, level in sorted(levels.items())) or "no writer was proven fenced"
    )


def _level(level: int | None) -> str:
    return "NOT PROVEN" if level is None else f"{level} ({FENCE.get(level, '?')})"


def _timeline(entries: Sequence[Entry]) -> str:
    began: dict[str, float] = {}
    rows = ["## Timeline", "| at s | step | result | took s |", "|---|---|---|---|"]
    start = mark = entries[0].at
    for entry in entries:
        step, at = entry.data.get("step", ""), f"{entry.at - start:.1f}"
        if entry.kind == "act.before":
            began[step] = entry.at
        elif entry.kind in ("act.after", "act.failed", "act.refused"):
            rows.append(f"| {at} | {step} | {_result(entry)} | {entry.at - began.get(step, entry.at):.2f} |")
        elif entry.kind == "observed":
            held = verdict(entry.data["breaches"], entry.data.get("unseen", ()))
            rows.append(f"| {at} | **{entry.data['stage']}** | {held} | **{entry.at - mark:.1f}** |")
            mark = entry.at
    return "\n".join(rows)


def _result(entry: Entry) -> str:
    words = {"act.after": "proven", "act.failed": "FAILED", "act.refused": "refused"}
    return words[entry.kind]


def _approvals(case: Case) -> str:
    lines = ["## Approvals"]
    lines += [
        f"- {a.decision} by {a.approver} (self-declared name, by {a.channel}): {a.reason}" for a in case.approvals
    ]
    return "\n".join(lines)


def _debts(case: Case) -> str:
    return "\n".join(["## Debts", *(f"- {target}: {what}" for target, what in case.debts)])


def _unmirrored(case: Case) -> tuple[str, ...]:
    if case.mirror is None:
        return ("- A second copy of the evidence: no mirror of it is on record.",)
    return (f"- A second copy of the evidence: {case.mirror.where}: {case.mirror.fault}.",) if case.mirror.fault else ()


def _not_proven(case: Case) -> str:
    canary = "- Canary level 1 only: a commit in our own table as the Configuration Server account."
    lines = [
        "## Not proven",
        *(() if case.intent.runbook == "reprotect" else (canary,)),
        "- Who answered the gate: names are self-declared; one-time codes are not yet supported.",
        *_unmirrored(case),
        *(() if case.signed_by else (f"- {UNSIGNED}",)),
    ]
    if not case.intent.drains:
        lines.append("- What was lost: only the returning region can tell; `gdr run reprotect` exports it.")
    return "\n".join(lines)
