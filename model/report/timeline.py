"""What was done when: a bar for each attempt at a step, the stages, the waits, and the chain that decided how long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from model.dead import DIED
from model.evidence import Entry
from model.invariants import verdict
from model.report.clocks import idle, waits

Result = Literal["proven", "FAILED", "refused", "no end"]
RESULTS: dict[str, Result] = {"act.after": "proven", "act.failed": "FAILED", "act.refused": "refused"}
PEOPLE, NOBODY = "people", "nothing ran"
LONGEST = 8  # parts of the critical path that are named one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One attempt at a step. Seconds since the case was opened.

    Attributes:
        result: `no end`: nothing was recorded of it any more: its process was killed, or goes on.
        critical: The end waited for it.
    """

    step: str
    began: float
    ended: float
    result: Result
    critical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The end of a stage, and what was seen of the invariants then; `idle` is how long of it nothing was done."""

    name: str
    began: float
    ended: float
    verdict: str
    idle: float = 0.0

    @property
    def work(self) -> float:
        """Seconds in which something was done."""
        return self.ended - self.began - self.idle


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A time in which nothing was done: people thought, or no process was there."""

    what: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the critical path."""

    what: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All of it.

    Attributes:
        found: Steps that were as wanted when they were looked at, and so were not done.
        critical: Longest first: the steps that nothing else ran beside to the end, and the time between them.
    """

    bars: tuple[Bar, ...]
    stages: tuple[Stage, ...]
    breaks: tuple[Break, ...]
    critical: tuple[Part, ...]
    length: float
    found: tuple[str, ...] = ()


def timeline(entries: Sequence[Entry]) -> Timeline:
    """Read the timeline off the records of a case."""
    start = entries[0].at
    bars, breaks = tuple(_bars(entries, start)), tuple(_breaks(entries, start))
    path = _path(bars, breaks)
    chosen = {id(part) for part in path}
    length = entries[-1].at - start
    return Timeline(
        bars=tuple(replace(bar, critical=id(bar) in chosen) for bar in bars),
        found=_found(entries, bars),
        stages=tuple(replace(stage, idle=_idle(stage, breaks)) for stage in _stages(entries, start)),
        breaks=breaks,
        critical=_parts(path),
        length=length,
    )


def _bars(entries: Sequence[Entry], start: float) -> Iterator[Bar]:
    began: dict[str, float] = {}
    last = start
    for entry in entries:
        step = entry.data.get("step", "")
        if entry.kind == "attempt.started":
            yield from _cut_off(began, start, last)
        if entry.kind == "act.before":
            began[step] = entry.at
        elif entry.kind in RESULTS:
            since = began.pop(step, entry.at)
            yield Bar(step=step, began=since - start, ended=entry.at - start, result=RESULTS[entry.kind])
        if entry.kind != DIED:  # what it did ended before that was noticed
            last = entry.at
    yield from _cut_off(began, start, last)


def _cut_off(began: dict[str, float], start: float, last: float) -> Iterator[Bar]:
    """Yield what had begun and was not heard of until the last record before another process took over."""
    for step, since in began.items():
        yield Bar(step=step, began=since - start, ended=last - start, result="no end")
    began.clear()


def _found(entries: Sequence[Entry], bars: Sequence[Bar]) -> tuple[str, ...]:
    """Return each once, in order; what this case has done itself is a bar."""
    done = {bar.step for bar in bars if bar.result == "proven"}
    steps = dict.fromkeys(str(entry.data["step"]) for entry in entries if entry.kind == "act.found")
    return tuple(step for step in steps if step not in done)


def _stages(entries: Sequence[Entry], start: float) -> Iterator[Stage]:
    mark = start
    for entry in entries:
        if entry.kind == "observed":
            held = verdict(entry.data["breaches"], entry.data.get("unseen", ()))
            yield Stage(name=entry.data["stage"], began=mark - start, ended=entry.at - start, verdict=held)
            mark = entry.at


def _idle(stage: Stage, breaks: Sequence[Break]) -> float:
    return sum(max(0.0, min(stage.ended, one.ended) - max(stage.began, one.began)) for one in breaks)


def _breaks(entries: Sequence[Entry], start: float) -> Iterator[Break]:
    found = [(*times, PEOPLE) for times in waits(entries)] + [(*times, NOBODY) for times in idle(entries)]
    for began, ended, what in sorted(found):
        yield Break(what=what, began=began - start, ended=ended - start)


def _path(bars: Sequence[Bar], breaks: Sequence[Break]) -> list[Bar | Break]:
    """Go back from the last end: before each part comes the one that ended last before it began."""
    path: list[Bar | Break] = []
    everything: list[Bar | Break] = [*bars, *breaks]
    left = [part for part in everything if part.ended > part.began]
    at = max((part.ended for part in left), default=0.0)
    while before := [part for part in left if part.ended <= at]:
        newest = max(before, key=lambda part: (part.ended, -part.began))
        path.append(newest)
        at = newest.began
        left = [part for part in before if part is not newest]
    return path[::-1]


def _parts(path: Sequence[Bar | Break]) -> tuple[Part, ...]:
    """Return what the path consists of; what lies between two steps is looking, and starting a process."""
    named = [Part(what=_name(part), seconds=part.ended - part.began) for part in path]
    between = (path[-1].ended if path else 0.0) - sum(part.seconds for part in named)
    looking = Part(what="observing before and after each step", seconds=between)
    return tuple(sorted([*named, looking], key=lambda part: -part.seconds)) if named else ()


def folded(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the longest parts, and the rest of them as one."""
    rest = parts[LONGEST:]
    return tuple(parts) if len(rest) < 2 else (*parts[:LONGEST], _together(rest))  # noqa: PLR2004  (one is no fewer)


def _together(parts: Sequence[Part]) -> Part:
    return Part(what=f"{len(parts)} more steps", seconds=sum(part.seconds for part in parts))


def _name(part: Bar | Break) -> str:
    return part.step if isinstance(part, Bar) else part.what
