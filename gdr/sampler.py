"""The resident sampler: each second, what the primary has written and what its standby has received.

What an unplanned failover may lose is bounded from its newest line, so it writes none it did not measure: no
primary, or two, is no line, and never a zero. Just after it has lost sight of the primary it looks more often.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Reversible
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from gdr import log_sampler, resident
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment
from model.errors import RecoveryError
from model.observation import Minute, Sample
from tasks import minutes, samples
from tasks.dbms.postgresql.observe import Position, position

EVERY_S, DEADLINE_S = 1.0, 1.0
SEARCHING_S, SEARCHED_S = 0.3, 30.0  # a boot, or a pair that changes its roles
LOG = logging.getLogger("gdr.sampler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One look: the sample, None where it could not be made; which regions were silent, and why."""

    sample: Sample | None
    primaries: int
    silent: frozenset[RegionKey]
    faults: str


async def measure(known: Environment) -> Measured:
    """Ask both regions at once. A sample needs exactly one primary; its standby may be silent."""
    at = time.time()
    questions = (position(known, key, DEADLINE_S) for key in REGION_KEYS)
    asked = dict(zip(REGION_KEYS, await asyncio.gather(*questions, return_exceptions=True), strict=True))
    for unexpected in (seen for seen in asked.values() if not isinstance(seen, Position | RecoveryError)):
        raise unexpected
    found = [seen for seen in asked.values() if isinstance(seen, Position)]
    primaries = [seen.bytes for seen in found if not seen.in_recovery]
    standby = next((seen.bytes for seen in found if seen.in_recovery), None)
    faults = {key: str(seen) for key, seen in asked.items() if isinstance(seen, RecoveryError)}
    one = Sample(at=at, primary=primaries[0], standby=standby, bytes_per_s=0.0) if len(primaries) == 1 else None
    return Measured(sample=one, primaries=len(primaries), silent=frozenset(faults), faults="; ".join(faults.values()))


def rated(sample: Sample, earlier: Iterable[Sample]) -> Sample:
    """Return the sample with the highest rate between neighbours: a burst must not be averaged away."""
    pairs = [(later.primary - first.primary, later.at - first.at) for first, later in pairwise([*earlier, sample])]
    rates = [max(0, grown) / passed for grown, passed in pairs if passed > 0]
    return replace(sample, bytes_per_s=max(rates, default=0.0))


def busiest(sample: Sample, hour: Iterable[Sample]) -> Sample:
    """Return the sample with the highest rate of its hour: what a minute's calm must not hide."""
    rates = (line.bytes_per_s for line in hour if line.at >= sample.at - samples.KEPT_S)
    return replace(sample, hour_bytes_per_s=max(rates, default=0.0))


def lagging(sample: Sample, hour: Reversible[Sample]) -> Sample:
    """Return the sample with its lag: the age of the newest line in which the primary was where the standby is now."""
    standby = sample.standby
    if standby is None:
        return sample
    newest = next((line.at for line in _one_history(sample, hour) if line.primary <= standby), None)
    return replace(sample, lag_s=None if newest is None else sample.at - newest)


def _one_history(sample: Sample, hour: Reversible[Sample]) -> Iterator[Sample]:
    """Yield lines, the newest first, back to where the primary was further on: a promotion, or a restored backup."""
    later = sample
    for line in chain([sample], reversed(hour)):
        if line.primary > later.primary:
            return
        yield line
        later = line


def by_minute(name: str, minute: Minute | None, line: Sample) -> Minute:
    """Count a sample into its minute, and keep the one before when it is over. A restart loses no more than one."""
    now = minutes.counted(minute, line)
    if minute is not None and minute.at != now.at:
        minutes.keep(name, minute)
    return now


async def keep_sampling(known: Environment) -> None:
    """Sample for ever. A region that is silent costs its line, never the sampler."""
    recent = deque(samples.recent(known.name), maxlen=samples.RATED)
    hour = deque(samples.hour(known.name), maxlen=int(samples.KEPT_S / EVERY_S))
    told: Measured | None = None
    minute: Minute | None = None
    sampled = time.monotonic()
    while True:
        begun = time.monotonic()
        now = await measure(known)
        samples.look_on(known.name, time.time())
        if now.sample is not None:
            sampled = begun
            line = lagging(busiest(rated(now.sample, recent), hour), hour)
            recent.append(line)
            hour.append(line)
            samples.keep(known.name, line)
            minute = by_minute(known.name, minute, line)
        if told is None or (now.primaries, now.silent) != (told.primaries, told.silent):
            LOG.warning("%s: %s", known.name, _words(now))
            told = now
        await asyncio.sleep(pause(begun - sampled, time.monotonic() - begun))


def pause(unseen_s: float, took_s: float) -> float:
    """Return the seconds until the next look, by how long ago there was something to sample."""
    return max(0.0, (SEARCHING_S if 0 < unseen_s <= SEARCHED_S else EVERY_S) - took_s)


def _words(now: Measured) -> str:
    count = "one primary answers" if now.sample else f"no sample: {now.primaries} primaries answer"
    return f"{count}. {now.faults}".rstrip(". ")


async def keep_all(known: Environment) -> None:
    """Sample both what is written and what is logged. Of the second, no failure ends the process."""
    async with asyncio.TaskGroup() as both:
        both.create_task(keep_sampling(known))
        both.create_task(log_sampler.keep_sampling(known))


if __name__ == "__main__":
    resident.main(keep_all, "gdr.sampler")
