"""The report of a case, from its evidence alone: what an auditor and the morning shift read first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from model.case import Case, fold
from model.errors import Refused
from model.evidence import Entry

HOST_FENCE = {1: "powered off", 2: "stopped, seen from the host itself", 5: "WAIVED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Seconds.

    Attributes:
        limited_mode: From the end of the old Primary to the last proxy in normal mode; None when it is not on record.
        work: What this tool needed, human waiting apart.
        waiting: What people needed at the gate.
        rto: From opening the case to its proof.
    """

    limited_mode: float | None
    work: float
    waiting: float
    rto: float


def clocks(case: Case, entries: Sequence[Entry]) -> Clocks:
    """Read the clocks off the records."""
    proven = _proven_at(entries)
    waiting = sum(_waits(entries))
    rto, since = proven - case.opened_at, _limited_since(case, entries)
    return Clocks(limited_mode=None if since is None else proven - since, work=rto - waiting, waiting=waiting, rto=rto)


def _proven_at(entries: Sequence[Entry]) -> float:
    """When the last living region was proven to serve."""
    served = [entry.at for entry in entries if str(entry.data.get("step", "")).startswith("serve:")]
    return served[-1] if served else entries[-1].at


def _limited_since(case: Case, entries: Sequence[Entry]) -> float | None:
    """Planned: when the first Configuration Server was stopped. Unplanned: when the sampler last saw a Primary."""
    if case.intent.mode == "planned":
        return next((entry.at for entry in entries if _stops_confserv(entry)), None)
    return case.sample.at if case.sample else None


def _stops_confserv(entry: Entry) -> bool:
    step = str(entry.data.get("step", ""))
    return entry.kind == "act.before" and step.startswith("stop:") and step.endswith("/confserv")


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
    intent, approval = case.intent, case.approval
    lines = [
        f"# {intent.mode.capitalize()} failover of {case.environment} to {intent.target}",
        *_warnings(case),
        f"- Case `{case.name}`, {case.attempts} process(es), {len(entries)} records, head `{entries[-1].hash[:16]}`",
        f"- Reason: {intent.reason}",
        f"- RTO {time.rto:.1f} s (objective {rto_s:.0f} s: {'met' if time.rto <= rto_s else 'MISSED'})",
        f"- Of it: work {time.work:.1f} s, people {time.waiting:.1f} s",
        f"- Limited mode (no Primary): {_seconds(time.limited_mode)}",
        f"- Outage of the given-up region: goes on; {len(case.debts)} debts below",
        f"- May be lost, as shown at the gate: {_shown_loss(case)}",
        f"- Fence: {_fence(entries)}",
    ]
    return "\n".join(lines) + ("" if approval else "\n- **No approval on record**")


def _warnings(case: Case) -> list[str]:
    given = [
        f"**The answer was given beforehand (laboratory) by {a.approver}.**" for a in case.approvals if a.beforehand
    ]
    waived = [f"**{host}: its fence was waived: it may still be accepting changes.**" for host in sorted(case.waived)]
    return [*given, *waived]


def _seconds(value: float | None) -> str:
    return "unknown: its beginning is not on record" if value is None else f"{value:.1f} s"


def _shown_loss(case: Case) -> str:
    approval = case.approval
    if approval is None or approval.bounds.loss_changes is None:
        return "unknown"
    return f"at most {approval.bounds.loss_changes} changes"


def _fence(entries: Sequence[Entry]) -> str:
    levels: dict[str, Any] = {}
    for entry in entries:
        if entry.kind == "gate.answered":
            levels |= entry.data.get("levels", {})
    return (
        ", ".join(f"{host} {level} ({HOST_FENCE.get(level, '?')})" for host, level in sorted(levels.items())) or "none"
    )


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
            held = "; ".join(entry.data["breaches"]) or "invariants held"
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


def _not_proven(case: Case) -> str:
    lines = [
        "## Not proven",
        "- Canary level 1 only: a commit in our own table as the Configuration Server account.",
        "- Who answered the gate: names are self-declared; one-time codes are not yet supported.",
        "- The evidence is not mirrored or signed yet; its head stands in the activation record.",
    ]
    if case.intent.mode == "unplanned":
        lines.append("- What was lost: only the returning region can tell; reprotect is not yet supported.")
    return "\n".join(lines)
