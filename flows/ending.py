"""How a run ends: in a state whose name and message are the operator's next move."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import ParamSpec

from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows.gate import Declined
from model import commands
from model.case import Case
from model.course import course
from model.errors import RecoveryError, Refused, Transient, Unverified
from model.judgement import may_close
from tasks import evidence, presence
from tasks.approvals import prefect_ui
from tasks.cases import NotNeeded
from tasks.dns import claim, observe
from tasks.run import environment as known_environment

P = ParamSpec("P")
LAST_CHAPTER = "by hand: last chapter of docs/runbooks/{}.md. Then decline again."
UNTIL_PROMOTION = f"The way back, until promotion, is {LAST_CHAPTER}"
BACK = {
    "deploy": "Nobody uses what is half deployed: run it again, or take the hosts away and the record with them.",
    "clone_and_isolate": (
        "Nothing of it is active. Put no cable in: a copy that is not itself has another host's name."
        " Run it again, or power it off and leave it so."
    ),
    "bubble": "To take it down: `gdr run discard`. An unplanned full failover need not wait: it does so itself.",
    "discard": "Run it again: until then the record says drill. An unplanned full failover need not wait for it.",
    "reprotect": "To leave it: swap the record to steady by hand (last update of docs/runbooks/reprotect.md), decline.",
    "full_failover": UNTIL_PROMOTION.format("full-failover"),
    "partial_failover": UNTIL_PROMOTION.format("full-failover"),
    "framework_failover": f"The way back is {LAST_CHAPTER}".format("partial-failover-stay"),
    "dbms_failover": UNTIL_PROMOTION.format("partial-failover-dbms"),
    "abort": "It can be gone on with. What it goes back to is lost: it is refused, and names the command without that.",
}


def ends_in_words(runbook: Callable[P, Awaitable[str]]) -> Callable[P, Awaitable[State[str]]]:
    """Turn the ways a runbook can end into Prefect states.

    HELD is `Failed(name="Held")`, a refusal `Failed(name="Refused")`, nothing to do `Completed(name="Not needed")`.
    Running the same flow again is always the way on: it observes first and does only what is left. A process that ends
    in none of them has died, and the watchdog tells it.
    """
    flow = runbook.__name__.replace("_", "-")

    @functools.wraps(runbook)
    async def watched(*args: P.args, **kwargs: P.kwargs) -> State[str]:
        told = inspect.signature(runbook).bind(*args, **kwargs).arguments
        words = {word: value for word, value in told.items() if isinstance(value, str)}
        with presence.at_work(words["environment"], flow, words, prefect_ui.deployed_run(), Pause) as fault:
            if fault:
                get_run_logger().warning(fault)
            return await ended(words["environment"], *args, **kwargs)

    async def ended(name: str, *args: P.args, **kwargs: P.kwargs) -> State[str]:
        try:
            return Completed(message=await runbook(*args, **kwargs))
        except NotNeeded as error:
            return Completed(name="Not needed", message=str(error))
        except Declined as error:
            return await _declined(name, str(error))
        except Refused as error:
            leave = "" if runbook.__name__ == "abort" else _leave(name)
            return Failed(name="Refused", message=f"{error}. {_go_on(name)}{leave}")
        except (Unverified, Transient) as error:
            return Failed(name="Held", message=f"{error}. {_go_on(name)}{_leave(name)}")
        except Exception as error:  # noqa: BLE001  (a fault of ours must not hide where the case stands)
            get_run_logger().exception("not foreseen")
            words = f"{type(error).__name__}, see the log"
            return Failed(name="Held", message=f"{words}. {_go_on(name)}{_leave(name)}")

    return watched


async def found_done_or_done(
    wanted: bool,  # noqa: FBT001  (it stands first, as a condition would)
    part: Callable[P, Awaitable[str]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Do a part of a longer runbook where it is wanted; found done is as good."""
    if not wanted:
        return
    try:
        get_run_logger().info("%s", await part(*args, **kwargs))
    except NotNeeded as done:
        get_run_logger().info("%s", done)


async def _declined(environment: str, words: str) -> State[str]:
    """Close the declined case, unless the switch has begun: then it is held, as only it can go on or be taken back."""
    case = evidence.open_case(environment)
    if case is None:
        return Completed(name="Declined", message=words)
    record, fault = await observe.record(known_environment(environment))
    if not may_close(case, record):
        back = _back(case)
        stands = (
            f"the record says {record.state} to {record.target}" if record else f"the record is not readable: {fault}"
        )
        return Failed(
            name="Held",
            message=f"{words}. The switch has begun ({stands}). {_go_on(environment)} {back}",
        )
    still_named = await _released(environment, case.name)
    evidence.append(environment, case.name, "gate", "case.closed", {"outcome": "declined"})
    return Completed(name="Declined", message=words + still_named)


async def _released(environment: str, case: str) -> str:
    """Take the case out of the record; say so if that failed, which the next case here mends."""
    try:
        await claim.release(environment, case)
    except RecoveryError as error:
        return f". The activation record still names the case ({error}); the next run from here mends that"
    return ""


def _leave(environment: str) -> str:
    """Name the way out of a case that need not be gone on with: nobody waits for it, but its record stands."""
    try:
        case = evidence.open_case(environment)
    except (Refused, OSError):
        return ""
    leaves = case is not None and case.begun and (case.intent.runbook in ("reprotect", "bubble") or _aborts(case))
    return f" {_back(case)}" if case is not None and leaves else ""


def _aborts(case: Case) -> bool:
    """Whether the case can be aborted, by what it remembers; what is seen then may still forbid it."""
    return case.can_abort and not case.no_return


def _back(case: Case) -> str:
    if not _aborts(case):
        return BACK[case.intent.runbook]
    way = commands.run(case.environment, replace(case.intent.back, reason="..."))
    until = "no name has moved" if case.intent.runbook == "framework_failover" else "nothing is promoted"
    return f"To go back instead, while {until}: `{way}`, or start deployment abort."


def _go_on(environment: str) -> str:
    """Say what was done, and name the next safe command."""
    try:
        case = evidence.open_case(environment)
        so_far = course(evidence.entries(case.name) if case else ())
    except (Refused, OSError) as error:
        return f"Whether a case is open cannot be read: {error}"
    if case is None:
        return "No case is open."
    look, run = commands.look(environment), commands.run(environment, case.intent)
    return f"{so_far} Case {case.name} stays open. Look with `{look}`; then go on with `{run}`, or retry this run."
