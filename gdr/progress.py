"""How far a run has come, read off its journal: finished steps as lines, the rest as one live block."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.live import Live
from rich.text import Text

from gdr.answer import console
from gdr.asked import Told
from model import commands, runbooks
from model.approval import until
from model.course import ENDED, course
from model.evidence import Entry, read
from model.forecast import forecast_s
from model.invariants import verdict
from model.report.clocks import limited_since
from model.step import Intent, Mode, Step
from model.view import View
from tasks import evidence
from tasks.run import environment

NEXT_LOOK_S = 0.2
BEGUN = ("act.before", *ENDED)  # from the first of them on, nobody is asked any more


class Journal:
    """The journal of the run that goes on: the newest of the environment that grew since."""

    def __init__(self, name: str) -> None:
        """Remember how long every journal of the environment is now."""
        self._environment = name
        self._sizes = {path: path.stat().st_size for path in self._paths()}

    def _paths(self) -> Iterable[Path]:
        return evidence.journals(self._environment)

    def news(self) -> tuple[Entry, ...]:
        """Return the records written since the last call."""
        found: list[Entry] = []
        for path in self._paths():
            known = self._sizes.get(path, 0)
            with path.open("rb") as file:
                file.seek(known)
                whole, end, _ = file.read().rpartition(b"\n")
            found += read(whole + end, str(path))
            self._sizes[path] = known + len(whole + end)
        return tuple(sorted(found, key=lambda entry: entry.at))


class Clocks:
    """What has been done of what was planned, and since when."""

    def __init__(self, name: str, runbook: Told, mode: Mode) -> None:
        """Begin with nothing known but what was asked for."""
        self._known, self._runbook, self._mode = environment(name), runbook, mode
        self._intent: Intent | None = None
        self._started: Entry | None = None
        self.begun = time.time()
        self.opened_at: float | None = None
        self.limited_since: float | None = None
        self.steps: tuple[Step, ...] = ()
        self.done: set[str] = set()
        self.running: dict[str, float] = {}

    def take(self, entry: Entry) -> None:
        """Take in one record."""
        step = str(entry.data.get("step", ""))
        match entry.kind:
            case "case.opened":
                self.opened_at, self._intent = entry.at, self._meant(Intent(**entry.data["intent"]))
                self.done, self.running = set(), {}
            case "attempt.started":
                self._started, self._intent = entry, self._meant(evidence.case_of(entry.case).intent)
                self.steps = self._planned(entry, self._intent)
            case "intent.escalated" | "intent.aborted" if self._started:
                self._intent = Intent(**entry.data["intent"])
                self.steps = self._planned(self._started, self._intent)
            case "act.before":
                self.running[step] = entry.at
                self.limited_since = self.limited_since or self._limited(entry)
            case "sample.declared":
                self.limited_since = self._limited(entry)
            case kind if kind in ENDED:
                self.running.pop(step, None)
                self.done.add(step)

    def _planned(self, entry: Entry, intent: Intent) -> tuple[Step, ...]:
        case = evidence.case_of(entry.case)
        self.opened_at = case.opened_at
        earlier = (limited_since(each, intent) for each in evidence.entries(entry.case))
        self.limited_since = next((at for at in earlier if at is not None), None)
        view = View(
            environment=self._known,
            seen=evidence.load(entry.data["observation"]),
            intent=intent,
            case=entry.case,
            waived=case.waived,
            lossy=not intent.keeps,
        )
        return tuple(runbooks.left(view).steps())

    def _meant(self, intent: Intent) -> Intent:
        """Return what this run is about, until it is recorded: it may give more up than the case was opened for."""
        if self._runbook == "abort":
            return intent.back
        if self._runbook not in ("full-failover", "partial-failover"):
            return intent
        switch = replace(intent.forth, mode=self._mode)
        if self._runbook == "partial-failover" or switch.runbook == "full_failover":
            return switch
        return replace(switch, runbook="full_failover", target=switch.moves_to, home=None)

    def _limited(self, entry: Entry) -> float | None:
        return limited_since(entry, self._intent) if self._intent else None

    def label(self, step: str) -> str:
        """Name a step with its stage."""
        return next((known.label for known in self.steps if known.id == step), step)

    def left_s(self) -> float:
        """Forecast the rest."""
        return forecast_s(step for step in self.steps if step.id not in self.done)

    def __rich__(self) -> Text:
        """Draw the live block: both clocks, the forecast, and what is under way."""
        now = time.time()
        objective = self._known.objectives.rto_s
        clocks = [
            f"limited mode {_since(self.limited_since, now)}",
            f"outage {_since(self.opened_at, now)} of {objective:.0f} s",
            f"forecast {self.left_s():.0f} s more",
            f"{len(self.done)} of {len(self.steps)} steps",
        ]
        lines = [f"  {self.label(step)}  {now - begun:.1f} s" for step, begun in self.running.items()]
        return Text("\n".join(["  |  ".join(clocks), *lines]))


def _since(then: float | None, now: float) -> str:
    return "-" if then is None else f"{now - then:.0f} s"


class Progress:
    """Tell a person how far a run is, on standard error; live once nobody can be asked any more."""

    def __init__(self, name: str, runbook: Told, mode: Mode) -> None:
        """Begin at the journals as they are now."""
        self.console = console(sys.stderr)
        self._journal, self._clocks = Journal(name), Clocks(name, runbook, mode)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Tell what is left to tell."""
        self.tell()
        if self._live:
            self._live.stop()

    def say(self, text: Any) -> None:
        """Tell something that stands in no journal."""
        self.console.print(text)

    def tell(self) -> None:
        """Tell what was recorded since the last call."""
        for entry in self._journal.news():
            self._clocks.take(entry)
            if entry.kind in BEGUN and self._live is None and self.console.is_terminal:
                self._live = Live(self._clocks, console=self.console, refresh_per_second=5, transient=True)
                self._live.start()
            for line in lines(entry, self._clocks.label):
                self.console.print(f"{entry.at - self._clocks.begun:7.1f} s  {line}", markup=False, soft_wrap=True)


