"""What each authoritative server answers itself, and the activation record on the writing one."""

import asyncio

from blocks.dns_server import ask
from model.environment.document import NameServer
from model.environment.environment import Environment
from model.errors import Refused, Transient
from model.observation import ServerSeen
from model.record import Record


async def server(environment: Environment, name: str) -> ServerSeen:
    """Ask one server for the framework names and the record."""
    known = next(item for item in environment.dns.servers if item.name == name)
    questions = [(fqdn, "A") for fqdn in environment.dns.framework_names] + [(environment.record_name, "TXT")]
    try:
        *addresses, texts = await asyncio.gather(*(_ask(environment, known, fqdn, kind) for fqdn, kind in questions))
    except Transient as error:
        return ServerSeen(fault=str(error))
    found = dict(zip(environment.dns.framework_names, addresses, strict=True))
    return ServerSeen(answers=True, addresses=found, record=" | ".join(texts) or None)


async def record(environment: Environment) -> tuple[Record | None, str]:
    """Read the activation record from its writing server; with the reason when there is none to read."""
    try:
        texts = await _ask(environment, environment.writer, environment.record_name, "TXT")
        if len(texts) != 1:
            return None, f"{len(texts)} TXT records where exactly one must be"
        return Record.parse(texts[0]), ""
    except (Transient, Refused) as error:
        return None, str(error)


async def _ask(environment: Environment, known: NameServer, name: str, kind: str) -> tuple[str, ...]:
    return await ask(str(known.address), known.port, name, kind, environment.probes.silent_s)
