"""The last day of the sampler, or what is kept of it: how far behind the standby was at worst, and how often asked."""

from collections.abc import Iterator
from datetime import UTC, datetime

from model.observation import Minute, Sample
from model.readiness.blocked import NOTHING
from model.readiness.line import Check, Line
from model.view import View

DAY_S, MINUTE_S = 86_400.0, 60.0
SEEN, SPARE_S = 0.9, 120.0  # nine seconds of ten; a restart of the sampler or of the standby is no gap

WORST_MENDS = "find what slowed the standby then: link, disk, a long query; green again when a day has passed"
WORST = Check("highest lag of a day", "declare", WORST_MENDS, NOTHING)
GAPS_MEND = "find why the sampler, or the standby, was silent then (journalctl -u gdr-sampler@...)"
GAPS = Check("lag measured throughout a day", "declare", GAPS_MEND, NOTHING)


def lines(view: View, now: float, minutes: tuple[Minute, ...]) -> Iterator[Line]:
    """Judge what is kept of the last day against the objective. What was not measured is no zero."""
    name, most = view.environment.name, view.environment.objectives.rpo_s
    known = [minute for minute in minutes if minute.at > now - DAY_S]
    if not known:
        yield WORST.judged(name, None, "no sample of the last day")
        yield GAPS.judged(name, None, "no sample of the last day")
        return
    worst = max(known, key=lambda minute: minute.lag_s)
    span_s = min(DAY_S, now - min(minute.at for minute in known))
    hours = f"of the last {span_s / 3600:.1f} h"
    found = f"{worst.lag_s:.0f} s {hours}, {(now - worst.at) / 3600:.1f} h ago; objective {most:.0f} s"
    yield WORST.judged(name, worst.lag_s <= most if _measured(known) else None, found)
    yield _gaps(name, known, span_s, hours)


def protected_until(now: float, samples: tuple[Sample, ...], day: tuple[Minute, ...]) -> str:
    """Say when a standby certainly had all that was written: by a minute's highest lag, up to a minute too early."""
    had = [one.at - one.lag_s for one in samples if one.lag_s is not None]
    had += [one.at - one.lag_s for one in day if one.measured]
    known = [*(one.at for one in samples), *(one.at for one in day)]
    if not known:
        return "nobody knows when: no sample"
    at = max(had) if had else min(known)
    moment = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC, {(now - at) / 3600:.1f} h ago"
    return moment if had else f"before {moment}"


def _measured(known: list[Minute]) -> int:
    return sum(minute.measured for minute in known)


def _gaps(name: str, known: list[Minute], span_s: float, hours: str) -> Line:
    """Compare seconds with samples, of which there is one a second; a minute is kept only when it is over."""
    missing = span_s - MINUTE_S - _measured(known)
    unknown = sum(minute.unknown for minute in known)
    found = f"{_measured(known)} samples {hours} with a lag, {unknown} without"
    return GAPS.judged(name, missing <= max(SPARE_S, (1 - SEEN) * span_s), found)
