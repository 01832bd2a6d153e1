"""What a runbook would do from here: steps, reasons against it, and what the gate would show."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rich.text import Text

from gdr.asked import MODES, Database, Lost, Planned, name_of
from model import runbooks
from model.case import Case
from model.conditions import text_of
from model.declaration import Declaration, declare, has_ended
from model.environment.document import RegionKey
from model.environment.environment import Environment, other
from model.evidence import Entry
from model.forecast import forecast_s
from model.judgement import against, done, drifted, refusals
from model.observation import HostSeen, Observation, Power
from model.readiness.line import Line
from model.report.clocks import stopped_at
from model.step import Intent, Mode, Step
from model.view import View
from model.words import nothing_to_do

REASON = "(a plan)"


def intent(
    runbook: Planned,
    target: RegionKey,
    mode: Mode | None,
    lost: Lost | None = None,
    database: Database | None = None,
) -> Intent:
    """Return the intent that these words mean in the ordinary state: what does not move is in the other region."""
    name, said = name_of(runbook, lost, database), mode or MODES[runbook]
    if name == "framework_failover":
        return Intent(runbook=name, target=other(target), mode=said, reason=REASON, home=target)
    home = other(target) if name == "dbms_failover" else None
    return Intent(runbook=name, target=target, mode=said, reason=REASON, home=home)


def whole_page(known: Environment, intent: Intent) -> tuple[tuple[Step, ...], Text]:
    """Return the whole runbook of a healthy environment, nobody asked."""
    hosts = {host.name: HostSeen(answers=True, power=_power(known, host.name)) for _, host in known.all_hosts()}
    view = View(environment=known, seen=Observation(at=0, hosts=hosts), intent=intent, lossy=not intent.keeps)
    steps = tuple(runbooks.whole(view).steps())
    return steps, Text(f"{_list(steps)}\n" + f"\n{len(steps)} steps, forecast {forecast_s(steps):.0f} s")


def _power(known: Environment, host: str) -> Power:
    return Power.ON if known.power_source(known.host(host)) else Power.UNKNOWN


class Remaining:
    """What separates what was seen from what is wanted."""

    def __init__(
        self, view: View, case: Case | None, entries: Sequence[Entry] = (), drift: tuple[Line, ...] = ()
    ) -> None:
        """Judge it as the runbook itself would.

        Args:
            view: As `tasks.cases.standing` makes it, and the case.
            entries: The case's records.
            drift: What `tasks.drift.judged` found.
        """
        self.view, intent = view, view.intent
        self.done = case is None and done(self.view)
        found = (*_clash(case, intent), *against(case, view), *refusals(view), *drifted.reasons(view, drift))
        self.refusals = () if self.done else found
        self.steps = () if self.done else tuple(runbooks.left(self.view).steps())
        self.shown: Declaration = declare(self.view, _case(case, self.view), self.steps, stopped_at=stopped_at(entries))

    def data(self) -> dict[str, Any]:
        """Write it as plain data."""
        return {
            "environment": self.view.environment.name,
            "case": self.view.case,
            "needed": not self.done,
            "refusals": list(self.refusals),
            "forecast_s": self.shown.forecast_s,
            "gate": self.shown.text if self.view.intent.asks else None,
            "steps": [step_data(step) for step in self.steps],
        }

    def page(self) -> Text:
        """Write it for a terminal."""
        if self.done:
            return Text(nothing_to_do(self.view))
        against = [f"REFUSED: {reason}" for reason in self.refusals]
        gate = f"The gate would show:\n\n{self.shown.text}" if self.view.intent.asks else "It asks nobody."
        return Text("\n\n".join([_list(self.steps), gate, *against]))


def _clash(case: Case | None, intent: Intent) -> Iterator[str]:
    if case is not None and case.clashes(intent):
        theirs = case.intent
        yield f"case {case.name} is open: {theirs.mode} {theirs.runbook} to {theirs.target}: continue that one first"


def _case(case: Case | None, view: View) -> Case:
    """Return the open case, or the one that would be opened, with the sample it would declare."""
    if case is not None and case.declared_at is not None:
        return replace(case, intent=view.intent)
    return Case(
        name="(not opened)",
        opened_at=view.seen.at,
        environment=view.environment.name,
        digest="",
        intent=view.intent,
        sample=view.seen.sample,
        watch=view.seen.watch,
        declared_at=view.seen.at,
        ended=has_ended(view),
    )


def step_data(step: Step) -> dict[str, Any]:
    """Write a step as plain data, its conditions in words."""
    return {
        "id": step.id,
        "label": step.label,
        "command": step.command,
        "needs": [text_of(name) for name in step.needs],
        "proves": [text_of(name) for name in step.proves],
        "undo": step.undo,
        "must": step.must,
        "point_of_no_return": step.no_return,
    }


def _list(steps: Iterable[Step]) -> str:
    return "\n\n".join(_step(number, step) for number, step in enumerate(steps, 1)) or "No step is left."


def _step(number: int, step: Step) -> str:
    lines = [
        *(["---- point of no return ----"] if step.no_return else []),
        f"{number:3} {step.label}{'' if step.must else ' (should: a failure is a debt)'}",
        f"      command  {step.command}",
        *(f"      needs    {text_of(name)}" for name in step.needs),
        *(f"      proof    {text_of(name)}" for name in step.proves),
        f"      undo     {step.undo}",
    ]
    return "\n".join(lines)
