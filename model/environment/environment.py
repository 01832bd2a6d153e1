"""The environment with the questions the rest of the model asks it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from model.environment.document import (
    Document,
    Host,
    NameServer,
    PowerSource,
    Region,
    RegionKey,
)
from model.errors import Refused
from model.inventory import EXPECTED, Expected

BENCHMARK = IPv4Network("198.18.0.0/15")  # RFC 2544: no production network routes it
FRAMEWORK_ROLES = ("framework_primary", "framework_backup")
REGION_KEYS: tuple[RegionKey, RegionKey] = ("region1", "region2")


def other(region: RegionKey) -> RegionKey:
    """Return the region that is not `region`."""
    return "region2" if region == "region1" else "region1"


class Environment(Document):
    """A judged environment file."""

    @cached_property
    def _by_role(self) -> dict[tuple[RegionKey, str], tuple[Host, ...]]:
        """Hosts by region and role: the questions below are asked a hundred times for each plan."""
        roles = {host.role for _, host in self.all_hosts()}
        return {
            (key, role): tuple(host for host in self.region(key).hosts if host.role == role)
            for key in REGION_KEYS
            for role in roles
        }

    @cached_property
    def _by_name(self) -> dict[str, tuple[RegionKey, Host]]:
        return {host.name: (key, host) for key, host in self.all_hosts()}

    @cached_property
    def expected(self) -> tuple[Expected, ...]:
        """Differences between hosts that are as they should be: everywhere, and here."""
        here = (Expected(fact=one.fact, between=one.between, why=one.why) for one in self.expected_differences)
        return (*EXPECTED, *here)

    def region(self, key: RegionKey) -> Region:
        """Return one region."""
        return self.regions.region1 if key == "region1" else self.regions.region2

    def hosts(self, key: RegionKey, *roles: str) -> tuple[Host, ...]:
        """Return the hosts of a region that have one of these roles, or all."""
        if len(roles) == 1:
            return self._by_role.get((key, roles[0]), ())
        return tuple(host for host in self.region(key).hosts if not roles or host.role in roles)

    def framework(self, key: RegionKey) -> tuple[Host, Host]:
        """Return primary and backup framework host."""
        return self.hosts(key, "framework_primary")[0], self.hosts(key, "framework_backup")[0]

    def dbms(self, key: RegionKey) -> Host:
        """Return the region's database host."""
        return self.hosts(key, "dbms")[0]

    def writers(self, key: RegionKey) -> tuple[Host, ...]:
        """Return every host of a region that can change configuration data: DBMS and framework pair."""
        return (self.dbms(key), *self.framework(key))

    def all_hosts(self) -> Iterator[tuple[RegionKey, Host]]:
        """Yield every host with its region."""
        for key in REGION_KEYS:
            for host in self.hosts(key):
                yield key, host

    def host(self, name: str) -> Host:
        """Return a region's host by name."""
        if name not in self._by_name:
            raise Refused(f"{self.name}: {name}: no such host in the environment file")
        return self._by_name[name][1]

    def region_of(self, name: str) -> RegionKey:
        """Return the region a host stands in."""
        return self._by_name[name][0]

    def rests_off(self, host: Host) -> bool:
        """Whether this framework host has no power while its region is dormant."""
        return host.role in FRAMEWORK_ROLES and self.region(self.region_of(host.name)).dormant == "powered_off"

    def power_source(self, host: Host) -> PowerSource | None:
        """Return what can switch this host off, or None if a person must."""
        return next((source for source in self.power if source.name == host.hypervisor.power), None)

    @property
    def writer(self) -> NameServer:
        """The one server on which the activation record is compared and swapped."""
        return self._writer

    @cached_property
    def _writer(self) -> NameServer:
        return next(server for server in self.dns.servers if server.name == self.dns.lock_server)

    @property
    def record_name(self) -> str:
        """Owner name of the activation record."""
        return f"_genesys-dr.{self.dns.zone}"

    def addresses(self, key: RegionKey) -> Mapping[str, str]:
        """Return what each framework name must answer when `key` is active."""
        return self._addresses[key]

    @cached_property
    def _addresses(self) -> dict[RegionKey, dict[str, str]]:
        names = self.dns.framework_names
        return {
            key: {name: str(host.address) for name, host in zip(names, self.framework(key), strict=True)}
            for key in REGION_KEYS
        }

    def alias(self, key: RegionKey) -> str | None:
        """Return the name by which the Configuration Servers of a region know their DBMS; None: they know no other."""
        aliases = self.database.aliases
        if aliases is None:
            return None
        return aliases.region1 if key == "region1" else aliases.region2

    def alias_addresses(self) -> dict[str, str]:
        """Return what the aliases answer where no database has moved alone: each region's own DBMS."""
        return {alias: str(self.dbms(key).address) for key in REGION_KEYS if (alias := self.alias(key))}

    def aliases(self) -> tuple[str, ...]:
        """Return both regions' aliases, or none."""
        return tuple(alias for key in REGION_KEYS if (alias := self.alias(key)))

    @property
    def log_name(self) -> str | None:
        """The name of the log database, where there is one."""
        return self.database.log.name if self.database.log else None

    @property
    def is_crossed(self) -> bool:
        """Whether each region writes its logs at a log server of its own (`cross`)."""
        return self.database.log_policy == "cross"

    @property
    def makes_logs(self) -> bool:
        """Whether the file says what the log database is, and how deploy makes it."""
        return bool(self.database.log and self.deploy and self.deploy.database.log)

    def log_place(self, key: RegionKey) -> tuple[str, int]:
        """Return address and port of a region's log database: of its DBMS, or of the region's own log server."""
        log = self.database.log
        if log is None or log.servers is None:
            return str(self.dbms(key).address), self.database.port
        return str(log.servers.region1 if key == "region1" else log.servers.region2), log.servers.port

    def log_host(self, key: RegionKey) -> Host | None:
        """Return the host on which a region's log database is; None where the environment file does not have it."""
        address, _ = self.log_place(key)
        return next((host for host in self.hosts(key) if str(host.address) == address), None)

    def log_addresses(self, key: RegionKey) -> dict[str, str]:
        """Return what the log database's name answers while a region's DBMS is active, where it is of our zone."""
        log = self.database.log
        return {log.name: str(self.dbms(key).address)} if log and log.answered_by == "zone" else {}

    @property
    def moved_names(self) -> tuple[str, ...]:
        """The names of our zone that databases are known by: the aliases, and the log database's."""
        log = self.database.log
        return (*self.aliases(), *((log.name,) if log and log.answered_by == "zone" else ()))

    def log_servers(self, key: RegionKey, *roles: str) -> tuple[Host, ...]:
        """Return the hosts of a region that have a log message server, where there is a log database."""
        hosts = self.hosts(key, *roles) if self.database.log else ()
        return tuple(host for host in hosts if host.component("log_message_server"))

    def logging(self, framework: RegionKey) -> tuple[Host, ...]:
        """Return who writes logs while the framework is in a region: one on a framework host rests with that."""
        hosts = [(key, host) for key in REGION_KEYS for host in self.log_servers(key)]
        return tuple(host for key, host in hosts if host.role == "application" or key == framework)

    def framework_addresses(self) -> tuple[str, ...]:
        """Return the addresses of all four framework hosts: who is shut out of a dormant DBMS."""
        return self._framework_addresses

    @cached_property
    def _framework_addresses(self) -> tuple[str, ...]:
        return tuple(str(host.address) for key in REGION_KEYS for host in self.framework(key))

    @property
    def is_laboratory(self) -> bool:
        """Whether every address lies in the benchmarking range, so that no answer can hurt production."""
        return all(address in BENCHMARK for address in _addresses(self.model_dump()))


def _addresses(part: Any) -> Iterator[IPv4Address]:
    """Yield every address of a file, wherever it stands: one that is added tomorrow is not forgotten."""
    if isinstance(part, IPv4Address):
        yield part
    elif isinstance(part, dict | list | tuple):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _addresses(each)
