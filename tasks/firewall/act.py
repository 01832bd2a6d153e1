"""The DBMS port: closed to the framework hosts of a dormant region, open to those of the active one.

Source: Genesys DrBc, "Replicating DBMS". Deviates from it: /32 not /24, own chain in first position, sessions are ended
after the block (docs/decisions/0005).
"""

from model.environment.environment import other
from model.observation import Observation
from model.step import Step
from tasks.act import act
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.run import Run, environment


@act(deadline_s=within("firewall-block"), proof_s=15)
async def close_database(run: Run, step: Step) -> None:
    """Shut out every framework host of a DBMS that is given up; of one that stays, those of the other region.

    Safe to repeat: a rule that is there is left alone.
    """
    known = environment(run.environment)
    shut = run.view(Observation(at=0)).shut_out(known.region_of(step.host))
    await order(run, step.host, "firewall-block", str(known.database.port), *shut)


@act(deadline_s=within("firewall-block"), proof_s=15)
async def block_replication(run: Run, step: Step) -> None:
    """Shut the source's DBMS and framework hosts out of the survivor, so that a returning one cannot reach it."""
    known = environment(run.environment)
    source = (str(host.address) for host in run.view(Observation(at=0)).keeps_out)
    await order(run, step.host, "firewall-block", str(known.database.port), *source)


@act(deadline_s=within("firewall-open"), proof_s=15)
async def open_replication(run: Run, step: Step) -> None:
    """Let the other region's DBMS in, to follow; its framework hosts stay out."""
    known = environment(run.environment)
    peer = known.dbms(other(known.region_of(step.host)))
    await order(run, step.host, "firewall-open", str(known.database.port), str(peer.address))


@act(deadline_s=within("firewall-open"), proof_s=15)
async def open_database(run: Run, step: Step) -> None:
    """Let the framework hosts in that are to use it; the other region's stay out."""
    known = environment(run.environment)
    ours = (str(host.address) for host in known.framework(run.intent.framework))
    await order(run, step.host, "firewall-open", str(known.database.port), *ours)
