"""The resident watchdog: a host that answers again is guarded at once, and a run that died is told to people.

It needs no Prefect server: the guard is run as an operator would, on a private API, and a death is seen by a lock. It
changes nothing itself, and no claim of safety rests on it; the deployment return-guard looks every minute as well.
"""

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from pathlib import Path

from gdr import deaths, resident
from model.environment.environment import Environment
from model.scope import Scope
from tasks.look import look

EVERY_S, AGAIN_S = 2.0, 60.0
NAMED = 5
REACHED = 0
LOG = logging.getLogger("gdr.watchdog")


async def answering(known: Environment) -> frozenset[str]:
    """Return the hosts of both regions that answer."""
    hosts = frozenset(host.name for _, host in known.all_hosts() if host.access)
    seen = await look(known, Scope(hosts=hosts))
    return frozenset(name for name in hosts if seen.host(name).answers)


async def guard(known: Environment, returned: frozenset[str]) -> bool:
    """Run the return guard to its end; return whether it reached it. What came of it stands in its evidence."""
    first, more = sorted(returned)[:NAMED], len(returned) - NAMED
    reason = f"the watchdog: {', '.join(first)}{f' and {more} more' if more > 0 else ''} answer"
    LOG.warning("%s: %s", known.name, reason)
    program = Path(sys.executable).with_name("gdr")
    run = await create_subprocess_exec(program, "run", "return-guard", known.name, f"--reason={reason}", stdin=DEVNULL)
    try:
        code = await run.wait()
    except asyncio.CancelledError:
        run.terminate()
        raise
    LOG.warning("%s: the return guard ended with exit %s", known.name, code)
    return code == REACHED


async def keep_watching(known: Environment) -> None:
    """Watch for ever. What answers at the beginning has been silent to us, too: a restart misses nothing."""
    before: frozenset[str] = frozenset()
    while True:
        now = await answering(known)
        returned = now - before
        settled = not returned or await guard(known, returned)
        before = now if settled else now & before
        await asyncio.sleep(EVERY_S if settled else AGAIN_S)


async def watch(known: Environment) -> None:
    """Watch hosts and runs, for ever."""
    await asyncio.gather(keep_watching(known), deaths.keep_looking(known))


if __name__ == "__main__":
    resident.main(watch, "gdr.watchdog")
