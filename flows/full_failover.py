"""Full failover: one region is given up, the other takes over."""

from prefect import flow

from flows import logs
from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.gate import Beforehand, gate
from model.environment.document import RegionKey
from model.runbooks import FULL_FAILOVER
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Mode
from tasks import report
from tasks.bubble import act as bubble
from tasks.caches import act as caches
from tasks.cases import opening, owe, stage_done
from tasks.dbms.postgresql import act as database
from tasks.dns import act as names
from tasks.firewall import act as firewall
from tasks.framework import act as framework
from tasks.perform import at_once, in_turn, taking
from tasks.run import Run, attempt
from tasks.vms import act as vms


@flow(name="full-failover", flow_run_name="{mode} failover of {environment} to {target}", retries=0)
@ends_in_words
async def full_failover(
    environment: EnvironmentName,
    target: RegionKey,
    mode: Mode,
    reason: Reason,
    beforehand: Beforehand | None = None,
) -> str:
    """Move the configuration layer to the target region.

    Run it again after any failure: it observes first, then does only what is left.

    Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Operation and Full Failover.
    Deviates from it: the source is fenced first, names move last (docs/decisions/0004), rules are /32 (0005).

    Args:
        environment: Name of the environment file that lies beside the code.
        target: The region that takes over.
        mode: unplanned: the other region is lost. planned: both work; writers are stopped in order and nothing is lost.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to the gate.
    """
    return await fail_over(environment, target, mode, reason, beforehand)


async def fail_over(environment: str, target: RegionKey, mode: Mode, reason: str, beforehand: Beforehand | None) -> str:
    """Do it: one case, one approval."""
    run, seen = await opening(environment, "full_failover", target, mode, reason, attempt())
    return await switch(*await gate(FULL_FAILOVER, run, seen, beforehand))


async def switch(run: Run, plan: FullFailoverPlan) -> str:
    """Carry out an approved plan, line by line."""
    run = await _alone(run, plan)

    # Stop the old side. Nothing below may begin while it can still write.
    await at_once(framework.stop, run, plan.stop_scs)
    await at_once(framework.stop, run, plan.stop_message_servers)
    await at_once(framework.stop, run, plan.stop_backup)
    await at_once(framework.stop, run, plan.stop_primary)
    await at_once(framework.stop, run, plan.stop_lca)
    await at_once(firewall.close_database, run, plan.close_database)
    await at_once(database.end_sessions, run, plan.end_sessions)
    await at_once(database.stop_database, run, plan.stop_database)
    await at_once(database.drain, run, plan.drain)
    await at_once(vms.power_off, run, plan.power_off)
    await at_once(firewall.block_replication, run, plan.block_replication)
    await at_once(database.end_sessions, run, plan.end_frozen)
    await at_once(vms.waive, run, plan.waive)
    await stage_done(run, "fence")

    # The database. Promotion is the point of no return.
    await at_once(database.promote, run, plan.promote)
    await at_once(database.release_sync, run, plan.release_sync)
    await at_once(firewall.open_database, run, plan.open_database)
    await at_once(names.move_alias, run, plan.move_alias)
    await in_turn(vms.power_on, run, plan.power_on_framework)
    await at_once(names.resolve, run, plan.see_alias)
    await stage_done(run, "database")

    # Start the new side.
    await at_once(framework.start, run, plan.start_lca)
    await at_once(framework.start, run, plan.start_primary)
    await at_once(framework.start, run, plan.start_backup)
    await at_once(framework.start, run, plan.start_scs)
    await at_once(framework.await_management_layer, run, plan.message_servers)
    await stage_done(run, "framework")

    # Send the clients there.
    await at_once(names.move_names, run, plan.move_names)
    await at_once(names.agree, run, plan.secondaries)
    await at_once(caches.flush, run, plan.flush_resolvers)
    await at_once(caches.flush, run, plan.flush_hosts)
    await stage_done(run, "names")

    # Prove that they have arrived.
    await framework.arrival(run, plan.reconnect)
    await in_turn(framework.reconnect, run, plan.reconnect)
    await in_turn(framework.restart, run, plan.restart_first)
    await in_turn(framework.restart, run, plan.restart_second)
    await at_once(framework.serve, run, plan.serve)
    await at_once(database.canary, run, plan.canary)
    await at_once(framework.stop, run, plan.stop_log_servers)
    await logs.follow(run, plan)
    await at_once(framework.await_management_layer, run, plan.start_log_servers)
    await logs.written(run, plan)
    await at_once(vms.power_down, run, plan.power_off_framework)
    await at_once(names.steady, run, plan.steady)
    await owe(run, await stage_done(run, "prove"))
    return await report.publish(run)


async def _alone(run: Run, plan: FullFailoverPlan) -> Run:
    """Take the epoch; a drill gives way: what works on its copy must not be taken for what takes over."""
    run = await taking(names.take_epoch, run, plan.take_epoch)
    await at_once(bubble.leave_bubble, run, plan.leave_bubble)
    await at_once(bubble.drop_copy, run, plan.drop_copy)
    return run
