"""Keeping a region that was given up from doing harm when it is back, and settling what its clients are owed."""

from collections.abc import Iterable
from dataclasses import replace

from model.environment.document import Host
from model.step import Step, Verb
from model.steps.clients import proving
from model.steps.parts import LOG_SERVER, part_of
from model.view import View

STOPPED = {
    "stop_scs": "scs",
    "stop_message_server": "message_server",
    "stop_confserv": "confserv",
    "stop_lca": "lca",
}


def guarding(view: View) -> dict[str, Iterable[Step]]:
    """Return what fences the hosts of the source that answer: who may reach a DBMS first, then what runs."""
    database = [host for host in (view.environment.dbms(view.source),) if view.host(host.name).answers]
    pair = [host for host in view.environment.framework(view.away) if view.host(host.name).answers]
    return {
        "block_replication": [_keep_out(view) for _ in database],
        "close_database": [_close(view, host) for host in database],
        **{line: [_stop(host, kind) for host in pair] for line, kind in STOPPED.items()},
        "end_sessions": [_end_sessions(view, host) for host in database],
        "stop_database": [_stop_database(host) for host in database],
    }


def quieting(view: View) -> dict[str, Iterable[Step]]:
    """Return the stop of the log message servers that are seen to run: no other is worth an epoch each minute."""
    pair = [host for host in view.environment.framework(view.away) if view.runs(host.name, LOG_SERVER)]
    return {"stop_log_servers": [replace(_stop(host, LOG_SERVER), stage="prove", must=False) for host in pair]}


def settling(view: View) -> dict[str, Iterable[Step]]:
    """Return what the clients are owed that did not answer when the names moved, and answer now."""
    lines = ("flush_resolvers", "flush_hosts", "reconnect", "restart_first", "restart_second")
    steps = proving(view)
    return {line: [step for step in steps[line] if step.host in view.owed] for line in lines}


def _keep_out(view: View) -> Step:
    addresses = " ".join(str(host.address) for host in view.keeps_out)
    rule = f"{view.environment.database.port} {addresses}"
    return Step(
        stage="fence",
        verb=Verb.BLOCK_REPLICATION,
        host=view.environment.dbms(view.target).name,
        command=f"gdr-host EPOCH firewall-block {rule}",
        needs=("host_answers",),
        proves=("source_kept_out",),
        undo=f"gdr-host EPOCH firewall-open {rule}",
    )


def _close(view: View, host: Host) -> Step:
    rule = f"{view.environment.database.port} {' '.join(view.environment.framework_addresses())}"
    return Step(
        stage="fence",
        verb=Verb.CLOSE_DATABASE,
        host=host.name,
        command=f"gdr-host EPOCH firewall-block {rule}",
        needs=("host_answers", "target_is_primary"),
        proves=("source_closed",),
        undo=f"gdr-host EPOCH firewall-open {rule}",
    )


def _end_sessions(view: View, host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.END_SESSIONS,
        host=host.name,
        command=f"gdr-host EPOCH pg-end-sessions {' '.join(view.environment.framework_addresses())}",
        needs=("target_is_primary", "source_closed"),
        proves=("source_sessions_ended",),
        undo="none: its port stays closed",
    )


def _stop_database(host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.STOP_DATABASE,
        host=host.name,
        command="gdr-host EPOCH pg-stop",
        needs=("target_is_primary", "source_sessions_ended"),
        proves=("source_writes_nothing",),
        undo="none: it starts again as a standby only, by a reprotect",
    )


def _stop(host: Host, kind: str) -> Step:
    unit = part_of(host, kind).unit
    return Step(
        stage="fence",
        verb=Verb.STOP,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-stop {unit}",
        needs=("target_is_primary", "host_answers", *(() if kind == "scs" else ("answering_scs_stopped",))),
        proves=("component_stopped",),
        undo="none: its boot guard lets it start once its region is active again",
    )
