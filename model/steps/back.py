"""Going back from a planned switch that promoted nothing and moved no name: what was to move works where it was.

The target of the intent is the region of the database, `home` that of the framework, as both were; the source is the
other one, whose DBMS goes on following.
"""

from collections.abc import Iterable
from dataclasses import replace

from model.environment.document import Host
from model.environment.environment import other
from model.step import Step, Verb
from model.steps.apart import repointing
from model.steps.clients import arriving, serving
from model.steps.database import opening
from model.steps.framework import starting
from model.steps.guard import STOPPED
from model.steps.parts import LOG_SERVER, part_of
from model.steps.protect import powering_on
from model.steps.stop import shutting_out
from model.view import View

HARMLESS = ("source_writes_nothing", "answering_source_harmless")


def waking_none(view: View) -> dict[str, Iterable[Step]]:
    """Return the stop, in order, of what started in the other region while its guard was open, the Backup first."""
    primary, backup = view.environment.framework(view.away)
    pair = [host for host in (backup, primary) if view.host(host.name).answers]
    return {line: [_stop(view, host, kind) for host in pair] for line, kind in STOPPED.items()}


def quieting_back(view: View) -> dict[str, Iterable[Step]]:
    """Return the stop of its log message servers, once the clients are served: nothing waits for an end of them."""
    primary, backup = view.environment.framework(view.away)
    pair = [host for host in (backup, primary) if view.host(host.name).answers and host.component(LOG_SERVER)]
    return {"stop_log_servers": [replace(_stop(view, host, LOG_SERVER), stage="prove", must=False) for host in pair]}


def _stop(view: View, host: Host, kind: str) -> Step:
    unit = part_of(host, kind).unit
    return Step(
        stage="fence",
        verb=Verb.STOP,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-stop {unit}",
        needs=_before_stop(view, host, kind),
        proves=("component_stopped",),
        undo="none: its boot guard lets it start once its region is active",
    )


def _before_stop(view: View, host: Host, kind: str) -> tuple[str, ...]:
    """Return what goes before; the Backup of a framework that works would take over from its Primary."""
    if kind == "scs":
        return ()
    works = view.intent.undoes == "framework_failover"
    last = works and (kind, host.role) == ("confserv", "framework_primary")
    return ("answering_scs_stopped", *(("source_backup_stopped",) if last else ()))


def restoring_database(view: View) -> dict[str, Iterable[Step]]:
    """Return what makes the DBMS work again: it starts where it stopped, and its own framework alone is let in."""
    database = view.environment.dbms(view.target)
    return {
        "power_back_database": powering_on(database, "database", "source_writes_nothing", must=True),
        "start_database": (_start_database(database),),
        **shutting_out(view),
        **opening(view),
        "let_in": (_let_in(view, view.environment.dbms(view.source)),),
    }


def _start_database(database: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.START,
        host=database.name,
        unit="dbms",
        command=f"gdr-host EPOCH component-start {part_of(database, 'dbms').unit}",
        needs=("source_writes_nothing", "guard_open"),
        proves=("target_is_primary",),
        undo="gdr-host EPOCH pg-stop",
    )


def _let_in(view: View, standby: Host) -> Step:
    """Take back the block that was to keep the given-up region out of the survivor."""
    peer = view.environment.dbms(other(view.environment.region_of(standby.name)))
    rule = f"{view.environment.database.port} {peer.address}"
    return Step(
        stage="database",
        verb=Verb.OPEN_REPLICATION,
        host=standby.name,
        command=f"gdr-host EPOCH firewall-open {rule}",
        needs=("source_writes_nothing",),
        proves=("other_database_let_in",),
        undo=f"gdr-host EPOCH firewall-block {rule}",
        must=False,
    )


def restoring_framework(view: View) -> dict[str, Iterable[Step]]:
    """Return the start of the framework, in the order of the vendor: no guard opens before the other's is fenced."""
    hosts, steps = view.environment.framework(view.home), starting(view)
    repointed = ("alias_resolves",) if view.environment.alias(view.home) else ()
    primary = replace(
        next(iter(steps["start_primary"])),
        needs=(
            *HARMLESS,
            "closed_to_source",
            "given_up_holds_no_session",
            "commits_return",
            *repointed,
            "guard_open",
            "lca_runs",
        ),
    )
    back = [
        step for host in hosts for step in powering_on(host, "framework", "target_is_primary", must=host is hosts[0])
    ]
    return {**_reopening(view), "power_back_hosts": back, **steps, "start_primary": (primary,)}


def _reopening(view: View) -> dict[str, Iterable[Step]]:
    """Return what lets a framework start that was to move alone: until the other one is fenced the record rests."""
    if view.intent.undoes == "framework_failover":
        return repointing(view)
    return {"move_alias": (), "see_alias": ()}


def proving_back(view: View) -> dict[str, Iterable[Step]]:
    """Return the proof that the clients are served as before, and the other region follows: the names never moved."""
    served = serving(view)
    canary = [replace(step, needs=("target_is_primary", "commits_return")) for step in served["canary"]]
    return {
        "reconnect": arriving(view)["reconnect"],
        "serve": served["serve"],
        "canary": canary,
        "stream": (_stream(view.environment.dbms(view.source)),),
    }


def _stream(standby: Host) -> Step:
    return Step(
        stage="prove",
        verb=Verb.STREAM,
        host=standby.name,
        command="observe: the standby streams, less than a segment behind; it connects again by itself",
        needs=("host_answers", "target_is_primary"),
        proves=("source_streams", "source_caught_up"),
        undo="nothing was changed",
        must=False,
    )
