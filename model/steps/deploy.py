"""Making a region's writers of bare hosts: host side, DBMS, components, and the proof that they are a pair."""

from collections.abc import Iterable
from dataclasses import replace

from model.deployment.logs import made_on
from model.environment.document import Component, Host
from model.environment.environment import REGION_KEYS
from model.step import Step, Steps, Verb
from model.steps.framework import starting, starting_logs
from model.steps.parts import LOG_SERVER, slot_of
from model.steps.protect import protecting
from model.view import View

KINDS = ("lca", "confserv", "scs", "message_server")
SITE = ("lca", "proxy", "scs")
NO_UNDO = "none: what is deployed is taken away with its host"


def laying(view: View) -> dict[str, Iterable[Step]]:
    """Return what gives every host its side, the framework hosts their names, and the dormant DBMS its rest."""
    dormant = view.environment.dbms(view.source).name
    (close,) = protecting(view)["close_database"]
    stop = Step(
        stage="fence",
        verb=Verb.STOP_DATABASE,
        host=dormant,
        command="gdr-host EPOCH pg-stop",
        needs=("nothing_foreign", "host_side_laid"),
        proves=("source_writes_nothing", "no_standby_cut_off"),
        undo="none: it starts again as a standby only",
    )
    return {
        "lay_host_side": [_lay(host) for _, host in view.environment.all_hosts()],
        "pin_names": [_pin(view, host) for key in REGION_KEYS for host in view.environment.framework(key)],
        "close_database": (replace(close, needs=("host_side_laid", "host_answers")),),
        "stop_dormant": (stop,),
    }


def making_database(view: View) -> dict[str, Iterable[Step]]:
    """Return what makes the Configuration Database."""
    host = view.environment.dbms(view.target).name
    configure = Step(
        stage="database",
        verb=Verb.CONFIGURE_DATABASE,
        host=host,
        command="gdr-host EPOCH pg-passfile; pg-configure: settings, pg_hba.conf, guard of its unit; reload or restart",
        needs=("nothing_foreign", "host_side_laid"),
        proves=("database_configured",),
        undo=NO_UNDO,
    )
    create = Step(
        stage="database",
        verb=Verb.CREATE_DATABASE,
        host=host,
        command="gdr-host EPOCH pg-create: logins, database, the vendor's init scripts and our mark in one transaction",
        needs=("nothing_foreign", "database_configured", "guard_open"),
        proves=("database_made",),
        undo="drop the database, while nothing else is in it",
    )
    return {
        "configure_database": (configure,),
        "create_database": (create,),
        "create_log_database": [_create_log(view, one.name) for one in made_on(view)],
    }


def _create_log(view: View, host: str) -> Step:
    """Make it before the other region's DBMS is copied; a debt where it fails, for logs hold up nothing.

    That of `cross` is on a server that neither deploy's settings nor the guard of the DBMS hold.
    """
    server = ("host_side_laid",) if view.environment.is_crossed else ("database_configured", "guard_open")
    return Step(
        stage="database",
        verb=Verb.CREATE_LOG_DATABASE,
        host=host,
        command="gdr-host EPOCH pg-create-log: login, database, the vendor's init scripts and our mark likewise",
        needs=("nothing_foreign", "log_database_ours", *server),
        proves=("log_database_made",),
        undo="drop the database, while nothing else is in it",
        must=False,
    )


def replicating(view: View) -> dict[str, Iterable[Step]]:
    """Return what makes the other region's DBMS a standby: it is copied over what is empty, or was this copy before."""
    source, target = view.environment.dbms(view.source), view.environment.dbms(view.target)
    lines = protecting(view)
    (start,) = lines["start_standby"]
    configure = Step(
        stage="database",
        verb=Verb.CONFIGURE_STANDBY,
        host=source.name,
        command="gdr-host EPOCH pg-passfile; pg-configure: settings, pg_hba.conf, guard of its unit",
        needs=("nothing_foreign", "source_writes_nothing"),
        proves=("standby_configured",),
        undo=NO_UNDO,
    )
    seed = Step(
        stage="database",
        verb=Verb.SEED,
        host=source.name,
        command=f"gdr-host EPOCH pg-seed {target.address} {slot_of(source)}: pg_basebackup over an empty cluster,"
        " or over a standby of this very primary that cannot go on and has nothing newer",
        needs=("source_closed", "source_database_rests", "slot_exists", "target_is_primary", "standby_configured"),
        proves=("follows_target",),
        undo=NO_UNDO,
    )
    return {
        "create_slot": lines["create_slot"],
        "configure_standby": (configure,),
        "seed": (seed,),
        "start_standby": (replace(start, needs=("follows_target",)),),
        "catch_up": lines["catch_up"],
    }


def installing(view: View) -> dict[str, Iterable[Step]]:
    """Return what installs and configures the components of both regions."""
    hosts = [host for _, host in view.environment.all_hosts() if host.role != "dbms"]
    parts = [(host, part) for host in hosts for part in host.components]
    return {
        "install": [_install(host, part) for host, part in parts],
        "configure": [_configure(host, part) for host, part in parts],
    }


def first_start(view: View) -> dict[str, Iterable[Step]]:
    """Return the vendor's start order; each is started by its unit, under the one account, the first time as always."""
    return {line: tuple(map(_first, steps)) for line, steps in starting(view).items()}


