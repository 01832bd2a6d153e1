"""What all runbooks share: lines of steps, what is left of them, and the whole of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Generic, TypeVar

from model.conditions import failing
from model.step import Step
from model.view import View

LAST = ("power_off_framework", "steady")


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a runbook, with the name of its line."""

    name: str
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One field per line of a runbook, in its order. An empty one is already done, or not needed."""

    def steps(self) -> Iterator[Step]:
        """Yield every step in order."""
        for field in fields(self):
            yield from getattr(self, field.name)


L = TypeVar("L", bound=Line)
P_co = TypeVar("P_co", bound=Plan, covariant=True)


@dataclass(frozen=True, slots=True)
class Runbook(Generic[P_co]):
    """A runbook.

    Attributes:
        plan: Its lines, as fields: what a flow reads.
        lines: Its steps for a view, line by line and in the same order.
    """

    plan: type[P_co]
    lines: Callable[[View], dict[str, Iterable[Step]]]

    def whole(self, view: View) -> P_co:
        """Return every step whether done or not: the printed page, and what the report counts against."""
        return self.plan(**{name: tuple(steps) for name, steps in self.lines(view).items()})

    def left(self, view: View) -> P_co:
        """Derive the steps that still separate what was seen from what is wanted.

        Resuming is planning again: a step is left out while its proofs hold.
        """
        lines = [Line(name, step) for name, steps in self.lines(view).items() for step in steps]
        left = remaining(lines, lambda line: not failing(line.step.proves, view, line.step))
        names = (field.name for field in fields(self.plan))
        return self.plan(**{name: tuple(line.step for line in left if line.name == name) for name in names})


def remaining(lines: Iterable[L], is_done: Callable[[L], bool]) -> tuple[L, ...]:
    """Return the lines that are left. The epoch is taken only for something, and the swap to steady gives it back.

    What is off now may have power by the end: that it is switched off stays in the plan, and is found done there.
    """
    every = [(line, is_done(line)) for line in lines]
    if all(done or line.name == "take_epoch" for line, done in every):
        return ()
    return tuple(line for line, done in every if not done or line.name in LAST)
