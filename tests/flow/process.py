"""One process of a planned full failover: the world is a recorder's; server, journal and death are real.

`python -m tests.flow.process RUN` is what a worker starts for a flow run; without RUN nothing is deployed, as with `gdr
run`, and the terminal is asked. `DIES_AT` names the record, or the line of the plan, before which it is killed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from prefect.engine import handle_engine_signals
from prefect.flow_engine import load_flow_run, run_flow

from flows import full_failover as runbook
from model.evidence import Entry
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Steps
from tasks import evidence
from tests.flow.recorders import Fixed, Recorder, plan_of_names

PARAMETERS = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "a test"}
DIES_AT = os.environ.get("DIES_AT")


def die_at(place: str) -> None:
    if place == DIES_AT:
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal(Recorder):
    def _line(self, steps: Steps) -> None:
        for step in steps:
            die_at(step.host)
        super()._line(steps)


_append = evidence.append


def append(environment: str, case: str, attempt: str, kind: str, data: Mapping[str, Any]) -> Entry:
    die_at(kind)
    return _append(environment, case, attempt, kind, data)


async def main(run: str = "") -> int:
    """Go through the door; say how it ended."""
    patch = pytest.MonkeyPatch()  # for good: nobody comes after this process
    Mortal().install(patch)
    patch.setattr(evidence, "append", append)
    patch.setattr(runbook, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    if run:
        with handle_engine_signals(UUID(run)):
            deployed: Any = run_flow(runbook.full_failover, flow_run=await asyncio.to_thread(load_flow_run, UUID(run)))
            await deployed
        return 0
    begun: Any = runbook.full_failover(**PARAMETERS, return_state=True)
    state = await begun
    sys.stdout.write(f"{state.name}: {state.message}\n")
    return 0 if state.name == "Completed" else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
