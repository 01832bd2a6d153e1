"""The log database of a region, as its own server says: whether it takes rows, who is connected, who wrote lately.

Under `replica` and `site1` the one in use is that of the active DBMS. Under `cross` each region has its own, and what
one has of the other's hosts came by the site's own replication.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.environment.document import Host, RegionKey
from model.environment.environment import Environment, other

FRAMEWORK = "framework"  # of two log message servers of a region, the one on a framework host, which serves that alone
PAIR = ("framework_primary", "framework_backup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What one region's log server has written and the other one's has not, of the last hour.

    Attributes:
        at: When it was measured, seconds of the epoch.
        rows: Rows of the region's hosts: an estimate, for the two servers are not asked at one moment.
        seconds: How much older the newest of them is there than here; None where a host has none there.
    """

    at: float
    rows: int
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSeen:
    """One region's log database.

    Attributes:
        fault: Why it could not be read; empty where it was.
        off: Whether its host is known to have no power: nobody writes there, whoever still holds a connection.
        writable: Whether it is on a primary, so that rows can be written.
        sessions: Seconds since the oldest session of a client began, by address.
        rows: Seconds since the newest row of a host was written, by its name, as far back as was asked.
        counts: How many rows of a host were written in the last hour, by its name.
        sample: Under `cross`, how far its region was behind at the other one when the sampler last saw both.
    """

    fault: str = ""
    off: bool = False
    writable: bool | None = None
    sessions: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    sample: Behind | None = None

    def written_by(self, host: Host) -> bool:
        """Whether a host's newest row is younger than its session here: it came by that, not by replication."""
        since, newest = self.sessions.get(str(host.address)), self.rows.get(host.name)
        return since is not None and newest is not None and newest <= since


UNREAD = LogSeen(fault="not asked")


def log_pair(environment: Environment, region: RegionKey, whose: str) -> tuple[Host, ...]:
    """Return the hosts whose log message servers write the same clients' messages, so that one stands for the other."""
    return environment.log_servers(region, *(PAIR if whose == FRAMEWORK else ("application",)))


def log_address(environment: Environment, region: RegionKey) -> str:
    """Return the address of a region's log database."""
    return environment.log_place(region)[0]


def regions_in_use(
    environment: Environment, active: RegionKey, region: RegionKey, own: LogSeen
) -> tuple[RegionKey, ...]:
    """Return whose log database a region's hosts may write at.

    Args:
        active: The region of the DBMS in use.
        own: The log database of the region itself. Under `cross` that is the one, as long as it takes rows; what is
            not seen may work for its own region, or GEO DNS may have sent that to the other one.
    """
    if not environment.is_crossed:
        return (active,)
    if own.writable:
        return (region,)
    return (other(region),) if own.off or own.writable is False else (region, other(region))


def behind(environment: Environment, logs: Mapping[RegionKey, LogSeen], region: RegionKey, at: float) -> Behind | None:
    """Compare what the two log servers have of a region's hosts; None where one does not say, or nothing was logged."""
    here, there = logs.get(region, UNREAD), logs.get(other(region), UNREAD)
    hosts = [host.name for host in environment.log_servers(region) if host.name in here.rows]
    if here.fault or there.fault or not hosts:
        return None
    ages = [max(0.0, there.rows[name] - here.rows[name]) for name in hosts if name in there.rows]
    return Behind(
        at=at,
        rows=sum(max(0, here.counts.get(name, 0) - there.counts.get(name, 0)) for name in hosts),
        seconds=max(ages) if len(ages) == len(hosts) else None,
    )


def replicated_by(environment: Environment) -> str:
    """Return what carries rows both ways under `cross`, in the site's words."""
    log = environment.database.log
    return log.servers.replicated_by if log and log.servers else "nothing"


def allowed_s(environment: Environment) -> float:
    """Return how many seconds a region may be behind at the other one."""
    log = environment.database.log
    return (log.servers.behind_s if log and log.servers else None) or environment.objectives.rpo_s


def is_late(environment: Environment, found: Behind) -> bool:
    """Whether a region is further behind than it may be, or nobody knows how far."""
    return found.seconds is None or found.seconds > allowed_s(environment)


def said(found: Behind, there: RegionKey) -> str:
    """Say how far a region's rows are at the other one."""
    if found.seconds is None:
        return f"one of its hosts has no row of the last hour at {there}, at least {found.rows} rows behind"
    return f"newest row at {there} {found.seconds:.0f} s older than its own, about {found.rows} rows behind"


def unsent(sample: Behind | None, region: RegionKey, at: float) -> str:
    """Say how many log rows of a region the other one had not seen, by the last sample; an estimate, never a bound."""
    if sample is None:
        return f"how many log rows of {region} the other region has not seen is unknown: they were never sampled"
    known = f"about {sample.rows} of the last hour's"
    ago = f"when last sampled, {max(0.0, at - sample.at):.0f} s before"
    if sample.seconds is None:
        known, ago = f"at least {sample.rows}", f"{ago}; how far back is unknown"
    return f"{known} log rows of {region} had not been seen at {other(region)} {ago}; and those written since"
