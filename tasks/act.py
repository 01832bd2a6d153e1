"""The one mechanism of our own: every task is made by `@act` or by its read-only twin `@observe`.

An act reads the epoch, checks its precondition, records, acts under a deadline, proves, records. All of it lies
inside the retry, so each attempt does all of it. Only what certainly did not happen (`Transient`) is retried.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from model.conditions import failing
from model.errors import Overtaken, Transient, Unverified
from model.step import Step
from tasks import evidence
from tasks.proof import bounded, proven, require, see, unless_overtaken
from tasks.run import Run

P = ParamSpec("P")
R = TypeVar("R")
Act = Callable[[Run, Step], Awaitable[Run | None]]


async def _is_transient(_task: Any, _run: Any, state: State[Any]) -> bool:
    return isinstance(await state.aresult(raise_on_failure=False), Transient)


POLICY: dict[str, Any] = {
    "retry_delay_seconds": 1,
    "retry_condition_fn": _is_transient,
    "cache_policy": NO_CACHE,
}


def observe(name: str | Callable[..., str]) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Make a task that looks, or keeps the journal and the name of its case in the record; it moves nothing.

    Args:
        name: As an operator reads it between the acts, or what makes it of the task's `parameters`.
    """

    def decorate(do: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        made = task(do, retries=2, task_run_name=name, **POLICY)  # type: ignore[call-overload]
        return cast("Callable[P, Awaitable[R]]", made)

    return decorate


def act(
    *, deadline_s: float, proof_s: float | None = None, epoch: tuple[str, ...] = ("epoch_is_ours",)
) -> Callable[[Act], Act]:
    """Make a task that changes something.

    Args:
        deadline_s: It has ended by then, or nobody knows how it ended.
        proof_s: How long its proof may take to show once it has ended; as long as the act itself, unless given.
        epoch: Empty for the swap that takes the epoch, and for nothing else.
    """

    def decorate(do: Act) -> Act:
        @functools.wraps(do)
        async def performed(run: Run, step: Step) -> Run | None:
            seen = await see(run, step, (*epoch, *step.needs, *step.proves))
            require(run, seen, step, epoch, refusal=Overtaken)
            if not failing(step.proves, run.view(seen), step):
                evidence.record(run, "act.found", step=step.id, facts=evidence.dump(seen))
                return None
            require(run, seen, step, step.needs)
            evidence.record(run, "act.before", step=step.id, epoch=run.epoch, facts=evidence.dump(seen))
            try:
                result = await bounded(do(run, step), run, step, deadline_s)
                after = await proven(result or run, step, deadline_s if proof_s is None else proof_s)
            except Unverified as error:
                await unless_overtaken(run, step, epoch, error)
                raise
            evidence.record(run, "act.after", step=step.id, facts=evidence.dump(after))
            return result

        del performed.__wrapped__  # Prefect names the task run by our parameters, `step` among them
        return task(performed, retries=3, task_run_name="{step.label}", **POLICY)  # type: ignore[call-overload, no-any-return]

    return decorate
