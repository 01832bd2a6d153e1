"""The Genesys stand-ins of one host: their program, their settings, their units."""

import compileall
import functools
import pathlib
import shutil
from typing import Any

from lab import credentials, identity
from lab import disk as disks
from lab import topology as topologies
from lab.disk import GENESYS_UID
from lab.services.postgresql import LOG_ACCOUNT
from lab.topology import Component, Host, Topology

HOME = "opt/genesys"
GUARD = "/opt/genesys-dr/bin/gdr-guard check"
_STANDINS = pathlib.Path(__file__).parents[1] / "standins"
PROGRAM = f"{HOME}/start.py"  # by its path: to find a module by its name costs a start 3 ms
# -E keeps the environment out. The site, which costs as much, is for those who need Debian's asyncpg.
_START = f"/usr/bin/python3 -ES /{PROGRAM}"
_START_WITH_SITE = f"/usr/bin/python3 -E /{PROGRAM}"

_RUN = """\
#!/bin/sh
{guard}cd /opt/genesys && exec {command}
"""
_SHIPPED = identity.CHECKOUT / "deployments/hosts"
_UNIT = """\
[Unit]
Description=Genesys stand-in {unit}
After=network.target {after}
[Service]
Type=simple
User=genesys
ExecStart=/opt/genesys/{unit}/run.sh
RuntimeDirectory=genesys
RuntimeDirectoryPreserve=yes
LogsDirectory=genesys
KillMode={kill_mode}
TimeoutStopSec=5
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=98
"""
_INSTALL = """\
[Install]
WantedBy=multi-user.target
"""
_CONFSERV = """\
[{section}]
server=dbserver
port={port}
ha-port={ha_port}
peer={peer}
protocol=addp
addp-timeout=1
addp-remote-timeout=2
addp-trace=both
[dbserver]
dbengine=postgre
dbserver={dbserver}
dbport={dbport}
dbname={dbname}
username=genesys
password={password}
[log]
verbose=standard
all=/var/log/genesys/confserv.log
"""
_MASTERS = """\
[primary_configserver]
host={names[0]}
port={port}
[backup_configserver]
host={names[1]}
port={port}
"""
_SCS = """\
[general]
application={application}
distributed_mode=ON
distributed_rights={rights}
rank={rank}
port={port}
lca-port={lca_port}
"""
_LOG = """\
[log]
host={own}
dbserver={dbserver}
dbport={dbport}
dbname={dbname}
username={account}
password={password}
table={table}
column={host}
at={at}
"""
STANDIN = f'#!/bin/sh\ncd /opt/genesys && exec {_START_WITH_SITE} "$@"\n'
_AFTER = {"lca": "", "confserv": "lca.service", "scs": "lca.service confserv.service", "proxy": "lca.service"}


def install(
    disk: pathlib.Path, host: Host, *, topology: Topology | None = None, account_password: str | None = None
) -> None:
    """Put the stand-ins on a host's disk, with a unit for each of its Genesys components.

    The units of what the Management Layer starts exist but are not enabled. In a region that is not active
    the others are enabled too: the guard holds them.
    """
    topology = topology or topologies.load()
    parts = [part for part in host.components if part.kind in _KINDS]
    if not parts and host.role != "control":  # where the configuration client runs
        return
    _put_program(disk)
    disks.write(disk, f"{HOME}/masters.conf", masters(topology))
    for part in parts:
        for path, text in settings(topology, host, part, account_password).items():
            disks.write(disk, path, text, mode=0o640)
            shutil.chown(disk / path, 0, GENESYS_UID)
        disks.write(disk, f"{HOME}/{part.unit}/run.sh", run_script(host, part), mode=0o755)
        _put_unit(disk, host, part)


def _put_program(disk: pathlib.Path) -> None:
    _compile()
    shutil.copytree(_STANDINS, disks.folder(disk, f"{HOME}/lab") / "standins", dirs_exist_ok=True)
    link = disk / HOME / "standins"
    link.unlink(missing_ok=True)
    link.symlink_to("lab/standins")
    disks.write(disk, PROGRAM, (_STANDINS / "__main__.py").read_text())
    disks.write(disk, f"{HOME}/bin/appstatus", (_STANDINS / "appstatus").read_text(), mode=0o755)
    disks.write(disk, f"{HOME}/bin/standin", STANDIN, mode=0o755)


@functools.cache
def _compile() -> None:
    """Compile once for all hosts: an account that cannot write beside the program compiles at each start."""
    compileall.compile_dir(_STANDINS, quiet=2)


def _put_unit(disk: pathlib.Path, host: Host, part: Component) -> None:
    name, by_service = f"{part.unit}.service", part.started_by == "service"
    text = unit(part) + (_INSTALL if by_service else "")
    disks.write(disk, f"etc/systemd/system/{name}", text)
    disks.enable(disk, name)
    for file, guard in drop_ins(host).items():
        disks.write(disk, f"etc/systemd/system/{name}.d/{file}", guard)


