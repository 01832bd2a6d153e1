"""What stands in for the outer world: an observation that is given, and acts that only say that they were called."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from types import ModuleType
from typing import Any, TypeVar

import pytest

from blocks import reach
from flows import full_failover, logs
from flows.gate import Beforehand
from model.observation import Observation
from model.runbooks.full_failover import FullFailoverPlan
from model.runbooks.runbook import Plan, Runbook
from model.scope import Scope
from model.step import Step, Steps, Verb
from model.view import View
from tasks import cases, drift, turning
from tasks.run import Run
from tests.unit.model.steady import steady

BEFOREHAND = Beforehand(approver="alice", reason="a test of the flow")
P = TypeVar("P", bound=Plan)
FIELDS = tuple(each.name for each in fields(FullFailoverPlan))


def plan_of_names(plan: type[P]) -> P:
    """Return a plan whose every line has one step, named after its field."""
    return plan(**{each.name: (_step(each.name),) for each in fields(plan)})


class Fixed(Runbook[P]):
    """A runbook of which always the same is left."""

    def __init__(self, plan: P) -> None:
        super().__init__(type(plan), lambda _view: {})
        object.__setattr__(self, "fixed", plan)

    def left(self, view: View) -> P:  # noqa: ARG002  (whatever was seen)
        """Return it."""
        plan: P = self.fixed  # type: ignore[attr-defined]
        return plan


def _step(name: str) -> Step:
    return Step(stage="fence", verb=Verb.STOP, host=name, command="", needs=(), proves=(), undo="")


@dataclass
class Recorder:
    """The lines a run came to, in order, and the act each was given to; `fails` raises at one of them."""

    lines: list[str] = field(default_factory=list)
    acts: dict[str, str] = field(default_factory=dict)
    fails: dict[str, Exception] = field(default_factory=dict)

    def install(
        self,
        monkeypatch: pytest.MonkeyPatch,
        seen: Callable[[], Observation] = steady,
        module: ModuleType = full_failover,
        installed: Callable[[], Observation] = steady,
    ) -> None:
        """Put the recorders in a runbook's place of acts, and the observations in the world's.

        Args:
            installed: What is looked at for drift: its inventories.
        """

        async def at_once(act: Any, _run: Run, steps: Steps) -> None:
            self.acts |= {step.host: act.fn.__name__ for step in steps}
            self._line(steps)

        async def taking(act: Any, run: Run, steps: Steps) -> Run:
            await at_once(act, run, steps)
            return run

        async def stage_done(run: Run, stage: str) -> View:
            self.lines.append(f"after {stage}")
            return run.view(seen())

        async def look(_known: Any, scope: Scope) -> Observation:
            return installed() if scope.inventories else seen()

        async def nothing(*_: Any) -> None:
            return None

        for name, double in {
            "at_once": at_once,
            "in_turn": at_once,
            "one_per_host": at_once,
            "taking": taking,
            "stage_done": stage_done,
        }.items():
            for each in (module, logs):
                monkeypatch.setattr(each, name, double, raising=False)
        for each in (cases, drift, turning):
            monkeypatch.setattr(each, "look", look)
        monkeypatch.setattr(cases, "_claim", nothing)

    def bars(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take every way to the outer world but looking for a line, and so the naming of a case in the record."""

        def barred(way: str) -> Callable[..., Any]:
            async def taken(*_: Any, **__: Any) -> None:
                self.lines.append(way)

            return taken

        for way in ("shell", "names", "sql", "files", "depot"):
            monkeypatch.setattr(reach, way, barred(way))
        monkeypatch.setattr(cases, "_claim", barred("claim"))

    def _line(self, steps: Steps) -> None:
        for name in dict.fromkeys(step.host for step in steps):
            self.lines.append(name)
            if name in self.fails:
                raise self.fails[name]
