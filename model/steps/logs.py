"""The log database's name, and the log message servers that find it by that. A `should` each: logs hold up nothing.

The log database is one of the active DBMS, so that it moves as that does; only who writes into it is sent there. Under
`cross` nothing moves: each region writes at its own log server, and it is seen that it does.
"""

from collections.abc import Iterable

from model.environment.document import Host, NameServer, RegionKey
from model.environment.environment import REGION_KEYS, other
from model.logs import FRAMEWORK, log_address, replicated_by
from model.step import Step, Verb
from model.steps.parts import LOG_SERVER, part_of
from model.view import View


def logging(view: View, *, bare: bool = False) -> dict[str, Iterable[Step]]:
    """Return what lets the log message servers find the target's log database.

    Args:
        bare: No host can answer yet; all of them will.
    """
    log, resolvers = view.environment.database.log, view.environment.dns.resolvers
    ours = log is not None and log.answered_by == "zone"
    seen_alone = bare and log is not None and not ours  # a failover asks for it before each restart
    hosts = _writing(view, bare=bare)
    others = [server for server in view.environment.dns.servers if server is not view.environment.writer]
    caches = [one.name for one in resolvers if ours and view.host(one.name).answers]
    return {
        "move_log_name": [_move(view)] if ours else (),
        "log_secondaries": [_follow(server) for server in others if ours and view.seen.server(server.name).answers],
        "flush_log_resolvers": [_flush(name) for name in caches],
        "flush_log_hosts": [_flush(host.name) for host in hosts if ours and host.role == "application"],
        "see_log_name": [
            _see_name(view, host) for host in hosts if seen_alone or (ours and host.role != "application")
        ],
    }


def written(view: View, *, bare: bool = False) -> dict[str, Iterable[Step]]:
    """Return what sees them there, and proves that they write.

    Args:
        bare: No host can answer yet; all of them will.
    """
    hosts = _writing(view, bare=bare)
    pairs = dict.fromkeys(_pair_of(view, host) for host in hosts if _is_seen(view, host))
    return {
        "log_servers": [_reconnect(host) for host in hosts],
        "log_rows": [_see_rows(*pair) for pair in pairs],
    }


def copied(view: View) -> Iterable[Step]:
    """Return what sees, under `cross`, that each region's rows arrive at the other one: the site sends them."""
    return [_see_copies(view, key) for key in REGION_KEYS] if view.environment.is_crossed else ()


def _writing(view: View, *, bare: bool) -> list[Host]:
    """Return whose rows are to be seen: of hosts that answer, and of those that get power before that."""
    hosts = view.environment.logging(view.home)
    return [host for host in hosts if bare or view.host(host.name).answers or view.asleep(host)]


def _pair_of(view: View, host: Host) -> tuple[str, str]:
    """Return whose messages it writes: those of its region's applications, or of the framework's own hosts."""
    return view.environment.region_of(host.name), "" if host.role == "application" else FRAMEWORK


def _is_seen(view: View, host: Host) -> bool:
    """Whether what a host writes can be seen: under `cross` its region's log server may answer it, and nobody else."""
    region = view.environment.region_of(host.name)
    own = view.seen.log(region)
    silent = region in view.seen.logs and own.fault and not own.off
    there = log_address(view.environment, other(region))
    return not view.environment.is_crossed or not silent or there in (view.host(host.name).log_peers or ())


def _move(view: View) -> Step:
    name, address = view.environment.log_name, log_address(view.environment, view.target)
    return Step(
        stage="prove",
        verb=Verb.MOVE_LOG_NAME,
        host=view.environment.writer.name,
        command=f"update {view.environment.dns.zone}: {name} A {address}; prerequisite: our record",
        needs=("target_is_primary",),
        proves=("log_name_moved",),
        undo="the same update with the other DBMS' address",
        must=False,
    )


def _follow(server: NameServer) -> Step:
    return Step(
        stage="prove",
        verb=Verb.AGREE,
        host=server.name,
        unit=LOG_SERVER,
        command=f"query {server.address} until it answers as the writing server does",
        needs=("log_name_moved",),
        proves=("log_name_known",),
        undo="nothing was changed",
        must=False,
    )


def _flush(name: str) -> Step:
    return Step(
        stage="prove",
        verb=Verb.FLUSH,
        host=name,
        unit=LOG_SERVER,
        command="gdr-host EPOCH resolver-flush",
        needs=("log_name_moved",),
        proves=("log_name_resolves",),
        undo="the cache fills again by itself",
        must=False,
    )


def _see_name(view: View, host: Host) -> Step:
    """See that a host finds it: one of the framework has no cache of its own that is emptied, as for its DBMS' alias.

    Where GEO DNS answers, that is all that is done of the name.
    """
    moved = ("log_name_moved",) if view.environment.log_name in view.environment.moved_names else ()
    return Step(
        stage="prove",
        verb=Verb.RESOLVE,
        host=host.name,
        unit=LOG_SERVER,
        command=f"getent ahostsv4 {view.environment.log_name}, until it answers the address of the one in use",
        needs=moved,
        proves=("log_name_resolves",),
        undo="nothing was changed",
        must=False,
    )


def _reconnect(host: Host) -> Step:
    """Restart one process and no other; on a framework host only where its guard and a Primary let it come back."""
    unit = part_of(host, LOG_SERVER).unit
    comes_back = () if host.role == "application" else ("guard_open", "target_has_primary")
    return Step(
        stage="prove",
        verb=Verb.RECONNECT,
        host=host.name,
        unit=LOG_SERVER,
        command=f"wait until it is connected there; last resort gdr-host EPOCH component-restart {unit}",
        needs=("target_is_primary", "log_name_resolves", *comes_back, "other_log_servers_run"),
        proves=("log_server_connected",),
        undo="nothing was changed",
        must=False,
    )


def _see_rows(region: str, whose: str) -> Step:
    return Step(
        stage="prove",
        verb=Verb.SEE_ROWS,
        host=region,
        unit=whose,
        command=f"observe: a row that one of its {whose or 'application'} hosts' log message servers has written there",
        needs=("target_is_primary",),
        proves=("region_logs",),
        undo="nothing was changed",
        must=False,
    )


def _see_copies(view: View, region: RegionKey) -> Step:
    """See what only the site can set up, once both have the tables: a debt until then."""
    return Step(
        stage="prove",
        verb=Verb.SEE_COPIES,
        host=region,
        command=f"observe: its rows at the log server of {other(region)}; carried by {replicated_by(view.environment)}",
        needs=(),
        proves=("region_copied",),
        undo="nothing was changed",
        must=False,
    )
