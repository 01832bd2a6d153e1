"""Full failover: one region is given up, the other takes over.

Sources: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Operation and Full Failover; start and stop order:
genesys "Disaster Recovery Using DNS Failover". Deviations: docs/decisions/0004 (names move last), 0005 (firewall),
0008 (boot guard).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from model.conditions import failing
from model.environment.document import Component, Host
from model.environment.environment import REGION_KEYS
from model.step import Step, Steps, Verb
from model.view import View

NO_UNDO = "cannot be undone: reprotect and fail back"


@dataclass(frozen=True, slots=True, kw_only=True)
class FullFailoverPlan:
    """One field per line of the runbook, in its order. An empty one is already done, or not needed in this mode."""

    take_epoch: Steps
    stop_scs: Steps
    stop_message_servers: Steps
    stop_backup: Steps
    stop_primary: Steps
    stop_lca: Steps
    close_database: Steps
    end_sessions: Steps
    stop_database: Steps
    drain: Steps
    power_off: Steps
    block_replication: Steps
    waive: Steps
    promote: Steps
    release_sync: Steps
    open_database: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    message_servers: Steps
    move_names: Steps
    secondaries: Steps
    flush_resolvers: Steps
    flush_hosts: Steps
    reconnect: Steps
    restart_first: Steps
    restart_second: Steps
    serve: Steps
    canary: Steps
    steady: Steps

    def steps(self) -> Iterator[Step]:
        """Yield every step in order."""
        for field in fields(self):
            yield from getattr(self, field.name)


def plan_full_failover(view: View) -> FullFailoverPlan:
    """Derive the steps that still separate what was seen from a working target.

    Resuming is planning again: a step is left out while its proofs hold. The epoch is taken only when something is left.
    """
    left = {name: _remaining(steps, view) for name, steps in _runbook(view).items()}
    epoch = left.pop("take_epoch")
    return FullFailoverPlan(take_epoch=epoch if any(left.values()) else (), **left)


def whole_runbook(view: View) -> FullFailoverPlan:
    """Return every step whether done or not: the printed page, and what the report counts against."""
    return FullFailoverPlan(**{name: tuple(steps) for name, steps in _runbook(view).items()})


def _remaining(steps: Iterable[Step], view: View) -> Steps:
    return tuple(step for step in steps if failing(step.proves, view, step))


def _runbook(view: View) -> dict[str, Iterable[Step]]:
    return {
        **_epoch(view),
        **_stop(view),
        **_fence(view),
        **_database(view),
        **_framework(view),
        **_names(view),
        **_prove(view),
    }


def _epoch(view: View) -> dict[str, Iterable[Step]]:
    writer = view.environment.writer.name
    swap = Step(
        stage="epoch",
        verb=Verb.TAKE_EPOCH,
        host=writer,
        command=f"update {view.environment.record_name} TXT: epoch + 1, state=switching target={view.target}",
        needs=("target_can_take_over",),
        proves=("epoch_is_ours",),
        undo="swap the record back to steady",
    )
    return {"take_epoch": (swap,)}


def _stop(view: View) -> dict[str, Iterable[Step]]:
    primary, backup = view.environment.framework(view.source)
    pair = [host for host in (primary, backup) if _stops_by_hand(view, host)]
    database = [host for host in (view.environment.dbms(view.source),) if _stops_by_hand(view, host)]
    planned = view.intent.mode == "planned"
    return {
        "stop_scs": [_stop_step(host, "scs", ()) for host in pair],
        "stop_message_servers": [_stop_step(host, "message_server", ("source_scs_stopped",)) for host in pair],
        "stop_backup": [_stop_step(host, "confserv", ("source_scs_stopped",)) for host in pair if host is backup],
        "stop_primary": [_stop_step(host, "confserv", _before_primary(planned)) for host in pair if host is primary],
        "stop_lca": [_stop_step(host, "lca", ("source_scs_stopped",)) for host in pair],
        "close_database": [_close(view, host) for host in database],
        "end_sessions": [_end_sessions(view, host) for host in database],
        "stop_database": [_stop_database(host, planned=planned) for host in database],
        "drain": [_drain(view)] if planned else (),
    }


def _before_primary(planned: bool) -> tuple[str, ...]:  # noqa: FBT001  (private, one caller)
    return ("source_scs_stopped", "source_backup_stopped") if planned else ("source_scs_stopped",)


def _stops_by_hand(view: View, host: Host) -> bool:
    """In planned mode every writer is stopped in order; in unplanned mode only one that answers and cannot be switched off."""
    return view.intent.mode == "planned" or view.promised_level(host) == 2


def _part(host: Host, kind: str) -> Component:
    part = host.component(kind)
    if part is None:
        raise LookupError(f"{host.name}: {kind}: the environment file was not judged")
    return part


def _stop_step(host: Host, kind: str, needs: tuple[str, ...]) -> Step:
    return Step(
        stage="fence",
        verb=Verb.STOP,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-stop {_part(host, kind).unit}",
        needs=("target_can_take_over", *needs),
        proves=("component_stopped",),
        undo=f"gdr-host EPOCH component-start {_part(host, kind).unit}",
    )


def _close(view: View, host: Host) -> Step:
    port, addresses = view.environment.database.port, " ".join(view.environment.framework_addresses())
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
        command=f"gdr-host EPOCH pg-end-sessions {' '.join(view.environment.framework_addresses())}",
        needs=("target_can_take_over", "closed_to_framework"),
        proves=("no_framework_sessions",),
        undo="clients connect again once the port is open",
    )


def _stop_database(host: Host, *, planned: bool) -> Step:
    return Step(
        stage="fence",
        verb=Verb.STOP_DATABASE,
        host=host.name,
        command="gdr-host EPOCH pg-stop",
        needs=(
            "target_can_take_over",
            "no_framework_sessions",
            *(("source_confserv_stopped", "standby_streams") if planned else ()),
        ),
        proves=("database_stopped_clean",),
        undo="gdr-host EPOCH component-start postgresql, while the guard still lets it",
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


def _fence(view: View) -> dict[str, Iterable[Step]]:
    writers = view.environment.writers(view.source)
    survivor = view.environment.dbms(view.target)
    return {
        "power_off": [_power_off(view, host) for host in writers if view.promised_level(host) == 1],
        "block_replication": [_block_replication(view, survivor)],
        "waive": [_waive(host) for host in writers if view.promised_level(host) == 5],
    }


def _power_off(view: View, host: Host) -> Step:
    drained = ("standby_has_all",) if view.intent.mode == "planned" else ()
    return Step(
        stage="fence",
        verb=Verb.POWER_OFF,
        host=host.name,
        command=f"gdr-host EPOCH power-off {host.name}, on {host.hypervisor.power}",
        needs=("target_can_take_over", *drained),
        proves=("host_is_off",),
        undo=f"gdr-host EPOCH power-on {host.name}",
    )


def _block_replication(view: View, survivor: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.BLOCK_REPLICATION,
        host=survivor.name,
        command=f"gdr-host EPOCH firewall-block {view.environment.database.port} {_source_addresses(view)}",
        needs=("host_answers", *(("standby_has_all",) if view.intent.mode == "planned" else ())),
        proves=("replication_blocked", "closed_to_source"),
        undo=f"gdr-host EPOCH firewall-open {view.environment.database.port} ...",
    )


def _source_addresses(view: View) -> str:
    return " ".join(str(host.address) for host in view.environment.writers(view.source))


def _waive(host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.WAIVE,
        host=host.name,
        command="none: the approval names this host as not fenced",
        needs=(),
        proves=("fence_waived",),
        undo="nothing was changed",
    )


def _database(view: View) -> dict[str, Iterable[Step]]:
    host = view.environment.dbms(view.target)
    drained = ("standby_has_all",) if view.intent.mode == "planned" else ()
    promote = Step(
        stage="database",
        verb=Verb.PROMOTE,
        host=host.name,
        command="gdr-host EPOCH pg-promote: pg_promote(true, 60), CHECKPOINT, restore point",
        needs=("target_can_take_over", "source_fenced", "replication_blocked", *drained),
        proves=("target_is_primary",),
        undo=NO_UNDO,
        no_return=True,
    )
    release = Step(
        stage="database",
        verb=Verb.RELEASE_SYNC,
        host=host.name,
        command="gdr-host EPOCH pg-sync-names-clear",
        needs=(),
        proves=("no_commit_waits",),
        undo="ALTER SYSTEM SET synchronous_standby_names",
    )
    port, ours = (
        view.environment.database.port,
        " ".join(str(h.address) for h in view.environment.framework(view.target)),
    )
    open_ = Step(
        stage="database",
        verb=Verb.OPEN_DATABASE,
        host=host.name,
        command=f"gdr-host EPOCH firewall-open {port} {ours}",
        needs=("target_is_primary", "closed_to_source"),
        proves=("open_to_target",),
        undo=f"gdr-host EPOCH firewall-block {port} {ours}",
    )
    return {"promote": (promote,), "release_sync": (release,), "open_database": (open_,)}


def _framework(view: View) -> dict[str, Iterable[Step]]:
    primary, backup = view.environment.framework(view.target)
    return {
        "start_lca": [_start(host, "lca", ("target_is_primary",), must=host is primary) for host in (primary, backup)],
        "start_primary": [_start_primary(primary)],
        "start_backup": [_start_backup(backup)],
        "start_scs": [
            _start(host, "scs", ("lca_runs", "target_has_primary"), must=host is primary) for host in (primary, backup)
        ],
        "message_servers": [_message_server(host) for host in (primary, backup)],
    }


def _start(host: Host, kind: str, needs: tuple[str, ...], *, must: bool) -> Step:
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-start {_part(host, kind).unit}",
        needs=("guard_open", *needs),
        proves=("component_runs",),
        undo=f"gdr-host EPOCH component-stop {_part(host, kind).unit}",
        must=must,
    )


def _start_primary(host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit="confserv",
        command=f"gdr-host EPOCH component-start {_part(host, 'confserv').unit}",
        needs=("source_fenced", "no_commit_waits", "guard_open", "lca_runs"),
        proves=("target_has_primary",),
        undo=f"gdr-host EPOCH component-stop {_part(host, 'confserv').unit}",
    )


def _start_backup(host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit="confserv",
        command=f"gdr-host EPOCH component-start {_part(host, 'confserv').unit}",
        needs=("target_has_primary", "guard_open", "lca_runs"),
        proves=("backup_is_paired",),
        undo=f"gdr-host EPOCH component-stop {_part(host, 'confserv').unit}",
        must=False,
    )


def _message_server(host: Host) -> Step:
    part = _part(host, "message_server")
    waits = part.started_by == "management_layer"
    by_hand = f"gdr-host EPOCH component-start {part.unit}"
    return Step(
        stage="framework",
        verb=Verb.AWAIT if waits else Verb.START,
        host=host.name,
        unit="message_server",
        command=f"wait for the Management Layer; if it has not, {by_hand}" if waits else by_hand,
        needs=("target_has_primary", "guard_open"),
        proves=("component_runs",),
        undo=f"gdr-host EPOCH component-stop {part.unit}",
        must=False,
    )


def _names(view: View) -> dict[str, Iterable[Step]]:
    writer = view.environment.writer
    answers = ", ".join(f"{name} A {address}" for name, address in view.environment.addresses(view.target).items())
    move = Step(
        stage="names",
        verb=Verb.MOVE_NAMES,
        host=writer.name,
        command=f"update {view.environment.dns.zone}: {answers}; record active={view.target}; prerequisite: our record",
        needs=("source_fenced", "target_has_primary"),
        proves=("names_moved",),
        undo="the same update with the source's addresses",
    )
    others = [server for server in view.environment.dns.servers if server is not writer]
    agree = [
        Step(
            stage="names",
            verb=Verb.AGREE,
            host=server.name,
            command=f"query {server.address} until it answers {view.target}",
            needs=("names_moved",),
            proves=("server_agrees",),
            undo="nothing was changed",
            must=False,
        )
        for server in others
        if view.seen.server(server.name).answers
    ]
    return {"move_names": (move,), "secondaries": agree}


def _prove(view: View) -> dict[str, Iterable[Step]]:
    living = {key: view.living(key) for key in REGION_KEYS}
    hosts = [host for key in REGION_KEYS for host in living[key]]
    first = [host for key in REGION_KEYS for host in living[key][1:]] if view.lossy else []
    second = [host for key in REGION_KEYS for host in living[key][:1]] if view.lossy else []
    resolvers = [resolver.name for resolver in view.environment.dns.resolvers if view.host(resolver.name).answers]
    database = view.environment.dbms(view.target)
    return {
        "flush_resolvers": [_flush(name) for name in resolvers],
        "flush_hosts": [_flush(host.name) for host in hosts],
        "reconnect": [_reconnect(host) for host in hosts],
        "restart_first": [_restart(host, kind) for host in first for kind in _site_parts(host)],
        "restart_second": [_restart(host, kind) for host in second for kind in _site_parts(host)],
        "serve": [_serve(key) for key in REGION_KEYS if living[key]],
        "canary": (_canary(view, database),),
        "steady": (_steady(view),),
    }


def _site_parts(host: Host) -> tuple[str, ...]:
    return tuple(kind for kind in ("proxy", "scs") if host.component(kind))


def _flush(name: str) -> Step:
    return Step(
        stage="prove",
        verb=Verb.FLUSH,
        host=name,
        command="gdr-host EPOCH resolver-flush",
        needs=("names_moved",),
        proves=("resolves_to_target",),
        undo="the cache fills again by itself",
        must=False,
    )


def _restart(host: Host, kind: str) -> Step:
    return Step(
        stage="prove",
        verb=Verb.RESTART,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-restart {_part(host, kind).unit}",
        needs=("target_has_primary", "resolves_to_target", "others_serve"),
        proves=("younger_than_primary", *(("proxy_normal",) if kind == "proxy" else ())),
        undo="cannot be undone: it holds what the new Primary has",
        must=False,
    )


def _reconnect(host: Host) -> Step:
    return Step(
        stage="prove",
        verb=Verb.RECONNECT,
        host=host.name,
        unit="proxy",
        command=f"wait for normal mode; last resort gdr-host EPOCH component-restart {_part(host, 'proxy').unit}",
        needs=("target_has_primary", "resolves_to_target"),
        proves=("proxy_normal",),
        undo="nothing was changed",
        must=False,
    )


def _serve(region: str) -> Step:
    return Step(
        stage="prove",
        verb=Verb.SERVE,
        host=region,
        command="observe: at least one proxy of the region in normal mode",
        needs=("names_moved",),
        proves=("region_serves",),
        undo="nothing was changed",
    )


def _canary(view: View, database: Host) -> Step:
    return Step(
        stage="prove",
        verb=Verb.CANARY,
        host=database.name,
        command=f"as the Configuration Server account in {view.environment.database.config_database}: INSERT INTO gdr_canary (case_id, step, at)",
        needs=("no_commit_waits",),
        proves=("canary_committed",),
        undo="delete the row",
    )


def _steady(view: View) -> Step:
    return Step(
        stage="prove",
        verb=Verb.STEADY,
        host=view.environment.writer.name,
        command=f"update {view.environment.record_name} TXT: state=steady active={view.target}; prerequisite: our record",
        needs=("names_moved", "target_has_primary", "source_fenced", "canary_committed"),
        proves=("record_is_steady",),
        undo=NO_UNDO,
    )
