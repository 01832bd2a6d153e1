"""Power: fence level 1. Cables and copies: a host that is made anew."""

from dataclasses import replace

from model.errors import Overtaken
from model.scope import Scope
from model.step import Step
from model.steps.parts import counterpart
from tasks import last_seen
from tasks.act import act
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.look import look
from tasks.proof import proven, require, see
from tasks.run import Run, environment

OURS = ("epoch_is_ours",)
LOOK_S = 40.0  # at what is installed
BOOT_S = 120.0  # from power to a console that answers


@act(deadline_s=within("power-off"), proof_s=20)
async def power_off(run: Run, step: Step) -> None:
    """Switch a writer of the lost region off, through a power source outside it.

    Safe to repeat: off stays off. Source: Genesys DrBc, Full Failover (the region "goes down completely"); the
    vendor does not fence, this is our addition (docs/decisions/0008).
    """
    await order(run, _source(run, step), "power-off", step.host)


@act(deadline_s=within("power-on"), proof_s=180)
async def power_on(run: Run, step: Step) -> None:
    """Give a host power, and wait until it answers: what it starts of its own, its boot guard decides.

    Source: Genesys DrBc, Operation: the Framework VMs are started, and their services with them.
    """
    await order(run, _source(run, step), "power-on", step.host)


@act(deadline_s=LOOK_S + within("power-off"), proof_s=20)
async def power_down(run: Run, step: Step) -> None:
    """Look once more at a framework host that rests without power, and switch it off (docs/decisions/0035).

    That look takes a while, in which somebody may have taken over: what is needed is asked for again after it.
    """
    known, own = environment(run.environment), frozenset({step.host})
    last_seen.keep(known, await look(known, Scope(hosts=own, heard=own, inventories=True)))
    seen = await see(run, step, (*OURS, *step.needs))
    require(run, seen, step, OURS, refusal=Overtaken)
    require(run, seen, step, step.needs)
    await order(run, _source(run, step), "power-off", step.host)


@act(deadline_s=5)
async def waive(_run: Run, _step: Step) -> None:
    """Fence level 5: nothing is done to the host; the approval named it, and the report says it first."""


@act(deadline_s=within("unplug"), proof_s=20)
async def unplug(run: Run, step: Step) -> None:
    """Take a dormant host off the network at its hypervisor, whatever runs on it."""
    await order(run, _source(run, step), "unplug", step.host)


@act(deadline_s=within("plug"), proof_s=60)
async def plug(run: Run, step: Step) -> None:
    """Put a copy that stands alone back on the network, and wait until it answers."""
    await order(run, _source(run, step), "plug", step.host)


@act(deadline_s=within("clone"), proof_s=30)
async def clone(run: Run, step: Step) -> None:
    """Overwrite a host that is off with a copy of its counterpart, which works on. Source: Genesys DrBc, step 6."""
    original = counterpart(environment(run.environment), step.host).name
    await order(run, _source(run, step), "clone", step.host, original, run.case)


@act(deadline_s=BOOT_S + within("isolate"), proof_s=20)
async def isolate(run: Run, step: Step) -> None:
    """Let a copy speak with the control host alone, by its console: it is not on the network yet."""
    control = str(environment(run.environment).control.address)
    await proven(run, replace(step, proves=("console_answers",)), BOOT_S)
    await order(run, _source(run, step), "isolate", step.host, control)


@act(deadline_s=30, proof_s=60)
async def cut_off(_run: Run, _step: Step) -> None:
    """Try every connection that must not come about. Nothing is done: the proof is the step."""


@act(deadline_s=within("adopt"), proof_s=30)
async def adopt(run: Run, step: Step) -> None:
    """Let a copy become the host that it was made for; it refuses unless it stands alone."""
    await order(run, step.host, "adopt", step.host)


@act(deadline_s=within("join"), proof_s=30)
async def join(run: Run, step: Step) -> None:
    """Let it speak with everybody again; its own guard keeps it closed."""
    await order(run, step.host, "join")


def _source(run: Run, step: Step) -> str:
    known = environment(run.environment)
    source = known.power_source(known.host(step.host))
    if source is None:
        raise LookupError(f"{step.host}: planned without a power source")
    return source.name
