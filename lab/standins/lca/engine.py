"""What a Local Control Agent knows of its host's units, without I/O."""

from dataclasses import dataclass, field

from lab.standins.daemon import STOPPED
from lab.standins.wire import Message, Rejection

PENDING = "Start Pending"
MISSES = 2
"""Silent polls in a row before a unit counts as stopped: a busy process may miss one."""


@dataclass(slots=True)
class Unit:
    """One unit: what its status socket said last, and our own child if we started one."""

    name: str
    said: Message = field(default_factory=dict)
    misses: int = 0
    child: int | None = None

    @property
    def status(self) -> str:
        """The status reported to SCS."""
        if self.said:
            return str(self.said["status"])
        return STOPPED if self.child is None else PENDING

    def hear(self, said: Message) -> None:
        """Take the answer of the status socket."""
        self.said, self.misses = said, 0

    def miss(self, *, gone: bool) -> None:
        """Note that the socket did not answer; `gone` when nobody listens at all."""
        self.misses += 1
        if gone or self.misses >= MISSES:
            self.said = {}

    def as_message(self) -> Message:
        """Render for SCS."""
        return {
            "unit": self.name,
            "status": self.status,
            "runmode": self.said.get("runmode"),
            "pid": self.said.get("pid", self.child),
        }


@dataclass(slots=True)
class Host:
    """All units that have a run.sh on this host."""

    units: dict[str, Unit] = field(default_factory=dict)

    def know(self, names: list[str]) -> None:
        """Add units that appeared on the disk."""
        for name in names:
            self.units.setdefault(name, Unit(name))

    def unit(self, name: str) -> Unit:
        """Find a unit, or reject the request."""
        if name not in self.units:
            raise Rejection(f"unknown unit {name!r}")
        return self.units[name]

    def startable(self, name: str) -> Unit:
        """Find a unit that does not run."""
        unit = self.unit(name)
        if unit.status != STOPPED:
            raise Rejection(f"{name}: {unit.status}")
        return unit

    def report(self) -> list[Message]:
        """Render all units for SCS."""
        return [unit.as_message() for unit in self.units.values()]
