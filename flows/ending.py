"""How a run ends: in a state whose name and message are the operator's next move."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec

from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows.gate import Declined
from model import commands
from model.errors import Refused, Transient, Unverified
from tasks import evidence
from tasks.cases import NotNeeded
from tasks.dns import claim

P = ParamSpec("P")


def ends_in_words(runbook: Callable[P, Awaitable[str]]) -> Callable[P, Awaitable[State[str]]]:
    """Turn the ways a runbook can end into Prefect states.

    HELD is `Failed(name="Held")`, a refusal `Failed(name="Refused")`, nothing to do `Completed(name="Not needed")`.
    Running the same flow again is always the way on: it observes first and does only what is left.
    """

    @functools.wraps(runbook)
    async def ended(*args: P.args, **kwargs: P.kwargs) -> State[str]:
        name = str(kwargs.get("environment") or args[0])
        try:
            return Completed(message=await runbook(*args, **kwargs))
        except NotNeeded as error:
            return Completed(name="Not needed", message=str(error))
        except Declined as error:
            await _decline(name)
            return Completed(name="Declined", message=str(error))
        except Refused as error:
            return Failed(name="Refused", message=f"{error}. {_go_on(name)}")
        except (Unverified, Transient) as error:
            return Failed(name="Held", message=f"{error}. {_go_on(name)}")
        except Exception as error:  # noqa: BLE001  (a fault of ours must not hide where the case stands)
            get_run_logger().exception("not foreseen")
            return Failed(name="Held", message=f"{type(error).__name__}, see the log. {_go_on(name)}")

    return ended


async def _decline(environment: str) -> None:
    case = evidence.open_case(environment)
    if case is not None:
        evidence.append(environment, case.name, "gate", "case.closed", {"outcome": "declined"})
        await claim.release(environment, case.name)


def _go_on(environment: str) -> str:
    """Name the next safe command."""
    try:
        case = evidence.open_case(environment)
    except (Refused, OSError) as error:
        return f"Whether a case is open cannot be read: {error}"
    if case is None:
        return "Nothing was changed; no case is open."
    look, run = commands.look(environment), commands.run(environment, case.intent)
    return f"Case {case.name} stays open. Look with `{look}`; then go on with `{run}`, or retry this run."