def drop_ins(host: Host) -> dict[str, str]:
    """Return what the product ships for the units of a framework host."""
    return {"guard.conf": (_SHIPPED / "guard.conf").read_text()} if host.is_framework else {}


def unit(part: Component) -> str:
    """Render a unit. The agent's children outlive it, as they do with the vendor's init script."""
    return _UNIT.format(
        unit=part.unit,
        after=_AFTER.get(part.kind, ""),
        kill_mode="process" if part.kind == "lca" else "control-group",
    )


def run_script(host: Host, part: Component) -> str:
    """Render run.sh, with the guard in front: agent and SCS start processes past systemd."""
    guard = f"{GUARD} || exit\n" if host.is_framework else ""
    return _RUN.format(guard=guard, command=_KINDS[part.kind](host, part))


def _command_confserv(host: Host, part: Component) -> str:
    return f"{_START_WITH_SITE} confserv -s {_section(host)} -c {_config(part)}"


def _command_scs(host: Host, part: Component) -> str:  # noqa: ARG001
    return f"{_START} scs -f /opt/genesys/scs/scs.conf"


def _command_proxy(host: Host, part: Component) -> str:
    return f"{_START} proxy -app csproxy_{host.name} -f /opt/genesys/masters.conf -port {part.port}"


def _command_message_server(host: Host, part: Component) -> str:  # noqa: ARG001
    return f"{_START} message_server -port {part.port}"


def _command_log_message_server(host: Host, part: Component) -> str:  # noqa: ARG001
    return f"{_START_WITH_SITE} log_message_server -f /opt/genesys/{part.unit}/log.conf -port {part.port}"


def _command_lca(host: Host, part: Component) -> str:  # noqa: ARG001
    return f"{_START} lca {part.port}"


_KINDS = {
    "lca": _command_lca,
    "confserv": _command_confserv,
    "scs": _command_scs,
    "message_server": _command_message_server,
    "log_message_server": _command_log_message_server,
    "proxy": _command_proxy,
}


def settings(topology: Topology, host: Host, part: Component, account_password: str | None) -> dict[str, str]:
    """Render the files a component reads, by path on the disk."""
    if part.kind == "confserv":
        return {_config(part).lstrip("/"): _confserv(topology, host, part, account_password or _password())}
    if part.kind == "scs":
        return {f"{HOME}/scs/scs.conf": _scs(topology, host, part)}
    if part.kind == "log_message_server" and topology.log:
        return {f"{HOME}/{part.unit}/log.conf": _log(topology, topology.log, host, account_password or _password())}
    return {}


def masters(topology: Topology) -> str:
    """Render the file that -f names: the two framework names, and the port behind them."""
    ports = {part.port for host in topology.hosts for part in host.components if part.kind == "confserv"}
    return _MASTERS.format(names=topology.framework_names, port=min(ports))


def _confserv(topology: Topology, host: Host, part: Component, password: str) -> str:
    region = str(host.region)
    return _CONFSERV.format(
        section=_section(host),
        port=part.port,
        ha_port=part.ha_port or part.port + 1,
        peer=topology.framework_names[1 if _rank(host) == "primary" else 0],
        dbserver=topology.aliases.get(region) or topology.database(region).name,
        dbport=topology.database_port,
        dbname=topology.config_database,
        password=password,
    )


def _log(topology: Topology, log: dict[str, Any], host: Host, password: str) -> str:
    """Render what a Database Access Point says: one for both regions, so that it names no region's server."""
    return _LOG.format(
        own=host.name,
        dbserver=log["name"],
        dbport=topology.log_port,
        dbname=log["database"],
        account=LOG_ACCOUNT,
        password=password,
        **log["rows"],
    )


def _scs(topology: Topology, host: Host, part: Component) -> str:
    lca_port = next((other.port for other in host.components if other.kind == "lca"), 4999)
    general = _SCS.format(
        application=f"scs_{host.name}",
        rights="MAIN" if host.is_framework else "DEFAULT",
        rank=_rank(host),
        port=part.port,
        lca_port=lca_port,
    )
    if not host.is_framework and any(other.started_by == "management_layer" for other in host.components):
        general += "agent=127.0.0.1\n"
    return general + masters(topology)


def _password() -> str:
    return credentials.load(identity.current()).account_password


def _rank(host: Host) -> str:
    return "backup" if host.role == "framework_backup" else "primary"


def _section(host: Host) -> str:
    return "confserv_b" if _rank(host) == "backup" else "confserv"


def _config(part: Component) -> str:
    return part.config or "/opt/genesys/confserv.conf"
