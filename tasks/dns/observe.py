"""What each authoritative server answers itself, and the activation record on the writing one."""

import asyncio

from blocks.dns_server import ask, ask_ttl
from model.environment.document import NameServer
from model.environment.environment import Environment
from model.errors import Refused, Transient
from model.observation import ServerSeen
from model.record import Record

_PATIENCE = 3
_silent: set[tuple[str, str]] = set()


async def server(environment: Environment, name: str) -> ServerSeen:
    """Ask one server for the framework names and the record.

    Who said nothing when this process last asked is waited for a third as long: no power source tells of a name server
    that it is off, and a run looks many times while its region is lost. One answer gives it the whole wait again.
    """
    known = next(item for item in environment.dns.servers if item.name == name)
    names, aliases = environment.dns.framework_names, environment.moved_names
    questions = [(fqdn, "A") for fqdn in (*names, *aliases)] + [(environment.record_name, "TXT")]
    whole, asked = environment.probes.silent_s, (environment.name, name)
    wait_s = whole / _PATIENCE if asked in _silent else whole
    try:
        *addresses, texts = await asyncio.gather(*(_ask(known, fqdn, kind, wait_s) for fqdn, kind in questions))
    except Transient as error:
        _silent.add(asked)
        return ServerSeen(fault=str(error))
    _silent.discard(asked)
    found = dict(zip((*names, *aliases), addresses, strict=True))
    return ServerSeen(
        answers=True,
        addresses={name: found[name] for name in names},
        aliases={alias: found[alias] for alias in aliases},
        record=" | ".join(texts) or None,
    )


async def ttls(environment: Environment, name: str) -> dict[str, int]:
    """Ask one server how many seconds what it answers may be kept, by name; empty where it does not answer."""
    known = next(item for item in environment.dns.servers if item.name == name)
    names, wait_s = (*environment.dns.framework_names, *environment.moved_names), environment.probes.silent_s
    asked = (ask_ttl(str(known.address), known.port, fqdn, wait_s) for fqdn in names)
    try:
        found = zip(names, await asyncio.gather(*asked), strict=True)
    except Transient:
        return {}
    return {fqdn: ttl_s for fqdn, ttl_s in found if ttl_s is not None}


async def unmade(environment: Environment) -> bool:
    """Whether the writing server answers that there is no record.

    Raises:
        Transient: It does not answer.
    """
    return not await _ask(environment.writer, environment.record_name, "TXT", environment.probes.silent_s)


async def record(environment: Environment) -> tuple[Record | None, str]:
    """Read the activation record from its writing server; with the reason when there is none to read."""
    try:
        texts = await _ask(environment.writer, environment.record_name, "TXT", environment.probes.silent_s)
        if len(texts) != 1:
            return None, f"{len(texts)} TXT records where exactly one must be"
        return Record.parse(texts[0]), ""
    except (Transient, Refused) as error:
        return None, str(error)


async def _ask(known: NameServer, name: str, kind: str, silent_s: float) -> tuple[str, ...]:
    return await ask(str(known.address), known.port, name, kind, silent_s)
