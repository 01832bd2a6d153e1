"""The one command a host obeys, and how it bears the epoch."""

import asyncio
from collections.abc import Sequence

from pydantic import TypeAdapter

from blocks import reach
from model.environment.environment import Environment
from tasks.run import Run, environment

REACH_S, REACH_MOST, REACHED = 15.0, 64, TypeAdapter(dict[str, str])
COMMAND = ("sudo", "-n", "/opt/genesys-dr/bin/gdr-host")


def location(known: Environment, name: str) -> tuple[str, str]:
    """Return address and access block of a host, a resolver or a power source."""
    places = {host.name: (str(host.address), host.access) for _, host in known.all_hosts()}
    places |= {resolver.name: (str(resolver.address), resolver.access) for resolver in known.dns.resolvers}
    places |= {source.name: (str(source.address), source.access) for source in known.power}
    return places[name]


async def order(run: Run, name: str, *verb: str, given: str = "") -> str:
    """Give a host an order under this run's epoch; `given` is its standard input, for what no log may hold.

    Raises:
        Transient: It was certainly not carried out.
        Overtaken: The host has obeyed a younger epoch.
        Unverified: It failed, or nobody knows how it ended.
    """
    known = environment(run.environment)
    address, access = location(known, name)
    shell = await reach.shell(access)
    return await shell.act(address, *COMMAND, str(run.epoch), *verb, silent_s=known.probes.silent_s, given=given)


async def read(known: Environment, name: str, *words: str, deadline_s: float) -> str:
    """Ask a host something that changes nothing."""
    address, access = location(known, name)
    shell = await reach.shell(access)
    return await shell.read(address, *COMMAND, *words, silent_s=known.probes.silent_s, deadline_s=deadline_s)


async def reached(known: Environment, name: str, places: Sequence[str]) -> dict[str, str]:
    """Connect from a host to places, and return what came of each; a host tries no more than so many at once."""
    parts = [places[at : at + REACH_MOST] for at in range(0, len(places), REACH_MOST)]
    said = await asyncio.gather(*(read(known, name, "reach", *part, deadline_s=REACH_S) for part in parts))
    return {place: outcome for text in said for place, outcome in REACHED.validate_json(text).items()}
