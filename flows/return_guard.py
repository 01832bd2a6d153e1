"""Return guard: a region that was given up is kept from doing harm as soon as it answers again."""

from prefect import flow

from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from model.runbooks import RETURN_GUARD
from tasks import report
from tasks.caches import act as caches
from tasks.cases import opening, owe, stage_done, stand_back
from tasks.dbms.postgresql import act as database
from tasks.dns import act as names
from tasks.firewall import act as firewall
from tasks.framework import act as framework
from tasks.perform import at_once, in_turn, taking
from tasks.run import attempt

EVERY_MINUTE = "the return guard looks every minute"


@flow(name="return-guard", flow_run_name="return guard of {environment}", retries=0)
@ends_in_words
async def return_guard(environment: EnvironmentName, reason: Reason = EVERY_MINUTE) -> str:
    """Fence what answers again of the region that was given up, and settle what its clients are owed.

    It asks nobody: it stops only what must not run, and stands back while another case is open. Nothing that answers
    and does no harm is touched.

    Source: none of the vendor's; the order is that of a failover's fence (docs/decisions/0014).

    Args:
        environment: Name of the environment file that lies beside the code.
        reason: Why, in your own words, for the auditor.
    """
    await stand_back(environment, scheduled=reason == EVERY_MINUTE)
    run, seen = await opening(environment, "return_guard", None, "unplanned", reason, attempt())
    plan = RETURN_GUARD.left(run.view(seen))
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # Keep it away from the active DBMS, then from its own.
    await at_once(firewall.block_replication, run, plan.block_replication)
    await at_once(firewall.close_database, run, plan.close_database)
    await at_once(framework.stop, run, plan.stop_scs)
    await at_once(framework.stop, run, plan.stop_message_server)
    await at_once(framework.stop, run, plan.stop_confserv)
    await at_once(framework.stop, run, plan.stop_lca)
    await at_once(database.end_sessions, run, plan.end_sessions)
    await at_once(database.stop_database, run, plan.stop_database)
    await stage_done(run, "fence")

    # Its clients did not answer when the names moved.
    await at_once(caches.flush, run, plan.flush_resolvers)
    await at_once(caches.flush, run, plan.flush_hosts)
    await framework.arrival(run, plan.reconnect)
    await in_turn(framework.reconnect, run, plan.reconnect)
    await in_turn(framework.restart, run, plan.restart_first)
    await in_turn(framework.restart, run, plan.restart_second)
    await at_once(framework.stop, run, plan.stop_log_servers)
    await at_once(names.steady, run, plan.steady)
    await owe(run, await stage_done(run, "prove"))
    return await report.publish(run)
