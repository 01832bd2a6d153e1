"""PostgreSQL: sessions ended, stopped cleanly, drained, promoted, by its own client on its own host.

Access is fenced by firewall and session end, never by role changes: they stream to the standby. Sources: PostgreSQL
documentation, "Failover" and pg_promote; Genesys DrBc, Replicating DBMS.
"""

from blocks import reach
from model.environment.document import Host
from model.environment.environment import other
from model.observation import Observation
from model.step import Step
from model.steps.parts import slot_of
from tasks.act import act
from tasks.dbms.postgresql.statements import statement
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.run import Run, environment

CATCH_UP_S = 900  # what was written since the reseed began
STREAM_S = 60  # a standby tries again every few seconds
CANARY_S = 60  # the longest a probe may take: the commit is bounded by `probes.deadline_s` itself


@act(deadline_s=within("pg-end-sessions"), proof_s=20)
async def end_sessions(run: Run, step: Step) -> None:
    """End the sessions of those who are shut out: a REJECT rule freezes them, and a frozen query completes later."""
    shut = run.view(Observation(at=0)).shut_out(environment(run.environment).region_of(step.host))
    await order(run, step.host, "pg-end-sessions", *shut)


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


@act(deadline_s=within("pg-slot-create"), proof_s=20)
async def create_slot(run: Run, step: Step) -> None:
    """Make the primary keep the WAL that its future standby will need, from now on."""
    await order(run, step.host, "pg-slot-create", slot_of(_peer(run)))


@act(deadline_s=within("pg-export"), proof_s=20)
async def export(run: Run, step: Step) -> None:
    """Write down what only this DBMS has, before it is overwritten. Safe to repeat: an export that fits is kept."""
    await order(run, step.host, "pg-export", _primary(run))


@act(deadline_s=within("pg-follow"), proof_s=20)
async def follow(run: Run, step: Step) -> None:
    """Make it the primary's standby, by what is found: as it is, rewound, or copied. Safe to repeat."""
    await order(run, step.host, "pg-follow", _primary(run), slot_of(_peer(run)))


@act(deadline_s=CATCH_UP_S)
async def catch_up(_run: Run, _step: Step) -> None:
    """Require that it is up to date but for what is under way. The proof is the step."""


@act(deadline_s=STREAM_S)
async def stream(_run: Run, _step: Step) -> None:
    """Require that the standby has connected again by itself. The proof is the step."""


def _primary(run: Run) -> str:
    return str(environment(run.environment).dbms(run.intent.target).address)


def _peer(run: Run) -> Host:
    return environment(run.environment).dbms(other(run.intent.target))


@act(deadline_s=within("epoch") + CANARY_S, proof_s=20)
async def canary(run: Run, step: Step) -> None:
    """Commit a row of our own table as the Configuration Server account (canary level 1).

    The one act that needs the vendor's driver: the host is made to obey the epoch first.
    """
    known = environment(run.environment)
    await order(run, step.host, "epoch")
    access = await reach.sql(known.database.access)
    where = (str(known.host(step.host).address), known.database.port, known.database.config_database)
    row = run.view(Observation(at=0)).canary
    await access.commit(*where, statement("canary"), row, step.id, deadline_s=known.probes.deadline_s)
