"""What was measured at one moment. `None`, `UNKNOWN` and an absent entry mean ignorance, never "no"."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from model.applications import UNTOLD, Applications
from model.bubble import Copy, Room, Walls
from model.environment.document import RegionKey
from model.inventory import Inventory
from model.literals import Literals
from model.logs import UNREAD, LogSeen
from model.machine import CutOff, Machine
from model.record import Record
from model.stranded import Stranded
from model.survey import UNSURVEYED, Survey


class Power(StrEnum):
    """What the host's power source says."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


class DatabaseRole(StrEnum):
    """What a DBMS is, as far as anyone could see."""

    PRIMARY = "primary"
    STANDBY = "standby"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Guard(StrEnum):
    """What the boot guard of a host would do now."""

    OPEN = "open"
    CLOSED = "closed"
    SILENT = "silent"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSeen:
    """One component as its host sees it.

    Attributes:
        running: Something listens on its port; None when that could not be seen.
        status: `Running`, `Service Unavailable`, ... as the vendor's status command says.
        run_mode: `Primary` or `Backup`, likewise.
        age_s: Seconds since the oldest listening process started.
        unit: The unit it is, by its host's own description; `port`: on which it listens, likewise.
        loaded: Whether systemd has that unit.
        guarded: Whether systemd asks the boot guard before it starts the unit.
    """

    running: bool | None = None
    status: str | None = None
    run_mode: str | None = None
    age_s: float | None = None
    unit: str | None = None
    port: int | None = None
    loaded: bool | None = None
    guarded: bool | None = None


