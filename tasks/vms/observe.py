"""Machines as their hypervisor has them, and whether a copy is cut off: tried from it, to it, and from another host."""

import asyncio
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from model.environment.document import Host
from model.environment.environment import REGION_KEYS, Environment
from model.errors import RecoveryError
from model.machine import CutOff, Machine
from model.steps.parts import counterpart
from tasks.hosts.command import reached, read

MACHINES_S = 15.0
MACHINES = TypeAdapter(dict[str, Machine])


async def machines(environment: Environment, names: Iterable[str]) -> dict[str, Machine]:
    """Ask each host's power source of it; unknown where it does not say."""
    by_source: dict[str, list[str]] = {}
    for name in names:
        if source := environment.power_source(environment.host(name)):
            by_source.setdefault(source.name, []).append(name)
    answers = await asyncio.gather(*(_machines(environment, source, asked) for source, asked in by_source.items()))
    return {name: machine for answer in answers for name, machine in answer.items()}


async def _machines(environment: Environment, source: str, names: list[str]) -> dict[str, Machine]:
    try:
        return MACHINES.validate_json(await read(environment, source, "machines", *names, deadline_s=MACHINES_S))
    except (RecoveryError, ValidationError):
        return {}


async def cut_off(environment: Environment, name: str) -> CutOff:
    """Try to connect from a host to all others and from another host to it; what cannot be tried has a fault."""
    witness = _witness(environment, name)
    others, own = _places(environment, name), _own(environment.host(name))
    try:
        outward, inward, control = await asyncio.gather(
            reached(environment, name, others),
            reached(environment, witness, own),
            reached(environment, witness, others),
        )
    except RecoveryError as error:
        return CutOff(fault=str(error))
    except ValidationError:
        return CutOff(
            fault=f"{name} or {witness}: gdr-host reach: its answer cannot be read: deploy the host side again"
        )
    return CutOff(outward=outward, inward=inward, control=control)


def _witness(environment: Environment, name: str) -> str:
    """Name the host that shows what can be reached: an application host of the region that works."""
    region = environment.region_of(counterpart(environment, name).name)
    return environment.hosts(region, "application")[0].name


def _places(environment: Environment, name: str) -> list[str]:
    """List what a clone might reach: both databases, every framework port of others, and the writing DNS server."""
    others = [host for key in REGION_KEYS for host in (environment.dbms(key), *environment.framework(key))]
    places = [f"{host.address}:{part.port}" for host in others if host.name != name for part in host.components]
    return [*places, f"{environment.writer.address}:53"]


def _own(host: Host) -> list[str]:
    return [f"{host.address}:22", *(f"{host.address}:{part.port}" for part in host.components)]
