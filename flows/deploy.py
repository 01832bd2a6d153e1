"""Deploy: two regions are made of bare hosts."""

from prefect import flow

from flows import logs
from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.gate import Beforehand, gate
from model.environment.document import RegionKey
from model.runbooks import DEPLOY
from tasks import report
from tasks.cases import opening, stage_done
from tasks.dbms.postgresql import act as database
from tasks.deployment import act as deployment
from tasks.dns import act as names
from tasks.firewall import act as firewall
from tasks.framework import act as framework
from tasks.perform import at_once, one_per_host, taking
from tasks.run import attempt


@flow(name="deploy", flow_run_name="deploy {target} of {environment}", retries=0)
@ends_in_words
async def deploy(
    environment: EnvironmentName,
    target: RegionKey,
    reason: Reason,
    beforehand: Beforehand | None = None,
) -> str:
    """Make two regions of bare hosts, one active and one behind its guards, and prove them.

    What is not of this deployment is left alone: then it is refused before anything is changed. Run it again after any
    failure, or at any time: it observes first, then does only what is left.

    Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Deploying Genesys Components; "Redundant (HA)
    Configuration Servers". Deviates from them: what was rendered is proven on the hosts (docs/decisions/0018).

    Args:
        environment: Name of the environment file that lies beside the code.
        target: The region that is active in the end.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to the gate.
    """
    run, seen = await opening(environment, "deploy", target, "planned", reason, attempt())
    run, plan = await gate(DEPLOY, run, seen, beforehand)
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # The host side first: from here on each host obeys the epoch, and its boot guard asks the record.
    await at_once(deployment.lay_host_side, run, plan.lay_host_side)
    await at_once(deployment.pin_names, run, plan.pin_names)
    await at_once(firewall.close_database, run, plan.close_database)
    await at_once(database.stop_database, run, plan.stop_dormant)
    await stage_done(run, "fence")

    # The Configuration Database, and its copy in the other region.
    await at_once(deployment.configure_database, run, plan.configure_database)
    await at_once(deployment.create_database, run, plan.create_database)
    await at_once(deployment.create_log_database, run, plan.create_log_database)
    await at_once(database.create_slot, run, plan.create_slot)
    await at_once(deployment.configure_standby, run, plan.configure_standby)
    await at_once(deployment.seed, run, plan.seed)
    await at_once(framework.start, run, plan.start_standby)
    await at_once(database.catch_up, run, plan.catch_up)
    await stage_done(run, "database")

    # The components of both regions; installers of one host share folders. Guards keep the other pair stopped.
    await one_per_host(deployment.install, run, plan.install)
    await at_once(deployment.configure, run, plan.configure)
    await at_once(framework.start, run, plan.start_lca)
    await at_once(framework.start, run, plan.start_primary)
    await at_once(framework.start, run, plan.start_backup)
    await at_once(framework.start, run, plan.start_scs)
    await at_once(framework.await_management_layer, run, plan.message_servers)
    await stage_done(run, "framework")

    # The pair's own switchover, over and back, before anybody relies on it.
    await at_once(deployment.switch_over, run, plan.switch_over)
    await at_once(deployment.switch_back, run, plan.switch_back)
    await stage_done(run, "framework")

    # The application hosts find it by its names. Then look once more.
    await at_once(names.agree, run, plan.secondaries)
    await at_once(framework.start, run, plan.start_site_lca)
    await at_once(framework.start, run, plan.start_site_proxy)
    await at_once(framework.start, run, plan.start_site_scs)
    await at_once(deployment.verify, run, plan.verify)
    await at_once(database.canary, run, plan.canary)
    await logs.follow(run, plan)
    await at_once(framework.await_management_layer, run, plan.start_log_servers)
    await logs.written(run, plan)
    await logs.copied(run, plan)
    await at_once(names.steady, run, plan.steady)
    await stage_done(run, "prove")
    return await report.publish(run)
