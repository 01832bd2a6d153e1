"""The environment file's shape: two regions as the operator wrote them down. Secrets never: it names blocks."""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from model.environment.approvers import ApprovalPolicy
from model.environment.log import Log
from model.environment.making import DatabaseName, Deployment, Fqdn, Kind, Name, Port, Strict
from model.inventory import Between

RegionKey = Literal["region1", "region2"]
Site = Literal["region1", "region2", "third"]
StageName = Literal[
    "observe", "declare", "authority", "epoch", "fence", "database", "framework", "names", "prove", "report"
]
Unit = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\@-]{0,254}$")]  # as systemd writes them
T = TypeVar("T")


def _supported(*supported: T) -> Callable[[T], T]:
    def check(value: T) -> T:
        if value not in supported:
            raise ValueError(f"not yet supported; supported now: {', '.join(map(str, supported))}")
        return value

    return check


def _no_db_server(kind: object) -> object:
    if kind == "db_server":
        way = "let the Configuration Server connect to its DBMS itself, as 8.5 does, and leave it out"
        raise ValueError(f"not yet supported: no runbook starts it: {way}")
    return kind


def _none_yet(value: tuple[str, ...]) -> tuple[str, ...]:
    if value:
        raise ValueError("not yet supported; leave it out")
    return value


class Objectives(Strict):
    """What the business asked for, in seconds; where nobody asked how old a backup may be, nobody judges it."""

    rpo_s: Annotated[float, Field(gt=0)]
    rto_s: Annotated[float, Field(gt=0)]
    backup_s: Annotated[float | None, Field(gt=0)] = None
    restore_test_s: Annotated[float | None, Field(gt=0)] = None


class Probes(Strict):
    """Deadlines of one probe, in seconds: of the whole answer, and of a host that says nothing at all.

    A lost first packet of a connection is sent again after 1 s, then after 2 s more: 3.5 s outlast two lost packets.
    A host whose power source says that it is off is not waited for.
    """

    deadline_s: Annotated[float, Field(gt=0, le=60)] = 8.0
    silent_s: Annotated[float, Field(gt=0, le=30)] = 3.5


class ControlHost(Strict):
    """Where this tool runs."""

    site: Site
    address: IPv4Address


class NameServer(Strict):
    """One authoritative server. `writes` says whether updates are sent to it."""

    name: Name
    address: IPv4Address
    site: Site
    port: Port = 53
    kind: Annotated[Literal["rfc2136", "gss-tsig", "command"], AfterValidator(_supported("rfc2136"))] = "rfc2136"
    writes: Annotated[
        Literal["primary", "forwarded", "multi-master", "never"],
        AfterValidator(_supported("primary", "never")),
    ]
    access: Name | None = None


class Resolver(Strict):
    """A caching resolver shared by application hosts; it is flushed and proven like theirs."""

    name: Name
    address: IPv4Address
    site: Site
    access: Name


class Dns(Strict):
    """The names that move, and the servers that answer for them."""

    zone: Fqdn
    ttl_s: Annotated[int, Field(ge=1, le=86400)]
    framework_names: tuple[Fqdn, Fqdn]
    redirection: Annotated[Literal["dns", "wsfc"], AfterValidator(_supported("dns"))]
    lock_server: Name
    servers: Annotated[tuple[NameServer, ...], Field(min_length=1)]
    resolvers: tuple[Resolver, ...] = ()


class Aliases(Strict):
    """One name for each region's framework, by which its Configuration Servers know their DBMS, wherever that is."""

    region1: Fqdn
    region2: Fqdn


class Database(Strict):
    """The replicated configuration database; each region has one host of role `dbms`.

    Without `aliases` a framework can use the DBMS of its own region only.

    Attributes:
        log_policy: Where log message servers write, by the vendor's page. replica: DrBc, one active primary and one
            dormant replica. site1: the page of 2025-12-20, the servers of both sites at site 1. cross: DisRecOGG and
            DisRecMSAO, each at its own site, replicated both ways. none: there is no log database.
    """

    kind: Annotated[Literal["postgresql", "sqlserver", "oracle"], AfterValidator(_supported("postgresql"))]
    port: Port
    config_database: DatabaseName
    log_policy: Literal["none", "site1", "cross", "replica"]
    log: Log | None = None
    access: Name
    aliases: Aliases | None = None


