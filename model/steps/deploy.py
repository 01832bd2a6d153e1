"""Making a region's writers of bare hosts: host side, DBMS, components, and the proof that they are a pair."""

from collections.abc import Iterable
from dataclasses import replace

from model.environment.document import Component, Host
from model.step import Step, Steps, Verb
from model.steps.framework import starting
from model.view import View

KINDS = ("lca", "confserv", "scs", "message_server")
NO_UNDO = "none: what is deployed is taken away with its host"


def laying(view: View) -> dict[str, Iterable[Step]]:
    """Return what gives every writer of the target its host side, and the framework hosts their names."""
    pair = view.environment.framework(view.target)
    return {
        "lay_host_side": [_lay(host) for host in view.environment.writers(view.target)],
        "pin_names": [_pin(view, host) for host in pair],
    }


def making_database(view: View) -> dict[str, Iterable[Step]]:
    """Return what makes the Configuration Database."""
    host = view.environment.dbms(view.target).name
    configure = Step(
        stage="database",
        verb=Verb.CONFIGURE_DATABASE,
        host=host,
        command="gdr-host EPOCH pg-configure: settings, pg_hba.conf, guard of its unit; restart",
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
    return {"configure_database": (configure,), "create_database": (create,)}


def installing(view: View) -> dict[str, Iterable[Step]]:
    """Return what installs and configures the components of the pair."""
    parts = [(host, part) for host in view.environment.framework(view.target) for part in _parts(host)]
    return {
        "install": [_install(host, part) for host, part in parts],
        "configure": [_configure(host, part) for host, part in parts],
    }


def first_start(view: View) -> dict[str, Iterable[Step]]:
    """Return the vendor's start order; each is started by its unit, under the one account, the first time as always."""
    return {line: tuple(map(_first, steps)) for line, steps in starting(view).items()}


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
        needs=("target_has_primary", "scs_runs"),
        proves=("pair_noted", "leads"),
        undo="nothing was changed",
    )
    return {"switch_over": (over,), "switch_back": (back,)}


def verifying(view: View) -> Steps:
    """Return what is looked at once more when everything runs."""
    pair = view.environment.framework(view.target)
    kept = _verify(view.environment.dbms(view.target), "", "objects_kept", "database_made", "database_configured")
    alike = ("part_configured", "default_account")
    return (kept, *(_verify(host, kind, *alike) for host in pair for kind in KINDS if host.component(kind)))


def _parts(host: Host) -> tuple[Component, ...]:
    return tuple(part for part in host.components if part.kind in KINDS)


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
    addresses = " ".join(view.environment.addresses(view.target).values())
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
    )


def _configure(host: Host, part: Component) -> Step:
    return Step(
        stage="framework",
        verb=Verb.CONFIGURE,
        host=host.name,
        unit=part.kind,
        command=f"gdr-host EPOCH component-configure {part.unit}: run.sh, unit, guard, configuration file",
        needs=("part_installed", "part_rests", "names_pinned"),
        proves=("part_configured",),
        undo="remove the files",
    )


def _first(step: Step) -> Step:
    """Start what was just deployed: there is nothing to fence, for the region is the only one that may run."""
    kept = tuple(need for need in step.needs if need not in ("source_fenced", "closed_to_source"))
    return replace(step, needs=(*kept, "part_configured"), must=True)


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
