"""Clone and isolate: the dormant framework hosts become copies of the active ones."""

from prefect import flow

from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.gate import Beforehand, gate
from model.runbooks import CLONE_AND_ISOLATE
from tasks import report
from tasks.cases import opening, stage_done
from tasks.deployment import act as deployment
from tasks.dns import act as names
from tasks.perform import at_once, in_turn, one_per_host, taking
from tasks.run import attempt
from tasks.vms import act as vms


@flow(name="clone-and-isolate", flow_run_name="clone and isolate of {environment}", retries=0)
@ends_in_words
async def clone_and_isolate(environment: EnvironmentName, reason: Reason, beforehand: Beforehand | None = None) -> str:
    """Make the dormant framework hosts copies of the active ones, and let nobody reach them until they are themselves.

    The active region works on throughout. Run it again after any failure: it observes first, then does only what is
    left. Run it every week, or after every patch of the active pair: each run makes the copies anew.

    Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Deploying Genesys Components, step 6. Deviates
    from it: the hypervisor takes the cable out before anything is copied, and that nothing can be reached is tried
    (docs/decisions/0021).

    Args:
        environment: Name of the environment file that lies beside the code.
        reason: Why, in your own words, for the auditor.
        beforehand: Laboratories only: the answer to the gate.
    """
    run, seen = await opening(environment, "clone_and_isolate", None, "planned", reason, attempt())
    run, plan = await gate(CLONE_AND_ISOLATE, run, seen, beforehand)
    run = await taking(names.take_epoch, run, plan.take_epoch)

    # Off the network and off, before anything is overwritten.
    await at_once(vms.unplug, run, plan.unplug)
    await at_once(vms.power_off, run, plan.switch_off)
    await stage_done(run, "fence")

    # A copy that starts believes that it is the active one: it stands alone before its cable is in.
    await in_turn(vms.clone, run, plan.clone)
    await at_once(vms.power_on, run, plan.switch_on)
    await at_once(vms.isolate, run, plan.isolate)
    await at_once(vms.plug, run, plan.plug)
    await at_once(vms.cut_off, run, plan.cut_off)

    # It becomes itself, and rests behind its own guard.
    await at_once(vms.adopt, run, plan.adopt)
    await at_once(deployment.pin_names, run, plan.pin_names)
    await one_per_host(deployment.configure, run, plan.configure)
    await at_once(vms.join, run, plan.join)
    await at_once(vms.power_down, run, plan.power_off_framework)
    await at_once(names.steady, run, plan.steady)
    await stage_done(run, "prove")
    return await report.publish(run)
