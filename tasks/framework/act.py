"""Genesys components: stopped and started in the vendor's order, one host-side command each.

Sources: Genesys DrBc, Operation and Full Failover; "Redundant (HA) Configuration Servers". The Management Layer starts
message servers itself (`[sml] autostart`); by hand only what it has not.
"""

import asyncio

from model.conditions import failing
from model.observation import Observation
from model.scope import scope_of
from model.step import Step, Steps, numbered
from tasks.act import act, observe
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.look import look
from tasks.run import Run, environment

MANAGEMENT_LAYER_S = 8.0
RECONNECT_S = 15.0
ROWS_S = 20.0
NEXT_LOOK_S = 0.2
LOOK_S = 60.0  # the longest one look may take


def _unit(run: Run, step: Step) -> str:
    part = environment(run.environment).host(step.host).component(step.unit)
    if part is None:
        raise LookupError(f"{step.host}: {step.unit}: planned without such a component")
    return part.unit


@act(deadline_s=within("component-stop"), proof_s=30)
async def stop(run: Run, step: Step) -> None:
    """Stop a component and whatever else listens on its port: LCA and SCS start processes past systemd."""
    await order(run, step.host, "component-stop", _unit(run, step))


@act(deadline_s=within("component-start"), proof_s=60)
async def start(run: Run, step: Step) -> None:
    """Start a component; its boot guard asks the record itself before it lets it run."""
    await order(run, step.host, "component-start", _unit(run, step))


@act(deadline_s=within("component-restart"), proof_s=60)
async def restart(run: Run, step: Step) -> None:
    """Restart a site component after a lossy promote, so that it holds nothing the new database lacks."""
    await order(run, step.host, "component-restart", _unit(run, step))


@act(deadline_s=MANAGEMENT_LAYER_S + LOOK_S + within("component-start"), proof_s=60)
async def await_management_layer(run: Run, step: Step) -> None:
    """Wait for the Management Layer to start a component; start it by hand if it has not."""
    if not await _holds_within(run, step, MANAGEMENT_LAYER_S):
        await order(run, step.host, "component-start", _unit(run, step))


@observe(f"{numbered('prove')}: let proxies find the new master by themselves")
async def arrival(run: Run, steps: Steps) -> None:
    """Give proxies time to find the new master by themselves; whoever has not is the next line's business."""
    await asyncio.gather(*(_holds_within(run, step, RECONNECT_S) for step in steps))


@act(deadline_s=within("component-restart"), proof_s=60)
async def reconnect(run: Run, step: Step) -> None:
    """Restart a proxy that has not found the new master, the last resort: one at a time, for it loses limited mode."""
    await order(run, step.host, "component-restart", _unit(run, step))


@act(deadline_s=30)
async def serve(_run: Run, _step: Step) -> None:
    """Require one proxy of the region in normal mode. Nothing is done: the proof is the step."""


@act(deadline_s=ROWS_S)
async def see_rows(_run: Run, _step: Step) -> None:
    """Require a row of a region's log message servers in the log database. Nothing is done: the proof is the step."""


@act(deadline_s=ROWS_S)
async def see_copies(_run: Run, _step: Step) -> None:
    """Require a region's rows at the other one's log server. Nothing is done: the proof is the step."""


async def _holds_within(run: Run, step: Step, seconds: float) -> bool:
    """Look until the step's proof holds, at most for `seconds`."""
    scope = scope_of(step.proves, run.view(Observation(at=0)), step)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while failing(step.proves, run.view(await look(environment(run.environment), scope)), step):
        if loop.time() > until:
            return False
        await asyncio.sleep(NEXT_LOOK_S)
    return True