def first_logs(view: View) -> dict[str, Iterable[Step]]:
    """Return the start of log message servers on framework hosts, as late as in a failover."""
    return {line: tuple(map(_first, steps)) for line, steps in starting_logs(view).items()}


def starting_sites(view: View) -> dict[str, Iterable[Step]]:
    """Return the start of the application hosts of both regions: they serve through the names, wherever these are."""
    hosts = [host for key in REGION_KEYS for host in view.environment.hosts(key, "application")]
    return {
        f"start_site_{kind}": [_start_site(host, part) for host in hosts if (part := host.component(kind))]
        for kind in SITE
    }


def _start_site(host: Host, part: Component) -> Step:
    return Step(
        stage="prove",
        verb=Verb.START,
        host=host.name,
        unit=part.kind,
        command=f"gdr-host EPOCH component-start {part.unit}",
        needs=("names_moved", "target_has_primary", "part_configured"),
        proves=("component_runs", *(("proxy_normal",) if part.kind == "proxy" else ())),
        undo=f"gdr-host EPOCH component-stop {part.unit}",
    )


def switching(view: View) -> dict[str, Iterable[Step]]:
    """Return the pair's own switchover, over and back: what a pair cannot do, no other region makes good."""
    primary, backup = view.environment.framework(view.target)
    over = Step(
        stage="framework",
        verb=Verb.SWITCH_OVER,
        host=backup.name,
        unit="confserv",
        command=f"on {primary.name}: gdr-host EPOCH component-stop confserv; SCS makes {backup.name} Primary; start it",
        needs=("target_has_primary", "scs_runs"),
        proves=("switched_over",),
        undo="the next line",
    )
    back = Step(
        stage="framework",
        verb=Verb.SWITCH_BACK,
        host=primary.name,
        unit="confserv",
        command=f"the same on {backup.name}; then gdr-host EPOCH pair-note on both",
        needs=("target_has_primary", "scs_runs", "backup_is_paired"),
        proves=("pair_noted", "leads"),
        undo="nothing was changed",
    )
    return {"switch_over": (over,), "switch_back": (back,)}


def verifying(view: View) -> Steps:
    """Return what is looked at once more when everything runs."""
    kept = _verify(view.environment.dbms(view.target), "", "objects_kept", "database_made", "database_configured")
    alike = ("part_configured", "default_account")
    pair = [(host, kind) for host in view.environment.framework(view.target) for kind in KINDS]
    hosts = [host for key in REGION_KEYS for host in view.environment.hosts(key, "application")]
    site = [(host, kind) for host in hosts for kind in SITE]
    parts = [_verify(host, kind, *alike) for host, kind in (*pair, *site) if host.component(kind)]
    return (kept, *(_verify(host, "", "names_not_pinned") for host in hosts), *parts)


def _lay(host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.LAY_HOST_SIDE,
        host=host.name,
        command="sudo -n /usr/bin/python3 -I -c bootstrap.py lay EPOCH: gdr-host, guard, firewall unit, sudoers last",
        needs=("nothing_foreign",),
        proves=("host_side_laid",),
        undo="remove /opt/genesys-dr, /etc/genesys-dr and gdr-firewall.service; give the account its right back",
    )


def _pin(view: View, host: Host) -> Step:
    addresses = " ".join(view.environment.addresses(view.environment.region_of(host.name)).values())
    return Step(
        stage="fence",
        verb=Verb.PIN_NAMES,
        host=host.name,
        command=f"gdr-host EPOCH names-pin {addresses}",
        needs=("host_side_laid",),
        proves=("names_pinned",),
        undo="take the two lines out of /etc/hosts",
    )


def _install(host: Host, part: Component) -> Step:
    return Step(
        stage="framework",
        verb=Verb.INSTALL,
        host=host.name,
        unit=part.kind,
        command=f"gdr-host EPOCH component-install {part.unit}: the site's installer, in a folder that is marked first",
        needs=("nothing_foreign", "host_side_laid"),
        proves=("part_installed",),
        undo="remove the component's folder",
        must=part.kind != LOG_SERVER,
    )


def _configure(host: Host, part: Component) -> Step:
    return Step(
        stage="framework",
        verb=Verb.CONFIGURE,
        host=host.name,
        unit=part.kind,
        command=f"gdr-host EPOCH component-configure {part.unit}: run.sh, unit, guard, configuration file",
        needs=("part_installed", "part_rests"),
        proves=("part_configured",),
        undo="remove the files",
        must=part.kind != LOG_SERVER,
    )


def _first(step: Step) -> Step:
    """Start what was just deployed: the other region's DBMS follows already, and its framework must rest."""
    kept = tuple(
        need if need != "source_fenced" else "source_silenced" for need in step.needs if need != "closed_to_source"
    )
    return replace(step, needs=(*kept, "part_configured"), must=step.unit != LOG_SERVER)


def _verify(host: Host, kind: str, *proves: str) -> Step:
    return Step(
        stage="prove",
        verb=Verb.VERIFY,
        host=host.name,
        unit=kind,
        command="gdr-host survey: look once more, now that everything runs",
        needs=(),
        proves=proves,
        undo="nothing was changed",
    )
