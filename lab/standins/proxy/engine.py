"""What a proxy decides, without I/O: whether it serves, and whether it may pass writes on."""

from dataclasses import dataclass, field

from lab.standins.daemon import INITIALIZING, RUNNING, UNAVAILABLE
from lab.standins.memory import Memory, apply_event, parse_change
from lab.standins.wire import Message, Rejection


@dataclass(slots=True)
class Proxy:
    """The configuration held, and whether a master stands behind it."""

    memory: Memory = field(default_factory=Memory)
    connected: bool = False

    @property
    def status(self) -> str:
        """Running in normal mode, Service Unavailable in read-only mode."""
        if not self.memory.loaded:
            return INITIALIZING
        return RUNNING if self.connected else UNAVAILABLE

    @property
    def since(self) -> int | None:
        """What we tell a master that we already know."""
        return self.memory.version if self.memory.loaded else None

    def catch_up(self, changes: list[Message], version: int) -> None:
        """Apply what was missed while no master answered, and take over the master's version.

        Objects that this master never had stay: only a restart gets rid of them.
        """
        for event in changes:
            apply_event(self.memory, event)
        self.memory.version = version

    def require_write(self, request: Message) -> Message:
        """Check a write before it is passed on; returns what the master is to get."""
        change = parse_change(request)
        if not self.connected:
            raise Rejection("read-only: no master Configuration Server")
        return change.as_message()
