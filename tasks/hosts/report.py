"""A host's own report (`gdr-host observe`), and what a power source says: read strictly, each fault in words.

What a host could not read itself is null. A newer host may tell more than is asked here; a missing answer is a fault.
"""

import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from model import bubble
from model.observation import ComponentSeen, DatabaseRole, DatabaseSeen, Guard, HostSeen, Power
from model.stranded import Stranded as StrandedSeen

Seen = tuple[HostSeen, DatabaseSeen | None]

DOWN = ("inactive", "failed")
CLEAN = ("shut down", "shut down in recovery")


class Part(BaseModel):
    """One component."""

    model_config = ConfigDict(strict=True)

    kind: str
    unit: str
    port: int
    active: str
    guarded: bool | None
    listening: bool | None
    status: str | None
    run_mode: str | None
    age_s: float | None

    def running(self) -> bool | None:
        """Say no only of a unit that is down: one on its way up, for instance waiting for its guard, is unknown."""
        if self.listening is False and self.active not in DOWN:
            return None
        return self.listening

    def seen(self) -> ComponentSeen:
        """Return it as the model has it."""
        return ComponentSeen(
            running=self.running(),
            status=self.status,
            run_mode=self.run_mode,
            age_s=self.age_s,
            unit=self.unit,
            port=self.port,
            loaded=None if self.active == "unknown" else self.active != "not-found",
            guarded=self.guarded,
        )


class Slot(BaseModel):
    """A replication slot of a primary."""

    model_config = ConfigDict(strict=True)

    name: str
    wal_status: str | None = None
    keeps_from: int | None = None

    def keeps(self) -> bool:
        """Whether it still has what its standby needs: a lost one is none, and is made anew."""
        return self.wal_status != "lost"


class Stranded(BaseModel):
    """What a host exported of a former primary, as it noted it."""

    model_config = ConfigDict(strict=True)

    timeline: int
    primary_timeline: int
    fork: str
    end: str
    commits: int
    deletes: int
    drops: int = 0
    rows: int
    folder: str
    fits: bool = False


class Cluster(BaseModel):
    """The host's DBMS."""

    model_config = ConfigDict(strict=True)

    running: bool | None
    in_recovery: bool | None
    cluster_state: str | None
    checkpoint_lsn: str | None
    timeline: int | None
    marked: bool | None
    follows: str | None = None
    reseeding: bool | None = None
    ready: int | None = None
    wants: int | None = None
    slots: tuple[Slot, ...] | None = None
    stranded: Stranded | None = None

    def role(self) -> DatabaseRole:
        """Say what it is; what does not run is neither primary nor standby."""
        if self.running is False:
            return DatabaseRole.STOPPED
        if self.running is None or self.in_recovery is None:
            return DatabaseRole.UNKNOWN
        return DatabaseRole.STANDBY if self.in_recovery else DatabaseRole.PRIMARY

    def seen(self) -> DatabaseSeen:
        """Return it as the model has it."""
        return DatabaseSeen(
            role=self.role(),
            checkpoint=lsn(self.checkpoint_lsn),
            clean=self.cluster_state in CLEAN,
            timeline=self.timeline,
            marked=self.marked,
            follows=self.follows,
            reseeding=self.reseeding,
            ready=self.ready,
            wants=self.wants,
            slots=None if self.slots is None else frozenset(slot.name for slot in self.slots if slot.keeps()),
            keeps_from={
                slot.name: slot.keeps_from for slot in self.slots or () if slot.keeps() and slot.keeps_from is not None
            },
            stranded=None if self.stranded is None else StrandedSeen(**self.stranded.model_dump()),
        )


class Walls(BaseModel):
    """The bubble that a framework host stands in."""

    model_config = ConfigDict(strict=True)

    case: str
    epoch: int | None
    whole: bool
    permit: bool


class Copy(BaseModel):
    """The copy beside a DBMS host's own cluster."""

    model_config = ConfigDict(strict=True)

    case: str
    serves: bool
    sessions: frozenset[str]
    proven: str


class Report(BaseModel):
    """All that a host says of itself."""

    model_config = ConfigDict(strict=True)

    host: str
    alone: str | None = None
    epoch: int
    clock: float
    guard: Guard
    components: tuple[Part, ...]
    peers: frozenset[str]
    names: dict[str, tuple[str, ...] | None]
    aliases: dict[str, tuple[str, ...] | None]
    log_peers: frozenset[str] | None = None
    hosts_file: frozenset[str]
    blocked: dict[str, frozenset[str]] | None
    torn: frozenset[int] | None
    disk_free_bytes: int | None
    database: Cluster | None
    walls: Walls | None = None
    copied: Copy | None = Field(default=None, alias="copy")

    def stranger(self, name: str) -> str:
        """Say why this is not the host that was asked, or not yet: a copy that is half made answers in its place."""
        if self.host != name:
            return f"says that it is {self.host}"
        return f"stands alone ({self.alone})" if self.alone else ""

    def seen(self, now: float, name: str) -> HostSeen:
        """Return the host as the model has it."""
        return HostSeen(
            answers=True,
            stranger=self.stranger(name),
            epoch=self.epoch,
            guard=self.guard,
            components={part.kind: part.seen() for part in self.components},
            peers=self.peers,
            names={name: addresses or () for name, addresses in self.names.items()},
            aliases={name: addresses or () for name, addresses in self.aliases.items()},
            log_peers=self.log_peers,
            hosts_file=self.hosts_file,
            blocked={int(port): addresses for port, addresses in (self.blocked or {}).items()},
            torn=self.torn or frozenset(),
            clock_skew_s=round(self.clock - now, 3),
            disk_free_bytes=self.disk_free_bytes,
            walls=None if self.walls is None else bubble.Walls(**self.walls.model_dump()),
            copy=None if self.copied is None else bubble.Copy(**self.copied.model_dump()),
        )


def read(text: str, now: float, name: str) -> Seen:
    """Read the report of the host of that name; one that cannot be read makes that host unknown, and says why."""
    try:
        report = Report.model_validate_json(text)
        return report.seen(now, name), report.database.seen() if report.database else None
    except ValidationError as error:
        return HostSeen(fault=f"answers, but {'; '.join(map(worded, error.errors()))}"), None
    except ValueError as error:
        return HostSeen(fault=f"answers, but not in words that are understood: {error}"), None


def worded(fault: ErrorDetails) -> str:
    """Say what of a report could not be read, and what to do."""
    where = ".".join(map(str, fault["loc"])) or "its report"
    if fault["type"] == "missing":
        return f"says nothing of {where}: deploy gdr-host again"
    return f"could not read {where}" if fault["input"] is None else f"{where}: {fault['msg']}"


def read_powers(text: str, names: Iterable[str]) -> dict[str, Power]:
    """Read what a power source says of hosts; a word that is not understood is unknown, of that host alone."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: Power(said[name]) for name in names if said.get(name) in tuple(Power)}


def lsn(text: str | None) -> int | None:
    """Return a position `0/3000060` in bytes; None stays unknown."""
    if text is None:
        return None
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)
