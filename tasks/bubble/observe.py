"""Whether the walls of a bubble hold, tried from within and to there, and whether a copy has room."""

import asyncio

from pydantic import TypeAdapter, ValidationError

from model.bubble import Room
from model.environment.document import Host
from model.environment.environment import REGION_KEYS, Environment, other
from model.errors import RecoveryError
from model.machine import REACHED, CutOff
from tasks.hosts.command import reached, read

ROOM_S = 70.0
ROOM = TypeAdapter(Room)


async def room(environment: Environment, name: str) -> Room:
    """Ask a DBMS host whether a copy has room beside its cluster; unknown where it does not say."""
    try:
        return ROOM.validate_json(await read(environment, name, "room", deadline_s=ROOM_S))
    except RecoveryError as error:
        return Room(fault=str(error))
    except ValidationError:
        return Room(fault=f"{name}: gdr-host room: its answer cannot be read: deploy the host side again")


async def walls(environment: Environment, name: str) -> CutOff:
    """Try to connect from within walls to production, and from both regions to there; a fault where nobody can.

    The dormant region's witness is one that must reach this host whenever its region takes over.
    """
    home = environment.region_of(name)
    witness, neighbour = (environment.hosts(key, "application")[0].name for key in (other(home), home))
    places, own = _production(environment, name), _own(environment.host(name))
    try:
        outward, inward, beside, control = await asyncio.gather(
            reached(environment, name, places),
            reached(environment, witness, own),
            reached(environment, neighbour, own),
            reached(environment, witness, places),
        )
    except RecoveryError as error:
        return CutOff(fault=str(error))
    except ValidationError:
        return CutOff(
            fault=f"{name}, {witness} or {neighbour}: gdr-host reach: its answer cannot be read: deploy it again"
        )
    return CutOff(outward=outward, inward=inward | _got_in(beside), control=control)


def _got_in(said: dict[str, str]) -> dict[str, str]:
    return {place: outcome for place, outcome in said.items() if outcome in REACHED}


def _production(environment: Environment, name: str) -> list[str]:
    """List what must not be reached from within: the active region whole, every proxy, and the writing DNS server.

    The dormant DBMS is none of it: what is meant for it goes to the copy. Its own rules shut the dormant pair out.
    """
    home = other(environment.region_of(name))
    hosts = [environment.dbms(home), *environment.framework(home)]
    hosts += [host for key in REGION_KEYS for host in environment.hosts(key, "application")]
    places = [f"{host.address}:{part.port}" for host in hosts for part in host.components]
    return [f"{environment.writer.address}:53", *places]


def _own(host: Host) -> list[str]:
    return [f"{host.address}:22", *(f"{host.address}:{part.port}" for part in host.components)]
