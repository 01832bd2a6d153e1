"""Partial failover: of a region's two halves, framework and DBMS, one is lost."""

from typing import Literal

from prefect import flow

from flows import logs
from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.full_failover import switch
from flows.gate import Beforehand, gate
from model.environment.document import RegionKey
from model.errors import Refused
from model.runbooks import DBMS_FAILOVER, FRAMEWORK_FAILOVER, PARTIAL_FAILOVER
from model.runbooks.dbms_failover import DbmsFailoverPlan
from model.runbooks.framework_failover import FrameworkFailoverPlan
from model.step import Mode
from tasks import report
from tasks.caches import act as caches
from tasks.cases import opening, owe, stage_done
from tasks.dbms.postgresql import act as dbms
from tasks.dns import act as names
from tasks.firewall import act as firewall
from tasks.framework import act as framework
from tasks.perform import at_once, in_turn, taking
from tasks.run import Run, attempt
from tasks.vms import act as vms


@flow(name="partial-failover", flow_run_name="partial failover of {environment} to {target}: {lost}", retries=0)
@ends_in_words
async def partial_failover(  # noqa: PLR0913, PLR0917  (the form of an operator)
    environment: EnvironmentName,
    target: RegionKey,
    reason: Reason,
    lost: Literal["framework", "dbms"] = "framework",
    database: Literal["move", "stay"] = "move",
    mode: Mode = "unplanned",
    beforehand: Beforehand | None = None,
) -> str:
    """Let the other region stand in for the half that is lost: the framework, with its DBMS or without, or the DBMS.

    Run it again after any failure: it observes first, then does only what is left. Where the other half is lost as
    well meanwhile, it is a full failover, mode unplanned: start that; it goes on with this case.

    Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Partial Failover. Deviates from it: a lost
    framework may take its database along (docs/decisions/0013); a DBMS of another region is found by an alias, and the
    Configuration Servers rest meanwhile (docs/decisions/0017, 0019).

    Args:
        environment: Name of the environment file that lies beside the code.
        target: The region that takes over.
        reason: Why, in your own words, for the auditor.
        lost: What is lost, or is to be moved alone.
        database: Of a lost framework. move: it is stopped in order and the other region's is promoted. stay: it is
            used across regions.
        mode: Of what moves alone. unplanned: it is lost. planned: it works and is stopped in order.
        beforehand: Laboratories only: the answer to the gate.
    """
    if lost == "dbms" and database == "stay":
        raise Refused(
            "lost=dbms database=stay: database is about a framework; a lost DBMS moves alone: leave it at move"
        )
    if lost == "dbms":
        return await _move_dbms(environment, target, mode, reason, beforehand)
    if database == "stay":
        return await _move_framework(environment, target, mode, reason, beforehand)
    if mode == "planned":
        way = "what works is moved by full_failover, mode planned, or alone by database=stay"
        raise Refused(f"lost=framework database=move mode=planned: {way}")
    run, seen = await opening(environment, "partial_failover", target, "unplanned", reason, attempt())
    return await switch(*await gate(PARTIAL_FAILOVER, run, seen, beforehand))


async def _move_dbms(
    environment: str, target: RegionKey, mode: Mode, reason: str, beforehand: Beforehand | None
) -> str:
    run, seen = await opening(environment, "dbms_failover", target, mode, reason, attempt())
    return await move_dbms(*await gate(DBMS_FAILOVER, run, seen, beforehand))


async def _move_framework(
    environment: str, target: RegionKey, mode: Mode, reason: str, beforehand: Beforehand | None
) -> str:
    run, seen = await opening(environment, "framework_failover", target, mode, reason, attempt())
    return await move_framework(*await gate(FRAMEWORK_FAILOVER, run, seen, beforehand))


