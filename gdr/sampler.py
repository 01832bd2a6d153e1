"""The resident sampler: each second, what the primary has written and what its standby has received.

What an unplanned failover may lose is bounded from its newest line, so it writes none it did not measure: no
primary, or two, is no line, and never a zero.
"""

import asyncio
import logging
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from gdr.second_source import use_second_source
from model.environment.environment import REGION_KEYS, Environment
from model.errors import RecoveryError
from model.observation import Sample
from tasks import samples
from tasks.dbms.postgresql.observe import Position, position
from tasks.run import environment

EVERY_S, DEADLINE_S = 1.0, 1.0
LOG = logging.getLogger("gdr.sampler")


async def measure(known: Environment) -> tuple[Sample | None, str]:
    """Ask both regions at once; no sample, with the reason, unless exactly one DBMS is primary."""
    at = time.time()
    asked = await asyncio.gather(*(position(known, key, DEADLINE_S) for key in REGION_KEYS), return_exceptions=True)
    found = [seen for seen in asked if isinstance(seen, Position)]
    faults = "; ".join(str(seen) for seen in asked if isinstance(seen, BaseException))
    for unexpected in (seen for seen in asked if not isinstance(seen, Position | RecoveryError)):
        raise unexpected
    primaries = [seen.bytes for seen in found if not seen.in_recovery]
    if len(primaries) != 1:
        return None, f"no sample: {len(primaries)} primaries answer. {faults}"
    standby = next((seen.bytes for seen in found if seen.in_recovery), None)
    return Sample(at=at, primary=primaries[0], standby=standby, bytes_per_s=0.0), faults


def rated(sample: Sample, earlier: Iterable[Sample]) -> Sample:
    """Return the sample with the highest rate between neighbours: a burst must not be averaged away."""
    pairs = [(later.primary - first.primary, later.at - first.at) for first, later in pairwise([*earlier, sample])]
    rates = [max(0, grown) / passed for grown, passed in pairs if passed > 0]
    return replace(sample, bytes_per_s=max(rates, default=0.0))


async def keep_sampling(known: Environment) -> None:
    """Sample for ever. A region that is silent costs its line, never the sampler."""
    recent = deque(samples.recent(known.name), maxlen=samples.RATED)
    said = ""
    while True:
        begun = time.monotonic()
        sample, fault = await measure(known)
        if fault != said:
            LOG.warning("%s: %s", known.name, fault or "both regions answer again")
            said = fault
        if sample is not None:
            line = rated(sample, recent)
            recent.append(line)
            samples.keep(known.name, line)
        await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - begun)))


async def serve(name: str) -> None:
    """Sample until SIGTERM or SIGINT."""
    known = environment(name)
    use_second_source(known)  # it outlives the Prefect server
    sampling = asyncio.ensure_future(keep_sampling(known))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, sampling.cancel)
    await asyncio.gather(sampling, return_exceptions=True)
    if not sampling.cancelled():
        sampling.result()


def main() -> None:
    """Run as `python -m gdr.sampler ENVIRONMENT`."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
    if len(sys.argv) != 2:  # noqa: PLR2004  (the program and one name)
        sys.exit("usage: python -m gdr.sampler ENVIRONMENT")
    try:
        asyncio.run(serve(sys.argv[1]))
    except RecoveryError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
