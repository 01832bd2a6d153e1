"""What deploy writes onto a host, rendered from the environment file and from nothing else. Secrets are left open.

Sources: Genesys, "Redundant (HA) Configuration Servers": the backup's section is its Application's name, options and
ports are equal but for the log's, ADDP in both files, run.sh names section and file; "Disaster Recovery / Business
Continuity": the framework's SCS is started with `-f` and a file that names the master FQDNs, and is the only MAIN.
"""

import json
from collections.abc import Mapping
from typing import Any

from model.environment.document import Component, Host
from model.environment.environment import REGION_KEYS, Environment
from model.environment.making import Deployment
from model.errors import Refused

BIN = "/opt/genesys-dr/bin"
UNITS = "/etc/systemd/system"
USERNAME, PASSWORD, LOG_PASSWORD = "{username}", "{password}", "{log_password}"
LOG_SERVER = "log_message_server"
PRIMARY_SECTION, BACKUP_SECTION = "confserv", "confserv_b"
CONFIGURED = ("confserv", "scs", "proxy")
PAIR = ("framework_primary", "framework_backup")
NO_SECTION = "the environment file has no section `deploy`: add it (docs/operate.md, Deploying)"
AFTER = {"lca": "", "confserv": "lca.service", "scs": "lca.service confserv.service", "proxy": "lca.service"}
UNIT = """\
[Unit]
Description=Genesys {kind} ({unit})
After=network.target {after}
[Service]
Type=simple
User={account}
ExecStart={home}/{unit}/run.sh
RuntimeDirectory=genesys
RuntimeDirectoryPreserve=yes
LogsDirectory=genesys
KillMode={kill_mode}
TimeoutStopSec=5
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=98
{install}"""
INSTALL = """\
[Install]
WantedBy=multi-user.target
"""
Sections = dict[str, dict[str, str]]


def making(environment: Environment) -> Deployment:
    """Return the file's section about deploying.

    Raises:
        Refused: There is none.
    """
    if environment.deploy is None:
        raise Refused(f"{environment.name}: {NO_SECTION}")
    return environment.deploy


def part_files(environment: Environment, host: Host, part: Component) -> dict[str, str]:
    """Return the files of one component by their path."""
    deploy = making(environment)
    files = {
        f"{deploy.home}/{part.unit}/run.sh": _run_script(environment, host, part),
        f"{UNITS}/{part.unit}.service": _unit(deploy, part),
    }
    if part.kind in CONFIGURED or (part.kind == LOG_SERVER and deploy.components[part.kind].options):
        files[config_path(deploy, part)] = _ini(_configuration(environment, host, part))
    return files


def config_path(deploy: Deployment, part: Component) -> str:
    """Return where a component's configuration file lies."""
    return part.config or f"{deploy.home}/{part.unit}/{part.unit}.conf"


def section(host: Host) -> str:
    """Name the section of a Configuration Server: the backup's is the name of its Application."""
    return BACKUP_SECTION if host.role == "framework_backup" else PRIMARY_SECTION


def _unit(deploy: Deployment, part: Component) -> str:
    """Render a unit. The agent's children outlive it; what the Management Layer starts is not enabled."""
    return UNIT.format(
        kind=part.kind,
        unit=part.unit,
        after=AFTER.get(part.kind, ""),
        account=deploy.account,
        home=deploy.home,
        kill_mode="process" if part.kind == "lca" else "control-group",
        install=INSTALL if part.started_by == "service" else "",
    )


def _run_script(environment: Environment, host: Host, part: Component) -> str:
    """Render run.sh, on framework hosts with the guard in front: agent and SCS start processes past systemd."""
    deploy = making(environment)
    words = _words(environment, host, part)
    start = " ".join(_filled(word, words) for word in deploy.components[part.kind].start)
    guard = f"{BIN}/gdr-guard check || exit\n" if host.role in PAIR else ""
    return f"#!/bin/sh\n{guard}cd {deploy.home} && exec {start}\n"


