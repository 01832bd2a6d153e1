"""A bubble, a part of a drill: the dormant framework works on a copy of the database, within walls; and its way out."""

from prefect import flow

from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.gate import Beforehand, gate
from model.runbooks import BUBBLE, DISCARD
from tasks import report
from tasks.bubble import act as bubble
from tasks.cases import opening, stage_done
from tasks.dns import act as names
from tasks.framework import act as framework
from tasks.perform import at_once, taking
from tasks.run import attempt


async def work_in_bubble(environment: str, reason: str, beforehand: Beforehand | None) -> str:
    """Start the dormant framework on a copy, prove it, and take all of it down: one case, one approval."""
    run, seen = await opening(environment, "bubble", None, "planned", reason, attempt())
    run, plan = await gate(BUBBLE, run, seen, beforehand)
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # Walls first, and tried: nothing may start that could meet production.
    await at_once(bubble.raise_walls, run, plan.raise_walls)
    await at_once(bubble.try_walls, run, plan.try_walls)
    await stage_done(run, "fence")
    await at_once(bubble.copy_database, run, plan.copy_database)
    await stage_done(run, "database")

    # The framework, in the order of the vendor.
    await at_once(framework.start, run, plan.start_lca)
    await at_once(framework.start, run, plan.start_primary)
    await at_once(framework.start, run, plan.start_backup)
    await at_once(framework.start, run, plan.start_scs)
    await at_once(framework.await_management_layer, run, plan.message_servers)
    await stage_done(run, "framework")

    # Prove it, and leave nothing of it.
    await at_once(bubble.commit_inside, run, plan.commit_inside)
    await at_once(bubble.leave_bubble, run, plan.leave_bubble)
    await at_once(bubble.drop_copy, run, plan.drop_copy)
    await at_once(names.steady, run, plan.steady)
    await stage_done(run, "prove")
    return await report.publish(run)


@flow(name="discard", flow_run_name="discard of {environment}", retries=0)
@ends_in_words
async def discard(environment: EnvironmentName, reason: Reason, beforehand: Beforehand | None = None) -> str:
    """Take down what a drill of kind bubble has left, whatever it has proven; production is not touched.

    Nobody need wait for it: a full failover of mode unplanned takes a bubble down by itself, and goes on.

    Source: none of the vendor's; docs/decisions/0025.

    Args:
        environment: Name of the environment file that lies beside the code.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to the gate.
    """
    run, seen = await opening(environment, "discard", None, "unplanned", reason, attempt())
    run, plan = await gate(DISCARD, run, seen, beforehand)
    run = await taking(names.take_epoch, run, plan.take_epoch)
    await at_once(bubble.leave_bubble, run, plan.leave_bubble)
    await at_once(bubble.drop_copy, run, plan.drop_copy)
    await at_once(names.steady, run, plan.steady)
    await stage_done(run, "prove")
    return await report.publish(run)