OFF, UNSEEN = ComponentSeen(running=False), ComponentSeen()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSeen:
    """One host.

    Attributes:
        answers: Whether its own report was read within the deadline; `fault` says why not.
        stranger: Why it cannot do its host's work: it says that it is another host, or stands alone. Empty: it can.
        epoch: Highest epoch it has obeyed.
        components: By kind.
        peers: Remote addresses of established connections to a framework port.
        names: What the host's own resolver answers for each framework name.
        aliases: Likewise, on a framework host, for the alias of its DBMS; for the log database's name on others.
        log_peers: Remote addresses of established connections to the port of the DBMS; None where nobody could see.
        blocked: Addresses shut out, by port, as its kernel has the rules. A port that is absent is unknown.
        torn: Ports whose rules the next boot would change.
        clock_skew_s: Host clock minus ours.
        walls: The bubble it stands in; None where it did not say. Likewise `copy`, on a DBMS host.
    """

    power: Power = Power.UNKNOWN
    answers: bool = False
    fault: str = ""
    stranger: str = ""
    epoch: int | None = None
    guard: Guard = Guard.UNKNOWN
    components: Mapping[str, ComponentSeen] = field(default_factory=dict)
    peers: frozenset[str] = frozenset()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    log_peers: frozenset[str] | None = None
    hosts_file: frozenset[str] = frozenset()
    blocked: Mapping[int, frozenset[str]] = field(default_factory=dict)
    torn: frozenset[int] = frozenset()
    clock_skew_s: float | None = None
    disk_free_bytes: int | None = None
    walls: Walls | None = None
    copy: Copy | None = None

    def component(self, kind: str) -> ComponentSeen:
        """Return what was seen of a component; of a powered-off host that it does not run."""
        known = self.components.get(kind, UNSEEN)
        if self.power is not Power.OFF:
            return known
        return OFF if known is UNSEEN else replace(known, running=False, status=None, run_mode=None, age_s=None)

    def shut_out(self, port: int) -> frozenset[str] | None:
        """Return who is shut out of a port, now and after a reboot; None where that is unknown, or differs."""
        return None if port in self.torn else self.blocked.get(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was seen of a host when it was looked at last, and what was installed; it may have no power since."""

    at: float
    host: HostSeen
    inventory: Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSeen:
    """A replication slot, and the WAL that the server keeps for it; a lost one keeps none and serves nobody."""

    name: str
    active: bool
    lost: bool
    kept_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSeen:
    """One region's DBMS. Positions are bytes of WAL.

    Attributes:
        received: A primary's write position, a standby's last position received from it.
        checkpoint: Position of the last checkpoint, by its control file; where it is `clean`, nothing lies beyond it.
        marked: Whether no restore point of a promotion is owed, by its host's own note.
        streaming: Primary: a standby is streaming. Standby: it is streaming from its primary.
        sessions: Client sessions of any account, by address; `configuring`: who has one of the Configuration Database.
        follows: Address of the primary that its standby configuration names; None where it is no standby, or unknown.
        reseeding: Whether a reseed was begun and not ended; None is unknown.
        ready: The epoch in which its stopped cluster was last made, or found, fit to go on as a standby.
        wants: Where a standby goes on, or would, to receive; None while it reads its own log first, or unknown.
        slots: Names of a primary's replication slots that are not lost.
        keeps_from: From where on each of them certainly keeps the log.
        held: All slots of a primary or a standby, by what they hold back.
        stranded: What its host has exported.
        canaries: Cases that have a row in our own table; None where it could not be read, `fault` says why.
        barred: It could not because login or table was refused to the Configuration Server account.
    """

    role: DatabaseRole = DatabaseRole.UNKNOWN
    fault: str = ""
    received: int | None = None
    checkpoint: int | None = None
    clean: bool = False
    timeline: int | None = None
    marked: bool | None = None
    streaming: bool | None = None
    sessions: Mapping[str, int] | None = None
    configuring: frozenset[str] | None = None
    sync_names: str | None = None
    follows: str | None = None
    reseeding: bool | None = None
    ready: int | None = None
    wants: int | None = None
    slots: frozenset[str] | None = None
    keeps_from: Mapping[str, int] = field(default_factory=dict)
    held: tuple[SlotSeen, ...] | None = None
    stranded: Stranded | None = None
    canaries: frozenset[str] | None = None
    barred: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSeen:
    """What one authoritative DNS server answers itself: for the framework names, and for the database's aliases."""

    answers: bool = False
    fault: str = ""
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    record: str | None = None


UNASKED = "not asked"
NO_HOST, NO_DATABASE, NO_SERVER = HostSeen(fault=UNASKED), DatabaseSeen(fault=UNASKED), ServerSeen(fault=UNASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One line of the resident sampler: primary and standby position, and the highest write rate of the last minute.

    Attributes:
        lag_s: How long ago the primary was where the standby was at this moment; None is unknown.
        hour_bytes_per_s: The highest rate of the hour that is kept.
    """

    at: float
    primary: int
    standby: int | None
    bytes_per_s: float
    hour_bytes_per_s: float = 0.0
    lag_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute of the sampler, which begins `at`.

    Attributes:
        measured: Samples with a lag.
        unknown: Samples without one: the standby was silent, or too far behind to say.
        lag_s: The highest lag of those that have one.
    """

    at: float
    measured: int = 0
    unknown: int = 0
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """From when to when the sampler has looked without a pause, whatever it saw."""

    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything measured at one moment, `at` seconds of the epoch. Partial ones hold only what was asked for."""

    at: float
    hosts: Mapping[str, HostSeen] = field(default_factory=dict)
    databases: Mapping[RegionKey, DatabaseSeen] = field(default_factory=dict)
    servers: Mapping[str, ServerSeen] = field(default_factory=dict)
    record: Record | None = None
    record_fault: str = ""
    sample: Sample | None = None
    watch: Watch | None = None
    inventories: Mapping[str, Inventory] = field(default_factory=dict)
    ttls: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # seconds that each server sends, by name
    literals: Mapping[RegionKey, Literals] = field(default_factory=dict)
    applications: Applications = UNTOLD
    logs: Mapping[RegionKey, LogSeen] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    machines: Mapping[str, Machine] = field(default_factory=dict)
    cuts: Mapping[str, CutOff] = field(default_factory=dict)
    tried: Mapping[str, CutOff] = field(default_factory=dict)
    rooms: Mapping[str, Room] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)  # of hosts that rest without power, from their last time up

    def survey(self, name: str) -> Survey:
        """Return what a host has of a deployment, or that nobody asked."""
        return self.surveys.get(name, UNSURVEYED)

    def host(self, name: str) -> HostSeen:
        """Return what was seen of a host, or that nothing was."""
        return self.hosts.get(name, NO_HOST)

    def database(self, region: RegionKey) -> DatabaseSeen:
        """Return what was seen of a region's DBMS, or that nothing was."""
        return self.databases.get(region, NO_DATABASE)

    def log(self, region: RegionKey) -> LogSeen:
        """Return what was seen of a region's log database, or that nothing was."""
        return self.logs.get(region, UNREAD)

    def server(self, name: str) -> ServerSeen:
        """Return what an authoritative server answered, or that it was not asked."""
        return self.servers.get(name, NO_SERVER)
