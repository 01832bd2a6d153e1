"""Deploying a region's writers: host side, DBMS, components by the site's installer, and the pair's own switchover.

Sources: Genesys DrBc, "Deploying Genesys Components"; "Redundant (HA) Configuration Servers".
"""

import json
from dataclasses import replace

from blocks import reach
from model.conditions import failing
from model.environment.document import Component
from model.step import Step
from model.steps.parts import slot_of
from tasks.act import act
from tasks.deployment.bundle import filled, host_side, of_database, of_part, program
from tasks.deployment.observe import BARE
from tasks.hosts.command import location, order
from tasks.hosts.deadlines import BUSY_S, MARGIN_S, within
from tasks.proof import proven, see
from tasks.run import Run, environment

LAY_S = 120.0
LEAD_S = 60.0  # how long the Management Layer may take to make the other one Primary


async def _logins(run: Run) -> dict[str, str]:
    """Return the logins of a server; that of the log database is asked for only where it is made or filled in."""
    known = await _all_logins(run)
    return {name: known[name] for name in known if name != "log_password"}


async def _all_logins(run: Run) -> dict[str, str]:
    return await (await reach.sql(environment(run.environment).database.access)).logins()


def _part(run: Run, step: Step) -> Component:
    part = environment(run.environment).host(step.host).component(step.unit)
    if part is None:
        raise LookupError(f"{step.host}: {step.unit}: planned without such a component")
    return part


@act(deadline_s=LAY_S + BUSY_S + MARGIN_S, proof_s=30)
async def lay_host_side(run: Run, step: Step) -> None:
    """Lay down gdr-host, guard and firewall service, and narrow the account's right: it may run nothing else."""
    known = environment(run.environment)
    address, access = location(known, step.host)
    shell, host = await reach.shell(access), known.host(step.host)
    bundle = json.dumps({"paths": [], "files": host_side(known, host)})
    words = (*BARE, program(), "lay", str(run.epoch))
    await shell.act(address, *words, silent_s=known.probes.silent_s, given=bundle)


@act(deadline_s=within("names-pin"), proof_s=20)
async def pin_names(run: Run, step: Step) -> None:
    """Let the framework's names mean the region's own pair on a framework host, in its hosts file."""
    known = environment(run.environment)
    addresses = known.addresses(known.region_of(step.host))
    await order(run, step.host, "names-pin", *(addresses[name] for name in known.dns.framework_names))


@act(deadline_s=within("pg-passfile") + within("pg-configure"), proof_s=30)
async def configure_database(run: Run, step: Step) -> None:
    """Write the server's settings, who may log in, and the guard of its unit; it takes them up at once."""
    logins = await _logins(run)
    files = filled(of_database(environment(run.environment)), logins, secret=False)
    await order(run, step.host, "pg-passfile", given=json.dumps(logins))
    await order(run, step.host, "pg-configure", given=json.dumps(files))


@act(deadline_s=within("pg-passfile") + within("pg-configure"), proof_s=30)
async def configure_standby(run: Run, step: Step) -> None:
    """Write the same for a server that does not run, or runs as a standby."""
    logins = await _logins(run)
    files = filled(of_database(environment(run.environment)), logins, secret=False)
    await order(run, step.host, "pg-passfile", given=json.dumps(logins))
    await order(run, step.host, "pg-configure", given=json.dumps(files))


@act(deadline_s=within("pg-seed"), proof_s=30)
async def seed(run: Run, step: Step) -> None:
    """Copy the primary in place of an empty cluster or its own standby, which starts as such only. Safe to repeat."""
    known = environment(run.environment)
    primary = str(known.dbms(run.intent.target).address)
    await order(run, step.host, "pg-seed", primary, slot_of(known.host(step.host)))


@act(deadline_s=within("pg-create"), proof_s=30)
async def create_database(run: Run, step: Step) -> None:
    """Make logins and tables by the vendor's scripts, in one transaction with our mark that they ended."""
    await order(run, step.host, "pg-create", given=json.dumps(await _logins(run)))


@act(deadline_s=within("pg-create-log"), proof_s=30)
async def create_log_database(run: Run, step: Step) -> None:
    """Make the log database, its login and its tables by the vendor's scripts, in one transaction with our mark."""
    await order(run, step.host, "pg-create-log", given=json.dumps(await _all_logins(run)))


@act(deadline_s=within("component-install"), proof_s=30)
async def install(run: Run, step: Step) -> None:
    """Run the site's installer of a component in a folder that carries our mark."""
    await order(run, step.host, "component-install", _part(run, step).unit)


@act(deadline_s=within("component-configure"), proof_s=30)
async def configure(run: Run, step: Step) -> None:
    """Write a component's rendered files; run.sh begins with the boot guard."""
    known = environment(run.environment)
    part = _part(run, step)
    files = filled(of_part(known, known.host(step.host), part), await _all_logins(run), secret=True)
    await order(run, step.host, "component-configure", part.unit, given=json.dumps(files))


@act(deadline_s=within("component-start") + within("component-stop") + within("component-start") + LEAD_S, proof_s=60)
async def switch_over(run: Run, step: Step) -> None:
    """Stop the Primary, see the Management Layer make the other one Primary, and start it again as Backup."""
    other = _other(run, step)
    await order(run, step.host, "component-start", _part(run, step).unit)
    await order(run, other, "component-stop", _part(run, step).unit)
    await proven(run, replace(step, proves=("host_is_primary",)), LEAD_S)
    await order(run, other, "component-start", _part(run, step).unit)


@act(deadline_s=within("component-stop") + within("component-start") + LEAD_S + 2 * within("pair-note"), proof_s=60)
async def switch_back(run: Run, step: Step) -> None:
    """Do the same the other way, unless it leads already; then let both hosts note that their pair can do it."""
    other = _other(run, step)
    if not await _leads(run, step):
        await order(run, other, "component-stop", _part(run, step).unit)
        await proven(run, replace(step, proves=("host_is_primary",)), LEAD_S)
        await order(run, other, "component-start", _part(run, step).unit)
    await order(run, other, "pair-note")
    await order(run, step.host, "pair-note")


def _other(run: Run, step: Step) -> str:
    known = environment(run.environment)
    return next(host.name for host in known.framework(known.region_of(step.host)) if host.name != step.host)


async def _leads(run: Run, step: Step) -> bool:
    seen = await see(run, step, ("host_is_primary",))
    return not failing(("host_is_primary",), run.view(seen), step)


@act(deadline_s=30)
async def verify(_run: Run, _step: Step) -> None:
    """Require what was rendered to be what runs. Nothing is done: the proof is the step."""