def _words(environment: Environment, host: Host, part: Component) -> dict[str, str]:
    names = environment.dns.framework_names
    return {
        "config": config_path(making(environment), part),
        "section": section(host),
        "host": host.name,
        "address": str(host.address),
        "port": str(part.port),
        "ha_port": str(part.ha_port or part.port + 1),
        "peer": names[0] if host.role == "framework_backup" else names[1],
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _configuration(environment: Environment, host: Host, part: Component) -> Sections:
    rendered = {"confserv": _confserv, "scs": _scs, "proxy": _proxy, LOG_SERVER: _nothing}
    own = rendered[part.kind](environment, host, part)
    words = _words(environment, host, part)
    for name, options in making(environment).components[part.kind].options.items():
        into = own.setdefault(section(host) if name == "server" else name, {})
        into |= {option: _filled(value, words) for option, value in options.items()}
    return own


def _confserv(environment: Environment, host: Host, part: Component) -> Sections:
    deploy, region = making(environment), environment.region_of(host.name)
    return {
        section(host): {
            "server": "dbserver",
            "port": str(part.port),
            "protocol": "addp",
            "addp-timeout": str(deploy.addp_timeout_s),
            "addp-remote-timeout": str(deploy.addp_remote_timeout_s),
            "addp-trace": "both",
        },
        "dbserver": {
            "dbengine": "postgre",
            "dbserver": environment.alias(region) or str(environment.dbms(region).address),
            "dbport": str(environment.database.port),
            "dbname": environment.database.config_database,
            "username": USERNAME,
            "password": PASSWORD,
        },
    }


def _proxy(environment: Environment, _host: Host, _part: Component) -> Sections:
    """Name the masters by their names, which move, and by nothing else."""
    port = next(other.port for other in environment.framework("region1")[0].components if other.kind == "confserv")
    masters = zip(("primary_configserver", "backup_configserver"), environment.dns.framework_names, strict=True)
    return {name: {"host": master, "port": str(port)} for name, master in masters}


def _nothing(_environment: Environment, _host: Host, _part: Component) -> Sections:
    """Render nothing of our own: a log message server reads what it is from its Application."""
    return {}


def _scs(environment: Environment, host: Host, part: Component) -> Sections:
    return {
        "general": {
            "application": f"scs_{host.name}",
            "distributed_mode": "ON",
            "distributed_rights": "MAIN" if host.role in PAIR else "DEFAULT",
            "rank": "backup" if _is_second(environment, host) else "primary",
            "port": str(part.port),
        },
        **_proxy(environment, host, part),
    }


def _is_second(environment: Environment, host: Host) -> bool:
    if host.role in PAIR:
        return host.role == "framework_backup"
    return host is not environment.hosts(environment.region_of(host.name), "application")[0]


def _ini(sections: Sections) -> str:
    parts = (
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in found.items()) for name, found in sections.items()
    )
    return "".join(parts)


def host_json(environment: Environment, host: Host) -> str:
    """Render host.json: all that the host side may touch, and nothing it must decide."""
    deploy = making(environment)
    framework = [other for key in REGION_KEYS for other in environment.framework(key)]
    ports = {part.port for other in framework for part in other.components if part.kind == "confserv"}
    return _json({
        "host": host.name,
        "region": environment.region_of(host.name),
        "role": host.role,
        "zone": environment.dns.zone,
        "record": environment.record_name,
        "writer": str(environment.writer.address),
        "names": list(environment.dns.framework_names),
        "aliases": _aliases(environment, host),
        **_log(environment, host),
        "framework_ports": sorted(ports),
        "components": [_component(deploy, part) for part in host.components],
        "paths": _paths(framework) if host.role == "application" else [],
        "database": _database(environment, host) if host.role == "dbms" else None,
        "resolver": _resolver(deploy, host),
        "power": None,
        "deployment": {"name": environment.name, "home": deploy.home, "account": deploy.account},
    })  # fmt: skip


def _aliases(environment: Environment, host: Host) -> list[str]:
    """List the names by which a host finds databases: a framework host its DBMS, a log message server its own."""
    alias = environment.alias(environment.region_of(host.name)) if host.role in PAIR else None
    log = environment.log_name if host.component(LOG_SERVER) else None
    return [name for name in (alias, log) if name]


def _log(environment: Environment, host: Host) -> dict[str, int]:
    """Return the port of the log database, where a log message server of the host is to be seen connected to one."""
    if environment.log_name is None or not host.component(LOG_SERVER):
        return {}
    return {"log_port": environment.log_place(environment.region_of(host.name))[1]}


def _paths(framework: list[Host]) -> list[tuple[str, int]]:
    """List what an application host must reach, in whichever region it is active."""
    kinds = ("confserv", "scs", "message_server")
    return [(str(host.address), part.port) for host in framework for part in host.components if part.kind in kinds]


def _resolver(deploy: Deployment, host: Host) -> dict[str, Any] | None:
    if host.role != "application" or deploy.resolver_flush is None:
        return None
    return {"flush": list(deploy.resolver_flush)}


def _component(deploy: Deployment, part: Component) -> dict[str, Any]:
    known = deploy.components.get(part.kind)
    return {
        "kind": part.kind,
        "unit": part.unit,
        "port": part.port,
        "started_by": part.started_by,
        "config": part.config,
        "version_command": None,
        "status_command": list(part.status_command) if part.status_command else None,
        "install": list(known.install) if known else None,
    }


def _database(environment: Environment, host: Host) -> dict[str, Any]:
    known = making(environment).database
    return _log_database(environment, host) | {
        "port": environment.database.port,
        "config_database": environment.database.config_database,
        "data_directory": known.data_directory,
        "config_file": f"{known.config_directory}/postgresql.conf",
        "bin": known.bin,
        "replication_user": known.replication_user,
        "init_scripts": list(known.init_scripts),
    }


def _log_database(environment: Environment, host: Host) -> dict[str, Any]:
    """Return what is made of the log database, where the file says both what it is and how it is made.

    Its port is named where that is not the DBMS': there is a log server beside it on the host.
    """
    known, how, region = environment.database.log, making(environment).database.log, environment.region_of(host.name)
    if known is None or how is None or environment.log_host(region) != host:
        return {}
    what = {"database": known.database, "table": known.rows.table, "account": how.account}
    port = {"port": environment.log_place(region)[1]} if environment.is_crossed else {}
    return {"log": {**what, **port, "init_scripts": list(how.init_scripts)}}


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"
