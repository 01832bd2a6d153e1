"""Promoting the database and opening it to the target."""

from collections.abc import Iterable

from model.step import Step, Verb
from model.steps.parts import NO_UNDO
from model.view import View


def promoting(view: View) -> dict[str, Iterable[Step]]:
    """Return the promotion and what belongs to it."""
    host = view.environment.dbms(view.target)
    drained = ("standby_has_all",) if view.intent.drains else ()
    rested = ("home_confserv_rests",) if view.intent.runbook == "dbms_failover" else ()
    promote = Step(
        stage="database",
        verb=Verb.PROMOTE,
        host=host.name,
        command="gdr-host EPOCH pg-promote: pg_promote(true, 60), restore point genesys-dr-EPOCH, CHECKPOINT",
        needs=("target_can_take_over", "source_fenced", "replication_blocked", *rested, *drained),
        proves=("target_is_primary", "restore_point_made"),
        undo=NO_UNDO,
        no_return=True,
    )
    release = Step(
        stage="database",
        verb=Verb.RELEASE_SYNC,
        host=host.name,
        command="gdr-host EPOCH pg-sync-names-clear",
        needs=("target_is_primary",),
        proves=("no_commit_waits",),
        undo="ALTER SYSTEM SET synchronous_standby_names",
    )
    return {"promote": (promote,), "release_sync": (release,), **opening(view)}


def opening(view: View) -> dict[str, Iterable[Step]]:
    """Return the opening of the DBMS to the framework that is to use it."""
    host, port = view.environment.dbms(view.target), view.environment.database.port
    ours = " ".join(str(each.address) for each in view.environment.framework(view.home))
    step = Step(
        stage="database",
        verb=Verb.OPEN_DATABASE,
        host=host.name,
        command=f"gdr-host EPOCH firewall-open {port} {ours}",
        needs=("target_is_primary", "closed_to_source"),
        proves=("open_to_target",),
        undo=f"gdr-host EPOCH firewall-block {port} {ours}",
    )
    return {"open_database": (step,)}
