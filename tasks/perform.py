"""Perform the steps of one line of a runbook: at once or in turn, with what a failure means for must and should."""

import asyncio
from collections.abc import Iterable
from typing import Any

from model.errors import Overtaken, RecoveryError, Refused, Transient, Unverified
from model.step import Step, Steps
from tasks import evidence
from tasks.act import Act
from tasks.run import Run

GRAVEST = (Unverified, Overtaken, Refused, Transient)


async def at_once(act: Act, run: Run, steps: Steps) -> None:
    """Perform steps that do not depend on each other.

    A failed `should` becomes a debt. Of several failed `must` the gravest is raised, with the words of all.
    """
    results = await asyncio.gather(*(act(run, step) for step in steps), return_exceptions=True)
    _settle(run, list(zip(steps, results, strict=True)))


async def in_turn(act: Act, run: Run, steps: Steps) -> None:
    """Perform steps one after the other; the first failed `must` stops them."""
    for step in steps:
        await at_once(act, run, (step,))


async def one_per_host(act: Act, run: Run, steps: Steps) -> None:
    """Perform steps on all hosts at once, and on each host one after the other."""
    left = list(steps)
    while left:
        first = {step.host: step for step in reversed(left)}
        await at_once(act, run, tuple(first.values()))
        left = [step for step in left if step not in first.values()]


def _settle(run: Run, results: list[tuple[Step, Any]]) -> None:
    failed = [(step, error) for step, error in results if isinstance(error, BaseException)]
    for step, error in failed:
        if not isinstance(error, RecoveryError):
            raise error
        if not _stops(step, error):
            evidence.record(run, "debt", target=step.id, what=str(error))
    stops = [error for step, error in failed if _stops(step, error)]
    if stops:
        _raise(stops)


def _stops(step: Step, error: BaseException) -> bool:
    """Whether nothing more may be tried; who was overtaken may not even do a `should`."""
    return step.must or isinstance(error, Overtaken)


def _raise(errors: Iterable[BaseException]) -> None:
    found = sorted(errors, key=lambda error: GRAVEST.index(type(error)))
    raise type(found[0])("; ".join(dict.fromkeys(str(error) for error in found)))


async def taking(act: Act, run: Run, steps: Steps) -> Run:
    """Take the epoch, if anything is left to do, and return the run that holds it."""
    for step in steps:
        run = await act(run, step) or run
    return run
