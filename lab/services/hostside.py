"""The product's own files on a host: host-side command, boot guard, firewall service, sudoers, host.json."""

import compileall
import functools
import json
import pathlib
import shutil
import threading
from typing import Any

from lab import disk as disks
from lab import root
from lab.identity import CHECKOUT
from lab.services import bind, postgresql
from lab.topology import FRAMEWORK_ROLES, Component, Host, Topology

BIN = "/opt/genesys-dr/bin"
GUARD = f"{BIN}/gdr-guard"
GDR_HOST = f"{BIN}/gdr-host"
SOURCE = CHECKOUT / "deployments/hosts"
_FLUSH = ["unbound-control", "flush_zone", "{zone}"]
_VERSION = ["/opt/genesys/bin/standin", "-V"]
_VERBS = ("status", "off", "on", "cable", "plug", "unplug", "copy", "console")
_POWER = {verb: ["/opt/lab/power", verb, "{host}"] for verb in _VERBS}
_POWER["clone"] = ["/opt/lab/power", "clone", "{host}", "{original}", "{label}"]
_COMPILING = threading.Lock()
_FIREWALLED = ("framework_primary", "framework_backup", "dbms")


def install(disk: pathlib.Path, topology: Topology, host: Host) -> None:
    """Put the host side on a disk, as docs/operate.md tells an operator to."""
    programs = disks.folder(disk, BIN.lstrip("/"))
    for program in ("gdr-host", "gdr-guard"):
        disks.write(disk, f"{BIN.lstrip('/')}/{program}", (SOURCE / program).read_text(), mode=0o755)
    with _COMPILING:  # hosts are made at once, and none is to copy what another is writing
        _compile()
    shutil.copytree(SOURCE / "gdr_host", programs / "gdr_host", ignore=shutil.ignore_patterns("*.pyc.*"))
    disks.write(disk, "etc/sudoers.d/genesys-dr", (SOURCE / "sudoers").read_text(), mode=0o440)
    disks.write(disk, "etc/genesys-dr/host.json", json.dumps(description(topology, host), indent=1) + "\n")
    if host.is_framework:
        other = next(it for it in topology.hosts if it.role == host.role and it.region != host.region)
        counterpart = json.dumps(description(topology, other), indent=1) + "\n"
        disks.write(disk, "etc/genesys-dr/counterpart.json", counterpart)
    for folder in ("var/lib/genesys-dr", "var/log/genesys-dr"):
        disks.folder(disk, folder)
    if host.role in _FIREWALLED:
        disks.write(disk, "etc/systemd/system/gdr-firewall.service", (SOURCE / "gdr-firewall.service").read_text())
        disks.enable(disk, "gdr-firewall.service")
    if host.role == "dbms":
        disks.write(
            disk,
            f"etc/systemd/system/{postgresql.UNIT}.d/guard.conf",
            (SOURCE / "guard-database.conf").read_text(),
        )


@functools.cache
def _compile() -> None:
    """Compile once for all hosts, which would each do it at their first boot."""
    compileall.compile_dir(SOURCE / "gdr_host", quiet=2)


def description(topology: Topology, host: Host) -> dict[str, Any]:
    """Render host.json: all that the host side may touch, and nothing it must decide."""
    ports = {
        part.port
        for other in topology.hosts
        if other.is_framework
        for part in other.components
        if part.kind == "confserv"
    }
    return {
        "host": host.name,
        "address": str(host.address),
        "region": host.region,
        "role": host.role,
        "zone": topology.zone,
        "record": bind.record(topology),
        "writer": topology.with_role("name_server")[0].address,
        "names": list(topology.framework_names),
        "aliases": _aliases(topology, host),
        "log_port": topology.log_port if topology.log and host.logs else None,
        "framework_ports": sorted(ports),
        "components": [_component(part) for part in host.components],
        "paths": _paths(topology) if host.role == "application" else [],
        "database": _database(topology) if host.role == "dbms" else None,
        "resolver": {"flush": _FLUSH} if host.role in ("application", "resolver") else None,
        "power": _POWER | {"pairs": _pairs(topology)} if host.role == "power" else None,
    }


def _aliases(topology: Topology, host: Host) -> list[str]:
    """List the names of databases that the host is asked to resolve."""
    own = [alias for region, alias in topology.aliases.items() if region == host.region and host.is_framework]
    shared = host.role == "resolver" and not topology.log_servers  # GEO DNS is each region's own
    return [*own, topology.log["name"]] if topology.log and (host.logs or shared) else own


def _pairs(topology: Topology) -> list[list[str]]:
    """List which machines may be made copies of each other: those of one role in both regions."""
    return [[host.name for host in topology.with_role(role)] for role in FRAMEWORK_ROLES]


def _paths(topology: Topology) -> list[tuple[str, int]]:
    """List what an application host must be able to reach, in whichever region it wakes."""
    return [
        (other.address, part.port)
        for other in topology.hosts
        if other.is_framework
        for part in other.components
        if part.kind in ("confserv", "scs", "message_server")
    ]


def _component(part: Component) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "unit": part.unit,
        "port": part.port,
        "started_by": part.started_by,
        "config": part.config,
        "version_command": _VERSION if part.kind != "dbms" else None,
        "status_command": list(part.status_command) if part.status_command else None,
    }


def _database(topology: Topology) -> dict[str, Any]:
    return {
        "port": topology.database_port,
        "config_database": topology.config_database,
        "data_directory": f"/{postgresql.DATA}",
        "config_file": f"/{postgresql.CONFIG}/postgresql.conf",
        "bin": root.POSTGRESQL_BIN,
        "replication_user": postgresql.REPLICA,
    }
