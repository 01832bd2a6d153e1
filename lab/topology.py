"""Which hosts the laboratory has, read from the product's own environment file."""

import dataclasses
import functools
import ipaddress
import itertools
import pathlib
from collections.abc import Iterator
from typing import Any

from lab.errors import LabError
from lab.identity import CHECKOUT

DEFAULT = CHECKOUT / "deployments/environments/lab.yaml"
FRAMEWORK_ROLES = ("framework_primary", "framework_backup")


@dataclasses.dataclass(frozen=True, slots=True)
class Component:
    """One Genesys or database component of a host, as the environment file declares it."""

    kind: str
    unit: str
    port: int
    started_by: str
    status_command: tuple[str, ...] | None
    ha_port: int | None
    config: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Host:
    """One machine of the laboratory. The third site's hosts belong to no region."""

    name: str
    address: str
    site: str
    role: str
    region: str | None = None
    components: tuple[Component, ...] = ()

    @property
    def is_framework(self) -> bool:
        """Tell whether the Configuration Server can run here."""
        return self.role in FRAMEWORK_ROLES

    @property
    def logs(self) -> bool:
        """Tell whether a log message server stands here."""
        return any(part.kind == "log_message_server" for part in self.components)


@dataclasses.dataclass(frozen=True, slots=True)
class Topology:
    """All hosts of the laboratory and the settings they share."""

    file: pathlib.Path
    zone: str
    ttl_s: int
    framework_names: tuple[str, ...]
    database_port: int
    config_database: str
    aliases: dict[str, str]
    log: dict[str, Any] | None
    regions: tuple[str, ...]
    rest_off: tuple[str, ...]
    approvers: tuple[str, ...]
    hosts: tuple[Host, ...]

    @property
    def log_servers(self) -> dict[str, str]:
        """Return the address of each region's own log server; none but under `cross`."""
        servers = (self.log or {}).get("servers") or {}
        return {region: servers[region] for region in self.regions if servers}

    @property
    def log_port(self) -> int:
        """Return the port of whatever has the log database."""
        servers = (self.log or {}).get("servers") or {}
        return int(servers.get("port", self.database_port))

    @property
    def sites(self) -> tuple[str, ...]:
        """Name the sites, the third one first."""
        return tuple(dict.fromkeys(host.site for host in self.hosts))

    def host(self, name: str) -> Host:
        """Find a host by name."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"{name}: no such host: one of {', '.join(host.name for host in self.hosts)}")

    def with_role(self, *roles: str) -> tuple[Host, ...]:
        """List the hosts of some roles, in the order of the environment file."""
        return tuple(host for host in self.hosts if host.role in roles)

    def in_region(self, region: str) -> tuple[Host, ...]:
        """List the hosts that stand at a region's site."""
        return tuple(host for host in self.hosts if host.site == region)

    def framework(self, region: str) -> tuple[Host, ...]:
        """List a region's framework hosts, primary first."""
        pair = [host for host in self.hosts if host.region == region and host.is_framework]
        return tuple(sorted(pair, key=lambda host: FRAMEWORK_ROLES.index(host.role)))

    @property
    def asleep(self) -> tuple[Host, ...]:
        """List the framework hosts that have no power in the steady state, in which the first region is active."""
        return tuple(host for region in self.regions[1:] if region in self.rest_off for host in self.framework(region))

    def database(self, region: str) -> Host:
        """Return a region's DBMS host."""
        return next(host for host in self.hosts if host.region == region and host.role == "dbms")

    def network(self, site: str) -> ipaddress.IPv4Network:
        """Return a site's subnet: the /24 in which all its hosts must lie."""
        networks = {
            ipaddress.ip_network(f"{host.address}/24", strict=False) for host in self.hosts if host.site == site
        }
        if len(networks) != 1:
            raise LabError(f"{self.file}: site {site}: hosts lie in several /24 networks: the lab builds one per site")
        (network,) = networks
        return ipaddress.IPv4Network(str(network))

    def gateway(self, site: str) -> str:
        """Return the address of a site's router."""
        return str(self.network(site).network_address + 1)


@functools.cache
def load(file: pathlib.Path = DEFAULT) -> Topology:
    """Read an environment file."""
    return read(file, document(file))


def document(file: pathlib.Path) -> dict[str, Any]:
    """Return what an environment file says, as JSON could say it too."""
    from ruamel.yaml import YAML  # noqa: PLC0415  (as much of the start of a command as all that it does itself)

    written: dict[str, Any] = YAML(typ="safe").load(file)
    return written


def read(file: pathlib.Path, written: dict[str, Any]) -> Topology:
    """Find the hosts and their settings in what an environment file says."""
    dns = written["dns"]
    return Topology(
        file=file,
        zone=dns["zone"],
        ttl_s=dns["ttl_s"],
        framework_names=tuple(dns["framework_names"]),
        database_port=written["database"]["port"],
        config_database=written["database"]["config_database"],
        aliases=written["database"].get("aliases") or {},
        log=written["database"].get("log"),
        regions=tuple(written["regions"]),
        rest_off=tuple(key for key, region in written["regions"].items() if region["dormant"] == "powered_off"),
        approvers=tuple(_name(approver) for approver in written["approval"]["approvers"]),
        hosts=tuple(itertools.chain(_third_site(written), _regions(written))),
    )


def _name(approver: str | dict[str, str]) -> str:
    return approver if isinstance(approver, str) else approver["name"]


def _third_site(written: dict[str, Any]) -> Iterator[Host]:
    control = written["control"]
    yield Host("ctl", control["address"], control["site"], "control")
    for role, entries in (
        ("name_server", written["dns"]["servers"]),
        ("resolver", written["dns"]["resolvers"]),
        ("power", written["power"]),
    ):
        for entry in entries:
            yield Host(entry["name"], entry["address"], entry["site"], role)


def _regions(written: dict[str, Any]) -> Iterator[Host]:
    for region, entry in written["regions"].items():
        for host in entry["hosts"]:
            components = tuple(_component(component) for component in host["components"])
            yield Host(host["name"], host["address"], region, host["role"], region, components)


def _component(entry: dict[str, Any]) -> Component:
    return Component(
        kind=entry["kind"],
        unit=entry["unit"],
        port=entry["port"],
        started_by=entry.get("started_by", "service"),
        status_command=tuple(entry["status_command"]) if "status_command" in entry else None,
        ha_port=entry.get("ha_port"),
        config=entry.get("config"),
    )
