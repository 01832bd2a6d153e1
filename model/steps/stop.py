"""Stopping the source in order: management first, the agent last, then its database."""

from collections.abc import Iterable
from dataclasses import replace

from model.environment.document import Host
from model.step import Step, Verb
from model.steps.parts import LOG_SERVER, part_of
from model.view import Fence, View


def stopping(view: View) -> dict[str, Iterable[Step]]:
    """Return what is stopped by hand, in order: the framework, then its DBMS."""
    return {**stopping_framework(view), **stopping_database(view)}


def stopping_framework(view: View) -> dict[str, Iterable[Step]]:
    """Return what is stopped by hand of the framework that is given up, in order."""
    primary, backup = view.environment.framework(view.away)
    pair = [host for host in (primary, backup) if _stops_by_hand(view, host)]
    planned = view.intent.mode == "planned"
    return {
        "stop_scs": [_stop_step(host, "scs", ()) for host in pair],
        "stop_message_servers": [_stop_step(host, "message_server", ("source_scs_stopped",)) for host in pair],
        "stop_backup": [_stop_step(host, "confserv", ("source_scs_stopped",)) for host in pair if host is backup],
        "stop_primary": [_stop_step(host, "confserv", _before_primary(planned)) for host in pair if host is primary],
        "stop_lca": [_stop_step(host, "lca", ("source_scs_stopped",)) for host in pair],
    }


def stopping_logs(view: View) -> dict[str, Iterable[Step]]:
    """Return the stop of its log message servers, after all that clients wait for: they write no configuration."""
    pair = [host for host in view.environment.framework(view.away) if _stops_by_hand(view, host)]
    stops = [_stop_step(host, LOG_SERVER, ("source_scs_stopped",)) for host in pair if host.component(LOG_SERVER)]
    return {"stop_log_servers": [replace(step, stage="prove", must=False) for step in stops]}


def stopping_database(view: View) -> dict[str, Iterable[Step]]:
    """Return what is done to the source's DBMS where it is stopped by hand, in order."""
    database = [host for host in (view.environment.dbms(view.source),) if _stops_by_hand(view, host)]
    planned, drains = view.intent.mode == "planned", view.intent.drains
    rested = "home_confserv_rests" if view.intent.runbook == "dbms_failover" else "source_confserv_stopped"
    return {
        "close_database": [_close(view, host) for host in database],
        "end_sessions": [_end_sessions(view, host) for host in database],
        "stop_database": [_stop_database(host, *((rested,) if planned else ()), drains=drains) for host in database],
        "drain": [_drain(view)] if drains else (),
    }


def shutting_out(view: View) -> dict[str, Iterable[Step]]:
    """Return what keeps the framework that is given up out of the DBMS that stays."""
    survivor = view.environment.dbms(view.target)
    return {"shut_out": [_close(view, survivor)], **ending_frozen(view)}


def ending_frozen(view: View) -> dict[str, Iterable[Step]]:
    """Return the end of the sessions that the given-up framework holds there: a block froze them, and ends none."""
    return {"end_frozen": [_end_sessions(view, view.environment.dbms(view.target))]}


def _before_primary(planned: bool) -> tuple[str, ...]:  # noqa: FBT001  (private, one caller)
    return ("source_scs_stopped", "source_backup_stopped") if planned else ("source_scs_stopped",)


def _stops_by_hand(view: View, host: Host) -> bool:
    """Return whether it is stopped in order, or answers and cannot be switched off."""
    return view.promised_level(host) is Fence.STOPPED


def _stop_step(host: Host, kind: str, needs: tuple[str, ...]) -> Step:
    return Step(
        stage="fence",
        verb=Verb.STOP,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-stop {part_of(host, kind).unit}",
        needs=("target_can_take_over", *needs),
        proves=("component_stopped",),
        undo=f"gdr-host EPOCH component-start {part_of(host, kind).unit}",
    )


def _close(view: View, host: Host) -> Step:
    port, addresses = view.environment.database.port, _shut_out(view, host)
    return Step(
        stage="fence",
        verb=Verb.CLOSE_DATABASE,
        host=host.name,
        command=f"gdr-host EPOCH firewall-block {port} {addresses}",
        needs=("target_can_take_over", "host_answers"),
        proves=("closed_to_framework",),
        undo=f"gdr-host EPOCH firewall-open {port} ...",
    )


def _end_sessions(view: View, host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.END_SESSIONS,
        host=host.name,
        command=f"gdr-host EPOCH pg-end-sessions {_shut_out(view, host)}",
        needs=("target_can_take_over", "closed_to_framework"),
        proves=("no_framework_sessions",),
        undo="clients connect again once the port is open",
    )


def _shut_out(view: View, host: Host) -> str:
    return " ".join(view.shut_out(view.environment.region_of(host.name)))


def _stop_database(host: Host, *rested: str, drains: bool) -> Step:
    return Step(
        stage="fence",
        verb=Verb.STOP_DATABASE,
        host=host.name,
        command="gdr-host EPOCH pg-stop",
        needs=(
            "target_can_take_over",
            "no_framework_sessions",
            *rested,
            *(("standby_streams",) if drains else ()),
        ),
        proves=("database_stopped_clean",),
        undo=f"gdr-host EPOCH component-start {part_of(host, 'dbms').unit}, while the guard still lets it",
    )


def _drain(view: View) -> Step:
    return Step(
        stage="fence",
        verb=Verb.DRAIN,
        host=view.environment.dbms(view.source).name,
        command="wait until pg_last_wal_receive_lsn() of the target is beyond the source's shutdown checkpoint",
        needs=("database_stopped_clean",),
        proves=("database_stopped_clean", "standby_has_all"),
        undo="nothing was changed",
    )
