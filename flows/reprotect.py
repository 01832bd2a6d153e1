"""Reprotect: the region that was given up follows the active one again."""

from prefect import flow

from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.gate import Beforehand, gate
from model.runbooks import REPROTECT
from tasks import report
from tasks.cases import opening, stage_done
from tasks.dbms.postgresql import act as database
from tasks.dns import act as names
from tasks.firewall import act as firewall
from tasks.framework import act as framework
from tasks.perform import at_once, taking
from tasks.run import attempt
from tasks.vms import act as vms


@flow(name="reprotect", flow_run_name="reprotect of {environment}", retries=0)
@ends_in_words
async def reprotect(environment: EnvironmentName, reason: Reason, beforehand: Beforehand | None = None) -> str:
    """Make the region that was given up the standby of the active one.

    What only its old DBMS has is exported before anything of it is overwritten. The active region works on
    throughout; nothing is switched. Run it again after any failure: it observes first, then does only what is left.

    Source: PostgreSQL, pg_rewind and Log-Shipping Standby Servers. The vendor's pages describe no way back for a
    replicated PostgreSQL; the order is that of their Oracle GoldenGate page (docs/decisions/0012).

    Args:
        environment: Name of the environment file that lies beside the code.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to the gate.
    """
    return await protect(environment, reason, beforehand)


async def protect(environment: str, reason: str, beforehand: Beforehand | None) -> str:
    """Do it: one case, one approval."""
    run, seen = await opening(environment, "reprotect", None, "planned", reason, attempt())
    run, plan = await gate(REPROTECT, run, seen, beforehand)
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # Keep the old side quiet, and reach its DBMS host.
    await at_once(framework.stop, run, plan.stop_message_servers)
    await at_once(framework.stop, run, plan.stop_lca)
    await at_once(vms.power_on, run, plan.power_on_database)
    await at_once(firewall.close_database, run, plan.close_database)
    await stage_done(run, "fence")

    # Make it follow. Export first: what only it has is gone once it is rewound. A standby stops only if it is cut off.
    await at_once(firewall.open_replication, run, plan.open_replication)
    await at_once(database.create_slot, run, plan.create_slot)
    await at_once(database.stop_database, run, plan.stop_standby)
    await at_once(database.export, run, plan.export)
    await at_once(database.follow, run, plan.follow)
    await at_once(framework.start, run, plan.start_standby)
    await at_once(database.catch_up, run, plan.catch_up)
    await stage_done(run, "database")

    # Give the rest of the region its power back; its boot guards keep the framework stopped.
    await at_once(vms.power_on, run, plan.power_on_hosts)
    await at_once(framework.stop, run, plan.stop_log_servers)
    await at_once(vms.power_down, run, plan.power_off_framework)
    await at_once(names.steady, run, plan.steady)
    await stage_done(run, "prove")
    return await report.publish(run)
