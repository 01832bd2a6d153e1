"""The log database of a region, as its own server says: whether it takes rows, who is connected, who wrote lately."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.environment.document import Host, RegionKey
from model.environment.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSeen:
    """One region's log database.

    Attributes:
        fault: Why it could not be read; empty where it was.
        writable: Whether it is on a primary, so that rows can be written.
        sessions: Seconds since the oldest session of a client began, by address.
        rows: Seconds since the newest row of a host was written, by its name, as far back as was asked.
    """

    fault: str = ""
    writable: bool | None = None
    sessions: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, float] = field(default_factory=dict)

    def written_by(self, host: Host) -> bool:
        """Whether a host's newest row is younger than its session here: it came by that, not by replication."""
        since, newest = self.sessions.get(str(host.address)), self.rows.get(host.name)
        return since is not None and newest is not None and newest <= since


UNREAD = LogSeen(fault="not asked")


def log_address(environment: Environment, region: RegionKey) -> str:
    """Return the address of a region's log database: it is one of its DBMS."""
    return str(environment.dbms(region).address)
