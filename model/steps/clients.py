"""Sending the clients over, and proving that they have arrived."""

from collections.abc import Iterable

from model.environment.document import Host
from model.environment.environment import REGION_KEYS
from model.step import Step, Verb
from model.steps.parts import part_of
from model.view import View

CANARY = "INSERT INTO gdr_canary (case_id, step, at) VALUES ('CASE', 'canary', now());"


def proving(view: View) -> dict[str, Iterable[Step]]:
    """Return what brings the clients over and proves it."""
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
        command=f"gdr-host EPOCH component-restart {part_of(host, kind).unit}",
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
        command=f"wait for normal mode; last resort gdr-host EPOCH component-restart {part_of(host, 'proxy').unit}",
        needs=("target_has_primary", "resolves_to_target", "others_run"),
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
        command=f"as the Configuration Server account in {view.environment.database.config_database}: {CANARY}",
        needs=("no_commit_waits",),
        proves=("canary_committed",),
        undo="delete the row",
    )
