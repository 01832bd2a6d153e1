"""Starting the framework in the order of the vendor."""

from collections.abc import Iterable
from dataclasses import replace

from model.environment.document import Host
from model.step import Step, Verb
from model.steps.parts import LOG_SERVER, part_of
from model.view import View


def starting(view: View) -> dict[str, Iterable[Step]]:
    """Return what is started, in order."""
    primary, backup = view.environment.framework(view.home)
    repointed = ("alias_resolves",) if view.environment.alias(view.home) else ()
    alone = () if view.intent.runbook == "dbms_failover" else ("given_up_holds_no_session",)
    return {
        "start_lca": [_start(host, "lca", ("target_is_primary",), must=host is primary) for host in (primary, backup)],
        "start_primary": [_start_primary(primary, *alone, *repointed)],
        "start_backup": [_start_backup(backup, *repointed)],
        "start_scs": [
            _start(host, "scs", ("lca_runs", "target_has_primary"), must=host is primary) for host in (primary, backup)
        ],
        "message_servers": [_message_server(host, "message_server") for host in (primary, backup)],
    }


def starting_logs(view: View) -> dict[str, Iterable[Step]]:
    """Return the start of its log message servers, after all that clients wait for: logs hold up nothing."""
    hosts = [host for host in view.environment.framework(view.home) if host.component(LOG_SERVER)]
    return {"start_log_servers": [replace(_message_server(host, LOG_SERVER), stage="prove") for host in hosts]}


def _start(host: Host, kind: str, needs: tuple[str, ...], *, must: bool) -> Step:
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-start {part_of(host, kind).unit}",
        needs=("guard_open", *needs),
        proves=("component_runs",),
        undo=f"gdr-host EPOCH component-stop {part_of(host, kind).unit}",
        must=must,
    )


def _start_primary(host: Host, *more: str) -> Step:
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit="confserv",
        command=f"gdr-host EPOCH component-start {part_of(host, 'confserv').unit}",
        needs=("source_fenced", "closed_to_source", "no_commit_waits", *more, "guard_open", "lca_runs"),
        proves=("target_has_primary",),
        undo=f"gdr-host EPOCH component-stop {part_of(host, 'confserv').unit}",
    )


def _start_backup(host: Host, *repointed: str) -> Step:
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit="confserv",
        command=f"gdr-host EPOCH component-start {part_of(host, 'confserv').unit}",
        needs=("target_has_primary", *repointed, "guard_open", "lca_runs"),
        proves=("backup_is_paired",),
        undo=f"gdr-host EPOCH component-stop {part_of(host, 'confserv').unit}",
        must=False,
    )


def _message_server(host: Host, kind: str) -> Step:
    part = part_of(host, kind)
    waits = part.started_by == "management_layer"
    by_hand = f"gdr-host EPOCH component-start {part.unit}"
    return Step(
        stage="framework",
        verb=Verb.AWAIT if waits else Verb.START,
        host=host.name,
        unit=kind,
        command=f"wait for the Management Layer; if it has not, {by_hand}" if waits else by_hand,
        needs=("target_has_primary", "guard_open"),
        proves=("component_runs",),
        undo=f"gdr-host EPOCH component-stop {part.unit}",
        must=False,
    )