class PowerSource(Strict):
    """A host that can switch others off and say so; it must survive the region it fences."""

    name: Name
    address: IPv4Address
    site: Site
    access: Name


class Hypervisor(Strict):
    """What can power a host off. `none`: a person acts, is asked and recorded."""

    kind: Annotated[Literal["command", "libvirt", "vsphere", "none"], AfterValidator(_supported("command", "none"))]
    power: Name | None = None


class Component(Strict):
    """One Genesys process or DBMS of a host, in start order."""

    kind: Annotated[Kind, BeforeValidator(_no_db_server)]
    unit: Unit
    port: Port
    ha_port: Port | None = None
    config: str | None = None
    started_by: Literal["service", "management_layer"] = "service"
    status_command: tuple[str, ...] | None = None


class Host(Strict):
    """One machine of a region."""

    name: Name
    role: Literal["framework_primary", "framework_backup", "application", "dbms"]
    address: IPv4Address
    access: Name
    os: Annotated[Literal["linux", "windows"], AfterValidator(_supported("linux"))] = "linux"
    firewall: Annotated[Literal["iptables", "nftables", "firewalld", "windows"], AfterValidator(_supported("iptables"))]
    hypervisor: Hypervisor
    components: Annotated[tuple[Component, ...], Field(min_length=1)]

    def component(self, kind: str) -> Component | None:
        """Return the component of this kind, if the host has one."""
        return next((part for part in self.components if part.kind == kind), None)


class Region(Strict):
    """One of the two regions.

    Attributes:
        dormant: Of its framework hosts while the other region is active. stopped: they are up behind their guards.
            powered_off: they have no power. Its DBMS is up in both: it is a standby.
    """

    title: str
    dormant: Literal["powered_off", "stopped"]
    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]


class Regions(Strict):
    """Exactly two, always keyed alike, so that a choice in a form is one of two words."""

    region1: Region
    region2: Region


class Mirror(Strict):
    """Where records are kept a second time: a folder here or on a host, or a Prefect filesystem block.

    A host is reached at `address` with the SSH block `access`.
    """

    folder: Annotated[str | None, Field(pattern=r"^/\S+$")] = None
    block: Name | None = None
    address: IPv4Address | None = None
    access: Name | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.folder is None) == (self.block is None):
            raise ValueError("folder or block, one of the two")
        if (self.address is None) != (self.access is None) or (self.address is not None and self.folder is None):
            raise ValueError("a folder of another host needs address and access, the SSH block that reaches it")
        return self


class EvidenceKept(Strict):
    """Where the evidence is kept beside the control host's own disk; the second disk where the mirror fails."""

    mirror: Mirror | None = None
    second_disk: Mirror | None = None


class ExpectedDifference(Strict):
    """A difference between hosts that is as it should be here, beside those that are everywhere (`model.inventory`).

    Attributes:
        fact: Its name, as readiness prints it: `section/option`, `version`; `*` stands for any letters.
        why: For whoever reads the page of readiness.
    """

    fact: Annotated[str, Field(pattern=r"^[^?\[\]]*[A-Za-z0-9][^?\[\]]*$")]
    between: Annotated[tuple[Between, ...], Field(min_length=1)]
    why: Annotated[str, Field(pattern=r"\S")]


class Dependency(Strict):
    """Something a stage needs that is no part of the framework: vault, licence server, NTP, jump host."""

    name: Name
    kind: Name | Annotated[str, Field(pattern=r"^[a-z_]+$")]
    address: IPv4Address
    site: Site
    needed_by: Annotated[tuple[StageName, ...], Field(min_length=1)]


class Document(Strict):
    """The whole file."""

    name: Name
    objectives: Objectives
    approval: ApprovalPolicy
    probes: Probes = Probes()
    control: ControlHost
    evidence: EvidenceKept = EvidenceKept()
    dns: Dns
    database: Database
    power: tuple[PowerSource, ...] = ()
    regions: Regions
    dependencies: tuple[Dependency, ...] = ()
    expected_differences: tuple[ExpectedDifference, ...] = ()
    deploy: Deployment | None = None
    site_steps: Annotated[tuple[str, ...], AfterValidator(_none_yet)] = ()
