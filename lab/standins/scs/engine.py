"""What a Solution Control Server decides for its pair of hosts, without I/O and without a clock."""

from dataclasses import dataclass, field

from lab.standins.daemon import BACKUP, INITIALIZING, PRIMARY, RUNNING, STOPPED, UNAVAILABLE
from lab.standins.wire import Message

CONFSERV = "confserv"
UP = (RUNNING, UNAVAILABLE, INITIALIZING)

RESTART_AFTER_S = 1.5
"""How long a stop that nobody asked us for may last."""
HOST_LOST_AFTER_S = 1.0
"""How long an agent may be away before its host counts as failed."""
NO_PRIMARY_AFTER_S = 3.0
"""How long a pair may go without a first Primary: it may just be starting."""
TWO_PRIMARIES_AFTER_S = 1.0
AGAIN_AFTER_S = 6.0
"""How long an action is given before it is tried again."""


@dataclass(frozen=True, slots=True)
class Start:
    """Start a unit through the agent of its host."""

    host: str
    unit: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Give a Configuration Server its role."""

    host: str
    mode: str


Action = Start | Switch


@dataclass(slots=True)
class Unit:
    """One unit of one host, as its agent reported it."""

    status: str = STOPPED
    runmode: str | None = None
    seen_up: bool = False
    stopped_by_us: bool = False
    down_since: float = 0.0


@dataclass(slots=True)
class Host:
    """One host: its agent, and what that agent said last."""

    units: dict[str, Unit] = field(default_factory=dict)
    connected: bool = False
    lost_at: float = float("-inf")

    def failed(self, now: float) -> bool:
        """Whether the host counts as failed. A lost agent is all we go by: so does the vendor's SCS."""
        return not self.connected and now - self.lost_at >= HOST_LOST_AFTER_S

    def confserv(self) -> Unit:
        """Return the Configuration Server, a stopped one if the agent knows none."""
        return self.units.get(CONFSERV, Unit())


class Pair:
    """The two framework hosts. The first name is the primary's.

    A site's own has the host it stands on, or none, and no Configuration Servers; it `repairs` nothing, but starts what
    is to start by itself.
    """

    def __init__(self, names: tuple[str, ...], *, now: float, repairs: bool = True) -> None:
        self.hosts = {name: Host() for name in names}
        self.autostart: frozenset[str] = frozenset()
        self._repairs = repairs
        self._asked: dict[Action, float] = {}
        self._primary_seen = False
        self._without_since: float = now
        self._two_since: float | None = None

    def hear(self, name: str, units: list[Message], *, now: float) -> None:
        """Take the report of a host's agent."""
        host = self.hosts[name]
        host.connected = True
        for said in units:
            self._hear_unit(host.units.setdefault(said["unit"], Unit(down_since=now)), said, now)

    def _hear_unit(self, unit: Unit, said: Message, now: float) -> None:
        if said["status"] == STOPPED and unit.status != STOPPED:
            unit.down_since = now
        unit.status, unit.runmode = said["status"], said["runmode"]
        if unit.status in UP:
            unit.seen_up, unit.stopped_by_us = True, False

    def lose(self, name: str, *, now: float) -> None:
        """Note that a host's agent is gone."""
        host = self.hosts[name]
        if host.connected:
            host.connected, host.lost_at = False, now

    def stop_asked(self, name: str, unit: str) -> None:
        """Note that a stop comes through us, so that it is not repaired."""
        self.hosts[name].units.setdefault(unit, Unit()).stopped_by_us = True

    def decide(self, *, now: float, acting: bool) -> list[Action]:
        """List what is to be done and was not asked for a moment ago; only watch when not acting."""
        wanted = [*self._starts(now), *self._switches(now)]
        if not acting:
            return []
        fresh = [action for action in wanted if now - self._asked.get(action, float("-inf")) >= AGAIN_AFTER_S]
        self._asked.update(dict.fromkeys(fresh, now))
        return fresh

    def _starts(self, now: float) -> list[Action]:
        return [
            Start(name, unit_name)
            for name, host in self.hosts.items()
            if host.connected
            for unit_name, unit in host.units.items()
            if self._to_start(unit_name, unit, now)
        ]

    def _to_start(self, name: str, unit: Unit, now: float) -> bool:
        if unit.status != STOPPED or unit.stopped_by_us:
            return False
        wanted = (unit.seen_up and self._repairs) or name in self.autostart
        return wanted and now - unit.down_since >= RESTART_AFTER_S

    def _switches(self, now: float) -> list[Action]:
        primaries = [name for name in self.hosts if self._is_primary(name, now)]
        if len(primaries) == 1:
            self._primary_seen, self._two_since, self._without_since = True, None, now
            return []
        return self._resolve_two(primaries, now) if primaries else self._resolve_none(now)

    def _is_primary(self, name: str, now: float) -> bool:
        host, unit = self.hosts[name], self.hosts[name].confserv()
        return not host.failed(now) and unit.status in UP and unit.runmode == PRIMARY

    def _resolve_two(self, primaries: list[str], now: float) -> list[Action]:
        if self._two_since is None:
            self._two_since = now
        if now - self._two_since < TWO_PRIMARIES_AFTER_S:
            return []
        return [Switch(name, BACKUP) for name in primaries[1:] if self.hosts[name].connected]

    def _resolve_none(self, now: float) -> list[Action]:
        self._two_since = None
        if not self._primary_seen and now - self._without_since < NO_PRIMARY_AFTER_S:
            return []
        able = [
            name
            for name, host in self.hosts.items()
            if host.connected and host.confserv().status in UP and host.confserv().runmode == BACKUP
        ]
        return [Switch(able[0], PRIMARY)] if able else []


def log_line(action: Action) -> str:
    """Say an action with the vendor's message number where there is one."""
    if isinstance(action, Start):
        return f"{action.host}: {action.unit} stopped outside our control or is to start by itself: start"
    if action.mode == BACKUP:
        return f"20622 split-brain of confserv: {action.host} to Backup"
    return f"20621 no-brain of confserv: {action.host} to Primary"
