"""Abort: a planned switch goes back before its point of no return."""

from prefect import flow

from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.gate import Beforehand, gate
from model.runbooks import ABORT
from model.runbooks.abort import AbortPlan
from tasks import report
from tasks.cases import observed, stage_done
from tasks.dbms.postgresql import act as database
from tasks.dns import act as names
from tasks.firewall import act as firewall
from tasks.framework import act as framework
from tasks.perform import at_once, in_turn, taking
from tasks.run import Run, attempt
from tasks.turning import turning
from tasks.vms import act as vms


@flow(name="abort", flow_run_name="abort of the switch of {environment}", retries=0)
@ends_in_words
async def abort(environment: EnvironmentName, reason: Reason, beforehand: Beforehand | None = None) -> str:
    """Go back from an open planned switch, of both halves or of one alone: what it left works as before.

    It takes the environment's open case over: nothing need be told of it. The names have not moved, and do not. Run it
    again after any failure: it observes first, then does only what is left. It is refused once the promotion was begun,
    or, of a framework that moves alone, the move of the names: then finish the switch, and move back.

    Source: the undo of each line of the switch, in the vendor's start order (docs/decisions/0023, 0027).

    Args:
        environment: Name of the environment file that lies beside the code.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to the gate.
    """
    run, seen = await turning(environment, reason, attempt())
    run, plan = await gate(ABORT, run, seen, beforehand)
    run = await taking(names.take_epoch, run, plan.take_epoch)
    # Until now a process of the switch may have gone on: what is left is seen, and covered, only from here on.
    return await go_back(*await gate(ABORT, run, await observed(run), beforehand))


async def go_back(run: Run, plan: AbortPlan) -> str:
    """Carry out an approved plan, line by line; its epoch is taken."""
    # What was started in the other region, or woke up there while its guard was open, goes back to sleep.
    await at_once(framework.stop, run, plan.stop_scs)
    await at_once(framework.stop, run, plan.stop_message_server)
    await in_turn(framework.stop, run, plan.stop_confserv)
    await at_once(framework.stop, run, plan.stop_lca)
    await stage_done(run, "fence")

    # The database starts where it stopped, and lets its own framework in, and no other.
    await at_once(vms.power_on, run, plan.power_back_database)
    await at_once(framework.start, run, plan.start_database)
    await at_once(firewall.close_database, run, plan.shut_out)
    await at_once(database.end_sessions, run, plan.end_frozen)
    await at_once(firewall.open_database, run, plan.open_database)
    await at_once(firewall.open_replication, run, plan.let_in)
    await at_once(names.move_alias, run, plan.move_alias)
    await at_once(names.resolve, run, plan.see_alias)
    await stage_done(run, "database")

    # Start the framework again; the Management Layer starts the message servers.
    await at_once(vms.power_on, run, plan.power_back_hosts)
    await at_once(framework.start, run, plan.start_lca)
    await at_once(framework.start, run, plan.start_primary)
    await at_once(framework.start, run, plan.start_backup)
    await at_once(framework.start, run, plan.start_scs)
    await at_once(framework.await_management_layer, run, plan.message_servers)
    await stage_done(run, "framework")

    # Prove that the clients are served as before, and that the other region follows.
    await framework.arrival(run, plan.reconnect)
    await in_turn(framework.reconnect, run, plan.reconnect)
    await at_once(framework.serve, run, plan.serve)
    await at_once(database.canary, run, plan.canary)
    await at_once(database.stream, run, plan.stream)
    await at_once(framework.stop, run, plan.stop_log_servers)
    await at_once(framework.await_management_layer, run, plan.start_log_servers)
    await at_once(vms.power_down, run, plan.power_off_framework)
    await at_once(names.steady, run, plan.steady)
    await stage_done(run, "prove")
    return await report.publish(run, "aborted")
