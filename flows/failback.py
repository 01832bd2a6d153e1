"""Failback: the configuration layer goes back to a region that was given up, and both regions are as before."""

from prefect import flow

from flows.ending import ends_in_words, found_done_or_done
from flows.forms import EnvironmentName, Reason
from flows.full_failover import fail_over
from flows.gate import Beforehand
from flows.reprotect import protect
from model.environment.document import RegionKey
from model.way_back import way_back
from tasks.cases import active, goes_on_with, require_together


@flow(name="failback", flow_run_name="failback of {environment} to {target}", retries=0)
@ends_in_words
async def failback(
    environment: EnvironmentName, target: RegionKey, reason: Reason, beforehand: Beforehand | None = None
) -> str:
    """Go back to a region: it follows, takes over in order, and the other one follows it.

    Three cases, each with its approval; after each of them the environment is in a legal steady state. Run it again
    after any failure: what is done is found done.

    Source: Genesys, "Disaster Recovery Using Oracle GoldenGate", failback. "Disaster Recovery / Business Continuity"
    describes none (docs/decisions/0012).

    Args:
        environment: Name of the environment file that lies beside the code.
        target: The region to go back to.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to each gate.
    """
    return await go_back(environment, target, reason, beforehand)


async def go_back(environment: str, target: RegionKey, reason: str, beforehand: Beforehand | None) -> str:
    """Do it: up to three cases, an approval each."""
    await require_together(environment)
    left = way_back(await active(environment), target, switching=goes_on_with(environment, "full_failover"))
    await found_done_or_done(left.follow, protect, environment, reason, beforehand)
    await found_done_or_done(left.switch, fail_over, environment, target, "planned", reason, beforehand)
    return await protect(environment, reason, beforehand)
