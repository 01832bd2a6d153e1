"""Preconditions and proofs by name. Each returns None when it holds, else why not: the reason an operator reads.

The first line of a docstring is the condition's text in the printed runbook. Ignorance never holds.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from model.step import Step
from model.view import View

Condition = Callable[[View, Step], str | None]
Part = Literal[
    "record",
    "writer",
    "server",
    "power",
    "host",
    "heard",
    "database",
    "region",
    "source framework",
    "source database",
    "target framework",
    "target database",
    "target database host",
    "target log",
    "own log",
    "logs",
    "survey",
    "counterpart",
    "machine",
    "cut off",
    "dormant framework",
    "walls",
    "room",
    "dormant database host",
]
CONDITIONS: dict[str, Condition] = {}
SEES: dict[str, tuple[Part, ...]] = {}


def condition(*parts: Part) -> Callable[[Condition], Condition]:
    """Register a condition under its name, with the parts of the world it must see."""

    def register(check: Condition) -> Condition:
        CONDITIONS[check.__name__] = check
        SEES[check.__name__] = parts
        return check

    return register


def failing(names: Iterable[str], view: View, step: Step) -> tuple[str, ...]:
    """Return why the named conditions do not hold; empty when all do."""
    reasons = (CONDITIONS[name](view, step) for name in names)
    return tuple(reason for reason in reasons if reason is not None)


def text_of(name: str) -> str:
    """Return the condition in the runbook's words."""
    return (CONDITIONS[name].__doc__ or name).strip().splitlines()[0].rstrip(".")
