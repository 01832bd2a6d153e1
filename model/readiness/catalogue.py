"""Every check that readiness makes, gathered from the modules that make them: what is printed of them is told once."""

from collections.abc import Iterator
from types import ModuleType

from model.readiness import (
    activation,
    applications,
    asleep,
    backups,
    bubbles,
    certificates,
    crossed,
    database,
    drift,
    drills,
    framework,
    history,
    hosts,
    lifetimes,
    literals,
    logs,
    names,
    paths,
    proofs,
    rules,
    settings,
    slots,
    units,
)
from model.readiness.line import Check
from model.step import STAGES

MODULES: tuple[ModuleType, ...] = (
    activation,
    hosts,
    rules,
    framework,
    database,
    settings,
    slots,
    units,
    drift,
    asleep,
    applications,
    certificates,
    bubbles,
    names,
    lifetimes,
    literals,
    paths,
    logs,
    crossed,
    proofs,
    history,
    backups,
    drills,
)
PLACES = (*STAGES, "every stage", "restore")
"""Where a check is felt; a restore is no stage of a runbook."""


def checks() -> tuple[Check, ...]:
    """Return each check once, in the order of the places where they are felt."""
    values = (value for module in MODULES for value in vars(module).values())
    found = dict.fromkeys(check for value in values for check in _within(value))
    return tuple(sorted(found, key=lambda check: PLACES.index(check.stage)))


def _within(value: object) -> Iterator[Check]:
    """Find the checks in a constant of a module: one, or a tuple that has some."""
    if isinstance(value, Check):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _within(one)
