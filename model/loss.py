"""What an unplanned failover may lose.

Replication is asynchronous, so the bound is what the standby had not received at the last sample, plus what the primary
may have written since, at the highest rate of the hour before, with a margin. No sample is `unknown`, never 0; so is
one after which the sampler itself was silent, and one older than that hour, which says nothing of a longer time.
"""

from dataclasses import dataclass
from math import ceil

from model.environment.document import RegionKey
from model.observation import Observation, Sample, Watch

MARGIN = 1.5
FLOOR_BYTES = 65_536  # a burst within one sampling second
KNOWN_S = 3600.0  # the hour whose rates are kept
STALE_S = 30.0  # a sampler that died must not read as a lag of nothing
BYTES_PER_CHANGE = 96  # an insert and its commit record are never smaller (PostgreSQL: heapam_xlog.h, xact.h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """At most this much may be lost.

    Attributes:
        age_s: Age of the sample it was computed from.
        ahead_s: For how long it holds.
        behind: Bytes of WAL that the target had not received of what the sample says was written.
        bytes_per_s: The write rate it was computed with: the highest of the sampler's last hour.
        rpo_s: Seconds of changes that it is by now; None where the standby had none of the sampler's last hour.
    """

    bytes: int
    changes: int
    age_s: float
    ahead_s: float
    behind: int
    bytes_per_s: float
    rpo_s: float | None
    streaming_before: bool


def loss_bound(
    sample: Sample | None, watch: Watch | None, received: int | None, now: float, *, ahead_s: float = 0.0
) -> Loss | None:
    """Bound the loss if the target took over now, or `ahead_s` seconds later.

    Args:
        sample: The newest line of the sampler.
        watch: When the sampler looked: had it paused, the primary may have written anything.
        received: Bytes of WAL the target has received; None if it could not be asked.
        now: Seconds of the epoch.

    Returns:
        None when it cannot be bounded: no sample, or one too old, or a target that does not say what it has.
    """
    if sample is None or received is None or not watched(sample, watch, now):
        return None
    age = max(0.0, now - sample.at)
    if age > KNOWN_S:
        return None
    rate = max(sample.bytes_per_s, sample.hour_bytes_per_s)
    behind = max(0, sample.primary - received)
    size = ceil((behind + rate * (age + ahead_s)) * MARGIN) + FLOOR_BYTES
    return Loss(
        bytes=size,
        changes=ceil(size / BYTES_PER_CHANGE),
        age_s=age,
        ahead_s=ahead_s,
        behind=behind,
        bytes_per_s=rate,
        rpo_s=None if sample.lag_s is None else sample.lag_s + age,
        streaming_before=sample.standby is not None,
    )


def watched(sample: Sample, watch: Watch | None, now: float) -> bool:
    """Whether the sampler has looked from its newest line until now."""
    return watch is not None and watch.since <= sample.at + STALE_S and watch.until >= now - STALE_S


def lag_s(seen: Observation, target: RegionKey) -> float | None:
    """Bound how many seconds ago the primary was where the target is now; None when unknown, or the sample is old.

    Bytes over a rate would not do: behind a burst they make a standby that stands still look almost up to date.
    """
    sample, received = seen.sample, seen.database(target).received
    if sample is None or received is None or seen.at - sample.at > STALE_S:
        return None
    if received >= sample.primary:
        return 0.0
    return None if sample.lag_s is None else sample.lag_s + max(0.0, seen.at - sample.at)


def why_unknown(seen: Observation, target: RegionKey) -> str:
    """Say why the lag is unknown, so that the right part is mended: the sampler, or the target's DBMS."""
    sample, database = seen.sample, seen.database(target)
    if sample is None:
        return "the sampler on the control host has no sample: start gdr-sampler"
    if seen.at - sample.at > STALE_S:
        return f"the sampler's newest line is {seen.at - sample.at:.0f} s old: it has stopped, or the primary is silent"
    if database.received is None:
        return f"it does not say what it has received {database.fault}".rstrip()
    return "it has not caught up with any line of the sampler's last hour"
