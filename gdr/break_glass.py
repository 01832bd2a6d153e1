"""A runbook from a shell, on a private Prefect API: the very same flow, asked at this terminal.

The flow runs in a thread with a loop of its own; the main thread keeps the terminal and the signals, so that nothing
the flow waits for can hold up an interrupted operator.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, NoReturn

from rich.text import Text

from gdr.answer import DECLINED, HELD, INTERRUPTED, REACHED, REFUSED, Answer
from gdr.asked import Database, Lost, Runbook
from gdr.private_api import PrivateApi
from gdr.progress import NEXT_LOOK_S, Progress, standing
from model.drill import Kind
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.errors import Refused
from model.step import Mode
from tasks import presence

CODES = {"Completed": REACHED, "Not needed": REACHED, "Refused": REFUSED, "Held": HELD, "Declined": DECLINED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for.

    Attributes:
        target: The region that takes over; None where none does.
        beforehand: Approver and reason, for laboratories.
    """

    environment: str
    runbook: Runbook
    target: RegionKey | None
    mode: Mode
    kind: Kind | None = None
    lost: Lost = "framework"
    database: Database = "move"
    abort: bool = False
    reason: str
    beforehand: Mapping[str, str] | None


class _Runbook(Thread):
    """The flow, in its own thread; `state` or `error` when it has ended."""

    def __init__(self, request: Request, api: PrivateApi, progress: Progress) -> None:
        super().__init__(name="runbook", daemon=True)
        self._request, self._api, self._progress = request, api, progress
        self.state: tuple[str, str] = ("", "")
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.state = asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001  (raised again where somebody reads it)
            self.error = error

    async def _run(self) -> tuple[str, str]:
        """Observe while the private API comes up: the probes need no Prefect server, and their connections are kept."""
        from gdr.second_source import use_second_source  # noqa: PLC0415
        from tasks.run import environment  # noqa: PLC0415

        known = environment(self._request.environment)
        use_second_source(known)
        await asyncio.gather(self._observe(known), asyncio.to_thread(self._api.wait))
        state = await self._flow()
        return str(state.name), str(state.message)

    def _flow(self) -> Any:  # an awaitable Prefect state
        from flows.abort import abort  # noqa: PLC0415
        from flows.bubble import discard  # noqa: PLC0415
        from flows.clone_and_isolate import clone_and_isolate  # noqa: PLC0415
        from flows.deploy import deploy  # noqa: PLC0415
        from flows.drill import drill  # noqa: PLC0415  (only now Prefect knows its API)
        from flows.failback import failback  # noqa: PLC0415
        from flows.full_failover import full_failover  # noqa: PLC0415
        from flows.gate import Beforehand  # noqa: PLC0415
        from flows.partial_failover import partial_failover  # noqa: PLC0415
        from flows.reprotect import reprotect  # noqa: PLC0415
        from flows.return_guard import return_guard  # noqa: PLC0415

        asked = self._request
        words: dict[str, Any] = {"environment": asked.environment, "reason": asked.reason}
        words["beforehand"] = Beforehand(**asked.beforehand) if asked.beforehand else None
        match asked.runbook:
            case _ if asked.abort:
                return abort(**words, return_state=True)
            case "return-guard":
                return return_guard(asked.environment, asked.reason, return_state=True)
            case "clone-and-isolate" | "discard" | "reprotect":
                told = {"clone-and-isolate": clone_and_isolate, "discard": discard, "reprotect": reprotect}
                return told[asked.runbook](**words, return_state=True)
            case "drill":
                return drill(kind=asked.kind or "live", **words, return_state=True)
            case "deploy":
                return deploy(target=asked.target, **words, return_state=True)
            case "failback":
                return failback(target=asked.target, **words, return_state=True)
            case "partial-failover":
                words |= {"lost": asked.lost, "database": asked.database, "mode": asked.mode}
                return partial_failover(target=asked.target, **words, return_state=True)
            case "full-failover":
                return full_failover(target=asked.target, mode=asked.mode, **words, return_state=True)

    async def _observe(self, known: Environment) -> None:
        from gdr.observed import neutral_view, page  # noqa: PLC0415
        from model.scope import whole  # noqa: PLC0415
        from tasks.evidence import open_case  # noqa: PLC0415
        from tasks.look import look  # noqa: PLC0415

        case = open_case(known.name)
        self._progress.say(page(neutral_view(known, await look(known, whole(known)), case)))


def perform(request: Request) -> Answer:
    """Run the runbook to its end, or to Ctrl-C or SIGTERM; the private API is stopped either way."""
    api, interrupted = PrivateApi(), Event()
    # An exception raised by a signal can be lost where Python may not raise one; a flag cannot.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    with contextlib.ExitStack() as ending:
        ending.callback(api.stop)
        api.start()
        with Progress(request.environment, "abort" if request.abort else request.runbook, request.mode) as progress:
            runbook = _Runbook(request, api, progress)
            runbook.start()
            while runbook.is_alive() and not interrupted.is_set():
                runbook.join(NEXT_LOOK_S)
                progress.tell()
        if runbook.is_alive():
            said = _interrupted(request, api)
            ending.pop_all()  # who waits is told first
            return said
    if runbook.error is not None:
        raise runbook.error
    name, message = runbook.state
    return Answer(data={"state": name, "message": message}, text=Text(f"{name}: {message}"), code=CODES.get(name, HELD))


def _interrupted(request: Request, api: PrivateApi) -> Answer:
    """Say where it stands, then be gone: whatever the flow awaits would only keep the operator waiting."""
    try:
        where = standing(request.environment)
    except (Refused, OSError) as error:
        where = f"Whether a case is open cannot be read: {error}"
    data = {"state": "Interrupted", "message": where}
    return Answer(data=data, text=Text(f"\nInterrupted. {where}"), code=INTERRUPTED, then=lambda: _leave(api))


def _leave(api: PrivateApi) -> NoReturn:
    try:
        presence.leave()
        api.stop()
    finally:
        os._exit(INTERRUPTED)
