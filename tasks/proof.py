"""The four moments of an act: look, require, act within a deadline, prove. Each leaves its record."""

import asyncio
from collections.abc import Awaitable

from model.conditions import failing
from model.errors import Overtaken, RecoveryError, Refused, Transient, Unverified
from model.observation import Observation
from model.scope import scope_of, unseen
from model.step import Step
from tasks import evidence
from tasks.look import look
from tasks.run import Run, environment

NEXT_LOOK_S = 0.1


async def see(run: Run, step: Step, names: tuple[str, ...]) -> Observation:
    """Measure what the named conditions of a step must see, and nothing more."""
    return await look(environment(run.environment), scope_of(names, run.view(Observation(at=0)), step))


def require(
    run: Run, seen: Observation, step: Step, names: tuple[str, ...], *, refusal: type[Refused] = Refused
) -> None:
    """Require conditions before anything is changed.

    Raises:
        Refused: One does not hold; recorded with what was seen. `refusal` says what kind of Refused that is.
        Transient: One does not hold while something it must see did not answer: look again.
    """
    view = run.view(seen)
    failed = [name for name in names if failing((name,), view, step)]
    if failed:
        reasons = failing(failed, view, step)
        evidence.record(run, "act.refused", step=step.id, reasons=list(reasons), facts=evidence.dump(seen))
        kind = Transient if unseen(seen, scope_of(failed, view, step)) else refusal
        raise kind(f"{step.id}: {'; '.join(reasons)}")


async def bounded(doing: Awaitable[Run | None], run: Run, step: Step, deadline_s: float) -> Run | None:
    """Wait for an act at most `deadline_s` seconds.

    Raises:
        Unverified: It did not end in time; nobody knows what it did.
    """
    try:
        async with asyncio.timeout(deadline_s):
            return await doing
    except TimeoutError:
        raise _failed(run, step, f"{step.id}: no end within {deadline_s:g} s; what it did is unknown") from None
    except RecoveryError as error:
        evidence.record(run, "act.failed", step=step.id, reason=str(error))
        raise


async def proven(run: Run, step: Step, deadline_s: float) -> Observation:
    """Look until the step's proofs hold, at most `deadline_s` seconds.

    Raises:
        Unverified: We acted and cannot confirm it.
    """
    reasons: tuple[str, ...] = ("not seen even once",)
    try:
        async with asyncio.timeout(deadline_s):
            while reasons:
                seen = await see(run, step, step.proves)
                reasons = failing(step.proves, run.view(seen), step)
                await asyncio.sleep(NEXT_LOOK_S if reasons else 0)
            return seen
    except TimeoutError:
        text = f"{step.id}: done, but not proven within {deadline_s:g} s: {'; '.join(reasons)}"
        raise _failed(run, step, text) from None


async def unless_overtaken(run: Run, step: Step, names: tuple[str, ...], error: Unverified) -> None:
    """Look whether another process has taken over meanwhile: what became of this act is then its business.

    Raises:
        Overtaken: Another process has.
    """
    seen = await see(run, step, names)
    taken = failing(names, run.view(seen), step)
    if taken and not unseen(seen, scope_of(names, run.view(seen), step)):
        raise Overtaken(f"{error}; {'; '.join(taken)}") from None


def _failed(run: Run, step: Step, reason: str) -> Unverified:
    evidence.record(run, "act.failed", step=step.id, reason=reason)
    return Unverified(reason)
