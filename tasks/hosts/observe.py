"""What a host says of itself, read by one command over SSH, and what its power source says of it."""

import asyncio
import time
from collections.abc import Iterable

from blocks import reach
from model.environment.document import PowerSource
from model.environment.environment import Environment
from model.errors import RecoveryError
from model.inventory import Inventory
from model.observation import DatabaseRole, DatabaseSeen, HostSeen, Power
from tasks.hosts.command import COMMAND, location
from tasks.hosts.inventory import read_inventory
from tasks.hosts.report import Seen, read, read_powers

INVENTORY_S = 30.0
OFF: Seen = (
    HostSeen(power=Power.OFF, fault="powered off"),
    DatabaseSeen(role=DatabaseRole.STOPPED, fault="powered off"),
)


async def powers(environment: Environment, names: Iterable[str]) -> dict[str, Power]:
    """Ask every power source about its hosts, one command each; UNKNOWN where there is none, or it does not say."""
    machines = {
        host.name: environment.power_source(host) for _, host in environment.all_hosts() if host.name in set(names)
    }
    sources = {source.name: source for source in machines.values() if source}
    asked = {name: [host for host, source in machines.items() if source and source.name == name] for name in sources}
    answers = await asyncio.gather(*(_power(environment, sources[name], hosts) for name, hosts in asked.items()))
    said = {host: state for answer in answers for host, state in answer.items()}
    return {name: said.get(name, Power.UNKNOWN) for name in names}


async def _power(environment: Environment, source: PowerSource, names: list[str]) -> dict[str, Power]:
    try:
        return read_powers(await _look(environment, source.name, "power-status", *names), names)
    except RecoveryError:
        return {}


async def host(environment: Environment, name: str, *, heard: bool = True) -> Seen:
    """Ask a host about itself, and whether wanted what it has `heard`: its guard's word, and what names mean there.

    Returns:
        The host, and what it says of its DBMS if it has one.
    """
    try:
        return read(await _look(environment, name, "observe", *([] if heard else ["self"])), time.time(), name)
    except RecoveryError as error:
        return HostSeen(fault=str(error)), None


async def inventory(environment: Environment, name: str) -> Inventory:
    """Ask a host what is installed. No failover waits for it, so it may take its time."""
    address, access = location(environment, name)
    try:
        shell = await reach.shell(access)
        silent_s = environment.probes.silent_s
        return read_inventory(
            await shell.read(address, *COMMAND, "inventory", silent_s=silent_s, deadline_s=INVENTORY_S)
        )
    except RecoveryError as error:
        return Inventory(fault=str(error))


async def _look(environment: Environment, name: str, *words: str) -> str:
    address, access = location(environment, name)
    shell = await reach.shell(access)
    probes = environment.probes
    return await shell.look(address, COMMAND, *words, silent_s=probes.silent_s, deadline_s=probes.deadline_s)