def lines(entry: Entry, label: Callable[[str], str]) -> Iterator[str]:
    """Tell one record in words; what nobody needs to follow a run is not told."""
    data: Any = entry.data
    match entry.kind:
        case "case.opened":
            yield f"case {entry.case} opened"
        case "gate.answered" | "gate.waiting" | "gate.refused":
            yield _answer(entry.kind, data)
        case "intent.aborted":
            active = data["intent"].get("home") or data["intent"]["target"]
            yield f"the switch goes back: {active} stays active, nothing is promoted and no name moved any more"
        case "act.after":
            yield label(data["step"])
        case "act.found":
            yield f"{label(data['step'])}: was done already"
        case "act.failed" | "act.refused":
            yield f"{label(data['step'])}: {data.get('reason') or '; '.join(data['reasons'])}"
        case "observed":
            yield f"after {data['stage']}: {verdict(data['breaches'], data.get('unseen', ()))}"
        case "attempt.died":
            yield f"{data['what']}: go on with `{data['way']}`"
        case "debt":
            yield f"debt: {data['target']}: {data['what']}"


def _answer(kind: str, data: Mapping[str, Any]) -> str:
    if kind == "gate.refused":
        return f"the answer does not count: {'; '.join(data['reasons'])}"
    said = data.get("decision") or until(data["until"])
    return f"{said} by {data['approver']} ({data['channel']}): {data['reason']}"


def standing(name: str) -> str:
    """Say where an interrupted run leaves things, and how to go on."""
    case = evidence.open_case(name)
    if case is None:
        return "No case is open; nothing was changed."
    entries = evidence.entries(case.name)
    acts = [
        f"In flight: {step}, begun {time.time() - at:.1f} s ago; its host may still end it."
        for step, at in course(entries).flying.items()
    ]
    last = entries[-1]
    what = f"{last.kind} {last.data.get('step', '')}".rstrip()
    return "\n".join(
        [
            f"Case {case.name} stays open; its last record is {last.n}: {what}",
            *(acts or ["No act was in flight."]),
            f"Look with `{commands.look(name)}`; go on with `{commands.run(name, case.intent)}`",
        ]
    )
