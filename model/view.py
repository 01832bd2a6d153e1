"""What an observation means for one intent: who can still write, who is fenced and how well, who serves."""

from dataclasses import dataclass, field
from enum import IntEnum

from model.environment.document import Host, RegionKey
from model.environment.environment import Environment, other
from model.observation import ComponentSeen, DatabaseRole, HostSeen, Observation, Power
from model.step import Intent

WRITING_PARTS = ("scs", "message_server", "confserv", "lca")


class Fence(IntEnum):
    """How well a writer is fenced. Levels 3 (cut off at the network) and 4 (attested) are not yet supported."""

    POWERED_OFF = 1
    STOPPED = 2
    WAIVED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An observation in the light of an intent.

    Attributes:
        case: The open case, `-` before there is one.
        epoch: The epoch this process holds, None before it has taken one.
        waived: Writers whose fence a named person waived (fence level 5).
        superseded: A case that this one has ended, and whose record it takes over: a reprotect, or a return guard.
        lossy: Whether the target's database may lack changes that proxies still hold.
        remaking: That case makes the dormant hosts anew: one that is off may be half made.
        owed: Hosts that did not answer when the names moved, and are to be brought over once they do.
    """

    environment: Environment
    seen: Observation
    intent: Intent
    case: str = "-"
    epoch: int | None = None
    waived: frozenset[str] = frozenset()
    lossy: bool = field(default=False)
    superseded: str = "-"
    remaking: bool = False
    owed: frozenset[str] = frozenset()

    @property
    def target(self) -> RegionKey:
        """The region that takes over; where framework and database are apart, the database's."""
        return self.intent.target

    @property
    def source(self) -> RegionKey:
        """The region that is given up; where framework and database are apart, as the database's."""
        return other(self.intent.target)

    @property
    def home(self) -> RegionKey:
        """The region of the framework in the end."""
        return self.intent.framework

    @property
    def away(self) -> RegionKey:
        """The region in which no framework runs in the end."""
        return other(self.intent.framework)

    @property
    def keeps_out(self) -> tuple[Host, ...]:
        """Who must not reach the DBMS that is active in the end: the other DBMS, and the other region's framework."""
        return (self.environment.dbms(self.source), *self.environment.framework(self.away))

    @property
    def writers(self) -> tuple[Host, ...]:
        """What is given up, and fenced: all that could write beside what is active in the end."""
        match self.intent.runbook:
            case "dbms_failover":
                return self.keeps_out[:1]
            case "framework_failover":
                return self.keeps_out[1:]
            case "abort" if self.intent.undoes == "framework_failover":
                return self.keeps_out[1:]  # it may work already, on the very database that stays
            case "abort":
                return ()  # the other region was never made active: it goes on following
            case _:
                return self.keeps_out

    @property
    def canary(self) -> str:
        """The row that this case commits; on the way back another: the first one's copy proves nothing there."""
        return f"{self.case}/abort" if self.intent.runbook == "abort" else self.case

    def shut_out(self, database: RegionKey) -> tuple[str, ...]:
        """Return the framework addresses that a region's DBMS is closed to in the end: all, where it is given up."""
        if database == self.source:
            return self.environment.framework_addresses()
        return tuple(str(host.address) for host in self.environment.framework(self.away))

    def host(self, name: str) -> HostSeen:
        """Return what was seen of a host."""
        return self.seen.host(name)

    def runs(self, host: str, kind: str) -> bool | None:
        """Whether a component runs where others can meet it, not within a bubble; None when nobody could see."""
        return False if self.inside(host) else self.seen.host(host).component(kind).running

    def inside(self, host: str) -> bool:
        """Whether a host stands within the whole walls of a bubble: what runs there writes into a copy alone."""
        walls = self.seen.host(host).walls
        return walls is not None and walls.case != "" and walls.whole

    def is_primary(self, host: Host) -> bool | None:
        """Whether a host's Configuration Server is the Primary and works; within a bubble it is nobody's."""
        if self.inside(host.name):
            return False
        part = self.seen.host(host.name).component("confserv")
        if not part.running:
            return part.running
        return None if part.run_mode is None else part.run_mode == "Primary" and part.status == "Running"

    def primary(self, region: RegionKey) -> bool | None:
        """Whether a working Primary is in the region; None when one host could not be seen and no other has it."""
        answers = [self.is_primary(host) for host in self.environment.framework(region)]
        return True if True in answers else None if None in answers else False

    def proxy(self, host: Host) -> ComponentSeen:
        """Return what was seen of a host's Configuration Server Proxy."""
        return self.seen.host(host.name).component("proxy")

    def fence_level(self, host: Host) -> Fence | None:
        """Say how well a writer is fenced now: 1 powered off, 2 stopped as seen from the host itself, 5 waived.

        Unreachable is not fenced, and a waiver says that nobody can see: it ends where the writer is seen alive.
        """
        seen = self.seen.host(host.name)
        if seen.power is Power.OFF:
            return Fence.POWERED_OFF
        if seen.answers and self._stopped(host):
            return Fence.STOPPED
        return Fence.WAIVED if host.name in self.waived and not self.alive(host) else None

    def alive(self, host: Host) -> bool:
        """Whether a writer is seen to be up: it answers, has power, or its DBMS takes writes."""
        seen = self.seen.host(host.name)
        return seen.answers or seen.power is Power.ON or self._writable(host)

    def _writable(self, host: Host) -> bool:
        if host.role != "dbms":
            return False
        return self.seen.database(self.environment.region_of(host.name)).role is DatabaseRole.PRIMARY

    def _stopped(self, host: Host) -> bool:
        if host.role == "dbms":
            return self.seen.database(self.environment.region_of(host.name)).role is DatabaseRole.STOPPED
        parts = [part.kind for part in host.components if part.kind in WRITING_PARTS]
        return all(self.runs(host.name, kind) is False for kind in parts)

    def in_order(self, host: Host) -> bool:
        """Whether a writer is stopped in order: all of them, or the DBMS that has outlived its framework."""
        return self.intent.mode == "planned" or (self.intent.drains and host.role == "dbms")

    def asleep(self, host: Host) -> bool:
        """Whether a framework host rests without power, as its region's `dormant` has it: known, never guessed."""
        if not self.environment.rests_off(host) or self.seen.host(host.name).power is not Power.OFF:
            return False
        return self.seen.record is not None and self.seen.record.active != self.environment.region_of(host.name)

    def promised_level(self, host: Host) -> Fence:
        """Say which fence level this writer can get: what a person sees before saying go."""
        seen = self.seen.host(host.name)
        if self.in_order(host):
            return Fence.STOPPED
        if seen.power is not Power.UNKNOWN:
            return Fence.POWERED_OFF
        return Fence.STOPPED if seen.answers else Fence.WAIVED

    def resolves(self, host: str, region: RegionKey) -> bool:
        """Whether a host's own resolver answers the region's addresses for both names."""
        answers = self.seen.host(host).names
        return all(answers.get(name) == (address,) for name, address in self.environment.addresses(region).items())

    def living(self, region: RegionKey) -> tuple[Host, ...]:
        """Return the application hosts of a region that answer."""
        return tuple(
            host for host in self.environment.hosts(region, "application") if self.seen.host(host.name).answers
        )

    def normal(self, host: Host, region: RegionKey) -> bool:
        """Whether a host's proxy is in normal mode on the region's master: connected to it and not read-only."""
        masters = {str(master.address) for master in self.environment.framework(region)}
        part = self.proxy(host)
        connected = bool(self.seen.host(host.name).peers & masters)
        return part.running is True and part.status == "Running" and connected
