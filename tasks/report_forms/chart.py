"""Where things lie in the pictures of the report: pixels, and nothing else.

The time axis leaves out what nothing was done in: people may think for hours about what then takes half a minute.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.report.facts import Past, Report
from model.report.timeline import Break

WIDTH, LEFT, RIGHT = 1080.0, 230.0, 96.0  # on the right there is room for what came of the last step
LANE, ROW, HEAD, FOOT = 26.0, 20.0, 24.0, 24.0
GAP, GAPS_SHARE = 64.0, 0.4
LETTER = 6.6  # what a letter of the stages' lane needs
TICKS = 8
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle with its words."""

    x: float
    y: float
    width: float
    height: float
    words: str
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture: boxes, and ticks on its axis."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    ticks: tuple[tuple[float, str], ...]
    line: float | None = None


def span(seconds: float | None) -> str:
    """Write a time as people say it."""
    if seconds is None:
        return "unknown"
    if seconds < 120:  # noqa: PLR2004  (below two minutes a tenth of a second matters)
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


class Axis:
    """Seconds to pixels; each break has one width, however long it was."""

    def __init__(self, length: float, breaks: Sequence[Break]) -> None:
        """Divide what is left of the width among the seconds in which something was done."""
        self.breaks = tuple(_apart(breaks))
        room = WIDTH - LEFT - RIGHT
        self.gap = min(GAP, room * GAPS_SHARE / len(self.breaks)) if self.breaks else 0.0
        self._done = max(length - sum(ended - began for began, ended, _ in self.breaks), 0.001)
        self._scale = (room - self.gap * len(self.breaks)) / self._done
        self._length = length

    def x(self, at: float) -> float:
        """Return where a moment lies."""
        left_out = 0.0
        pixels = 0.0
        for began, ended, _ in self.breaks:
            inside = min(max(at - began, 0.0), ended - began)
            left_out += inside
            pixels += self.gap * inside / (ended - began)
        return LEFT + self._scale * (at - left_out) + pixels

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield moments worth a line, none within a break."""
        step = next((step for step in STEPS if self._done / step <= TICKS), STEPS[-1] * 24)
        at = 0.0
        for began, ended, _ in (*self.breaks, (self._length, self._length, "")):
            number = -(-at // step)
            while number * step <= began:
                yield self.x(number * step), f"{number * step:g} s"
                number += 1
            at = ended


def _apart(breaks: Sequence[Break]) -> Iterator[tuple[float, float, str]]:
    """Yield breaks that do not overlap, oldest first."""
    end = 0.0
    for one in sorted(breaks, key=lambda one: one.began):
        began = max(one.began, end)
        if one.ended > began:
            yield began, one.ended, one.what
            end = one.ended


def timeline(known: Report) -> Chart:
    """Lay out what was done when: breaks as columns, stages as a lane, a row for each attempt at a step."""
    time = known.timeline
    axis = Axis(time.length, time.breaks)
    height = HEAD + LANE + ROW * len(time.bars) + FOOT
    boxes = [*_columns(axis, height - FOOT), *_lane(known, axis), *_steps(known, axis)]
    return Chart(width=WIDTH, height=height, boxes=tuple(boxes), ticks=tuple(axis.ticks()))


def _columns(axis: Axis, bottom: float) -> Iterator[Box]:
    for began, ended, what in axis.breaks:
        x = axis.x(began)
        yield Box(
            x=x, y=HEAD, width=axis.x(ended) - x, height=bottom - HEAD,
            words=what, kind="break", note=span(ended - began),
        )  # fmt: skip


def _lane(known: Report, axis: Axis) -> Iterator[Box]:
    for stage in known.timeline.stages:
        x, end = axis.x(stage.began), axis.x(stage.ended)
        words = stage.name if end - x > LETTER * len(stage.name) else ""
        waited = f", and {span(stage.idle)} in which nothing was done" if stage.idle else ""
        note = f"{stage.name}: {span(stage.work)}{waited}; {stage.verdict}"
        yield Box(x=x, y=HEAD, width=end - x, height=LANE - 6, words=words, kind="stage", note=note)


def _steps(known: Report, axis: Axis) -> Iterator[Box]:
    for number, bar in enumerate(known.timeline.bars):
        x = axis.x(bar.began)
        kind = "critical" if bar.critical else "proven"
        yield Box(
            x=x, y=HEAD + LANE + ROW * number, width=max(axis.x(bar.ended) - x, 2.0), height=ROW - 6,
            words=bar.step, kind=kind if bar.result == "proven" else bar.result.replace(" ", "-"),
            note=f"{bar.ended - bar.began:.2f} s" + ("" if bar.result == "proven" else f" {bar.result}"),
        )  # fmt: skip


def trend(switches: Sequence[Past], rto_s: float) -> Chart:
    """Lay out the switches made here: work below, people above, and the objective as a line."""
    height, top, floor = 260.0, 20.0, 210.0
    highest = max([rto_s, *(past.rto or 0.0 for past in switches)]) * 1.05
    room = (WIDTH - LEFT - RIGHT) / max(len(switches), 1)
    boxes: list[Box] = []
    for number, past in enumerate(switches):
        x, width = LEFT + room * (number + 0.2), min(room * 0.6, 60.0)
        work, people = ((floor - top) * part / highest for part in (past.work, past.waiting))
        if past.rto is None:
            boxes.append(_column(x, floor - 14, width, 14, "not reached", "none", past))
            continue
        boxes.append(_column(x, floor - work, width, work, span(past.rto), "work", past))
        boxes.append(_column(x, floor - work - people, width, people, "", "people", past))
    ticks = tuple((floor - (floor - top) * share, f"{highest * share:.0f} s") for share in (0.0, 0.5, 1.0))
    line = floor - (floor - top) * rto_s / highest
    return Chart(width=WIDTH, height=height, boxes=tuple(boxes), ticks=ticks, line=line)


def _column(x: float, y: float, width: float, height: float, words: str, kind: str, past: Past) -> Box:  # noqa: PLR0913, PLR0917
    note = f"{past.title}: {past.outcome}; work {span(past.work)}, people {span(past.waiting)}"
    return Box(x=x, y=y, width=width, height=height, words=words, kind=kind, note=note)
