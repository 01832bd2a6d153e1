"""The clocks of a case, read off its records: outage, limited mode, this tool's work, and what people needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.case import Case
from model.dead import DIED
from model.evidence import Entry
from model.step import Intent

IDLE_S = 300.0  # the longest act, and its proof, take less
PROVEN, NOT_PROVEN = ("act.after", "act.found"), ("act.failed", "act.refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Seconds.

    Attributes:
        limited_mode: From the end of the old Primary to the last proxy in normal mode; None when either is not on
            record.
        work: What this tool needed, all else apart; up to the last record where the end is not proven.
        waiting: What people needed at the gate.
        idle: How long no process was there: it was seen to be dead, or nothing was written for longer than the longest
            act takes.
        rto: From opening the case to its proof; None while nobody has proven that the living regions are served.
    """

    limited_mode: float | None
    work: float
    waiting: float
    rto: float | None
    idle: float = 0.0


def clocks(case: Case, entries: Sequence[Entry]) -> Clocks:
    """Read the clocks off the records."""
    proven, waiting = proven_at(entries), sum(ended - began for began, ended in waits(entries))
    since = next((at for entry in entries if (at := limited_since(entry, case.intent)) is not None), None)
    end = entries[-1].at if proven is None else proven
    took, gone = end - case.opened_at, sum(ended - began for began, ended in idle(entries) if ended <= end)
    return Clocks(
        limited_mode=None if since is None or proven is None else proven - since,
        work=took - waiting - gone,
        waiting=waiting,
        rto=None if proven is None else took,
        idle=gone,
    )


def proven_at(entries: Sequence[Entry]) -> float | None:
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
    if intent.mode == "unplanned" and intent.keeps:
        return None
    if intent.mode == "planned":
        return entry.at if _stops_the_primary(entry) else None
    sample = entry.data.get("sample") if entry.kind == "sample.declared" else None
    return sample["at"] if sample else None


def stopped_at(entries: Sequence[Entry]) -> float | None:
    """Return when a case stopped the old Primary; None where it has not, or goes back."""
    if any(entry.kind == "intent.aborted" for entry in entries):
        return None
    return max((entry.at for entry in entries if _stops_the_primary(entry)), default=None)


def _stops_the_primary(entry: Entry) -> bool:
    """Whether a Configuration Server is stopped that was Primary: the backup is stopped before it."""
    if entry.kind != "act.before" or not entry.data["step"].startswith("stop:"):
        return False
    host, _, kind = entry.data["step"].removeprefix("stop:").partition("/")
    seen = entry.data["facts"].get("hosts", {}).get(host, {}).get("components", {}).get(kind, {})
    return kind == "confserv" and bool(seen.get("run_mode") == "Primary")


def waits(entries: Sequence[Entry]) -> Iterator[tuple[float, float]]:
    """Yield when people were asked, and when their answer was taken up."""
    asked: float | None = None
    for entry in entries:
        if entry.kind == "gate.asked" and asked is None:
            asked = entry.at
        elif entry.kind == "gate.answered" and asked is not None:
            yield asked, entry.at
            asked = None


def idle(entries: Sequence[Entry]) -> Iterator[tuple[float, float]]:
    """Yield when no process was there, but for the times in which people were asked."""
    asked = list(waits(entries))
    died = [entry.at for entry in entries if entry.kind == DIED]
    for one, two in pairwise(entry for entry in entries if entry.kind != DIED):
        waited = any(began <= one.at and two.at <= ended for began, ended in asked)
        is_known = two.kind == "attempt.started" and any(one.at <= at <= two.at for at in died)
        if (is_known or two.at - one.at > IDLE_S) and not waited:
            yield one.at, two.at
