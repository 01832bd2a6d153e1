"""Sending the clients over, and proving that they have arrived."""

from collections.abc import Iterable

from model.environment.document import Host
from model.environment.environment import REGION_KEYS
from model.step import Step, Verb
from model.steps.parts import part_of
from model.view import View

CANARY = "INSERT INTO gdr_canary (case_id, step, at) VALUES ('CASE', 'canary', now());"


def proving(view: View) -> dict[str, Iterable[Step]]:
    """Return what brings the clients over, renews what they may have lost, and proves it."""
    living = [view.living(key) for key in REGION_KEYS] if view.lossy else []
    first, second = [host for hosts in living for host in hosts[1:]], [host for hosts in living for host in hosts[:1]]
    return {
        **arriving(view),
        "restart_first": [_restart(host, kind) for host in first for kind in _site_parts(host)],
        "restart_second": [_restart(host, kind) for host in second for kind in _site_parts(host)],
        **serving(view),
    }


def arriving(view: View) -> dict[str, Iterable[Step]]:
    """Return what brings the clients over."""
    hosts = [host for key in REGION_KEYS for host in view.living(key)]
    resolvers = [resolver.name for resolver in view.environment.dns.resolvers if view.host(resolver.name).answers]
    return {
        "flush_resolvers": [_flush(name) for name in resolvers],
        "flush_hosts": [_flush(host.name) for host in hosts],
        "reconnect": [_reconnect(host) for host in hosts],
    }


def serving(view: View) -> dict[str, Iterable[Step]]:
    """Return what proves that the clients are served."""
    return {
        "serve": [_serve(key) for key in REGION_KEYS if view.living(key)],
        "canary": (_canary(view, view.environment.dbms(view.target)),),
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
