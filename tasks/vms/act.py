"""Power: fence level 1."""

from model.step import Step
from tasks.act import act
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.run import Run, environment


@act(deadline_s=within("power-off"), proof_s=20)
async def power_off(run: Run, step: Step) -> None:
    """Switch a writer of the lost region off, through a power source outside it.

    Safe to repeat: off stays off. Source: Genesys DrBc, Full Failover (the region "goes down completely"); the
    vendor does not fence, this is our addition (docs/decisions/0008).
    """
    known = environment(run.environment)
    source = known.power_source(known.host(step.host))
    if source is None:
        raise LookupError(f"{step.host}: planned without a power source")
    await order(run, source.name, "power-off", step.host)


@act(deadline_s=within("power-on"), proof_s=180)
async def power_on(run: Run, step: Step) -> None:
    """Give a host of the source its power back, and wait until it answers: its boot guard keeps it closed."""
    known = environment(run.environment)
    source = known.power_source(known.host(step.host))
    if source is None:
        raise LookupError(f"{step.host}: planned without a power source")
    await order(run, source.name, "power-on", step.host)


@act(deadline_s=5)
async def waive(_run: Run, _step: Step) -> None:
    """Fence level 5: nothing is done to the host; the approval named it, and the report says it first."""
