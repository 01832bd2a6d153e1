"""PostgreSQL: sessions ended, stopped cleanly, drained, promoted, by its own client on its own host.

Access is fenced by firewall and session end, never by role changes: they stream to the standby. Sources: PostgreSQL
documentation, "Failover" and pg_promote; Genesys DrBc, Replicating DBMS.
"""

from blocks import reach
from model.step import Step
from tasks.act import act
from tasks.dbms.postgresql.statements import statement
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.run import Run, environment

CANARY_S = 60  # the longest a probe may take: the commit is bounded by `probes.deadline_s` itself


@act(deadline_s=within("pg-end-sessions"), proof_s=20)
async def end_sessions(run: Run, step: Step) -> None:
    """End every session of the framework hosts: a REJECT rule freezes open ones, and a frozen query completes later."""
    await order(run, step.host, "pg-end-sessions", *environment(run.environment).framework_addresses())


@act(deadline_s=within("pg-stop"), proof_s=30)
async def stop_database(run: Run, step: Step) -> None:
    """Shut down cleanly (fast): the server sends all WAL to its standby before it ends."""
    await order(run, step.host, "pg-stop")


@act(deadline_s=60)
async def drain(_run: Run, _step: Step) -> None:
    """Require that the standby received everything up to the shutdown checkpoint. The proof is the step."""


@act(deadline_s=within("pg-promote"), proof_s=60)
async def promote(run: Run, step: Step) -> None:
    """Make the standby the primary; a restore point and a checkpoint follow at once. The point of no return."""
    await order(run, step.host, "pg-promote")


@act(deadline_s=within("pg-sync-names-clear"), proof_s=20)
async def release_sync(run: Run, step: Step) -> None:
    """Clear `synchronous_standby_names`: a name that is lost would hang every commit."""
    await order(run, step.host, "pg-sync-names-clear")


@act(deadline_s=within("epoch") + CANARY_S, proof_s=20)
async def canary(run: Run, step: Step) -> None:
    """Commit a row of our own table as the Configuration Server account (canary level 1).

    The one act that needs the vendor's driver: the host is made to obey the epoch first.
    """
    known = environment(run.environment)
    await order(run, step.host, "epoch")
    access = await reach.sql(known.database.access)
    where = (str(known.host(step.host).address), known.database.port, known.database.config_database)
    await access.commit(*where, statement("canary"), run.case, step.id, deadline_s=known.probes.deadline_s)