async def move_dbms(run: Run, plan: DbmsFailoverPlan) -> str:
    """Carry out an approved plan, line by line."""
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # The framework rests: what it remembers may be lost. Its guard is closed until the alias is moved.
    await at_once(framework.stop, run, plan.rest_scs)
    await at_once(framework.stop, run, plan.rest_backup)
    await at_once(framework.stop, run, plan.rest_primary)

    # Fence the old DBMS. Nothing below may begin while it can still write.
    await at_once(firewall.close_database, run, plan.close_database)
    await at_once(dbms.end_sessions, run, plan.end_sessions)
    await at_once(dbms.stop_database, run, plan.stop_database)
    await at_once(dbms.drain, run, plan.drain)
    await at_once(vms.power_off, run, plan.power_off)
    await at_once(firewall.block_replication, run, plan.block_replication)
    await at_once(vms.waive, run, plan.waive)
    await stage_done(run, "fence")

    # The database. Promotion is the point of no return.
    await at_once(dbms.promote, run, plan.promote)
    await at_once(dbms.release_sync, run, plan.release_sync)
    await at_once(firewall.open_database, run, plan.open_database)
    await at_once(names.move_alias, run, plan.move_alias)
    await at_once(names.resolve, run, plan.see_alias)
    await stage_done(run, "database")

    # Start the framework again, where it is.
    await at_once(framework.start, run, plan.start_lca)
    await at_once(framework.start, run, plan.start_primary)
    await at_once(framework.start, run, plan.start_backup)
    await at_once(framework.start, run, plan.start_scs)
    await stage_done(run, "framework")

    # Prove that its clients are served from there.
    await framework.arrival(run, plan.reconnect)
    await in_turn(framework.reconnect, run, plan.reconnect)
    await in_turn(framework.restart, run, plan.restart_first)
    await in_turn(framework.restart, run, plan.restart_second)
    await at_once(framework.serve, run, plan.serve)
    await at_once(dbms.canary, run, plan.canary)
    await logs.follow(run, plan)
    await logs.written(run, plan)
    await at_once(names.steady, run, plan.steady)
    await owe(run, await stage_done(run, "prove"))
    return await report.publish(run)


async def move_framework(run: Run, plan: FrameworkFailoverPlan) -> str:
    """Carry out an approved plan, line by line."""
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # Fence the framework that is given up. Its database works on, and is closed to it.
    await at_once(framework.stop, run, plan.stop_scs)
    await at_once(framework.stop, run, plan.stop_message_servers)
    await at_once(framework.stop, run, plan.stop_backup)
    await at_once(framework.stop, run, plan.stop_primary)
    await at_once(framework.stop, run, plan.stop_lca)
    await at_once(vms.power_off, run, plan.power_off)
    await at_once(vms.waive, run, plan.waive)
    await at_once(firewall.close_database, run, plan.shut_out)
    await at_once(dbms.end_sessions, run, plan.end_frozen)
    await stage_done(run, "fence")

    # The other region's framework finds the database by its alias.
    await at_once(firewall.open_database, run, plan.open_database)
    await at_once(names.move_alias, run, plan.move_alias)
    await in_turn(vms.power_on, run, plan.power_on_framework)
    await at_once(names.resolve, run, plan.see_alias)
    await stage_done(run, "database")

    # Start it; the Management Layer starts the message servers.
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

    # Prove that the clients have arrived.
    await framework.arrival(run, plan.reconnect)
    await in_turn(framework.reconnect, run, plan.reconnect)
    await at_once(framework.serve, run, plan.serve)
    await at_once(dbms.canary, run, plan.canary)
    await at_once(framework.stop, run, plan.stop_log_servers)
    await logs.follow(run, plan)
    await at_once(framework.await_management_layer, run, plan.start_log_servers)
    await logs.written(run, plan)
    await at_once(vms.power_down, run, plan.power_off_framework)
    await at_once(names.steady, run, plan.steady)
    await owe(run, await stage_done(run, "prove"))
    return await report.publish(run)
