"""The sampler's second look, under `cross`: what each region has logged and the other one has not.

A lost region cannot be asked any more; what is told of its log rows then is what was seen last.
"""

import asyncio
import logging
import time

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment
from model.logs import Behind, behind
from tasks import log_samples
from tasks.dbms.postgresql.logs import log

EVERY_S = 60.0  # it counts an hour of the vendor's table on both production log servers
LOG = logging.getLogger("gdr.log_sampler")


async def measure(known: Environment, at: float) -> dict[RegionKey, Behind]:
    """Ask both log servers at once; of a region nothing is told where one does not say."""
    logs = dict(zip(REGION_KEYS, await asyncio.gather(*(log(known, key) for key in REGION_KEYS)), strict=True))
    found = {key: behind(known, logs, key, at) for key in REGION_KEYS}
    return {key: one for key, one in found.items() if one is not None}


async def keep_sampling(known: Environment) -> None:
    """Sample for ever, where each region has a log server of its own; what fails costs its turn, never the sampler."""
    while known.is_crossed:
        begun = time.monotonic()
        try:
            log_samples.keep(known.name, await measure(known, time.time()))
        except Exception as error:  # noqa: BLE001  (logs hold up nothing, least of all the samples of what is written)
            LOG.warning("%s: log rows not sampled: %s", known.name, _words(error))
        await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - begun)))


def _words(error: Exception) -> str:
    """Name the error; of its own text only what the system says, for a driver's may quote a login."""
    told = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
