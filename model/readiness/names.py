"""The names: what each server, each resolver and each host answers, and what stands in hosts files."""

from collections.abc import Iterator, Mapping

from model.environment.document import Host
from model.environment.environment import REGION_KEYS
from model.observation import HostSeen, ServerSeen
from model.readiness.blocked import EVERY, LIVING, NOTHING, data_in, needing
from model.readiness.line import Check, Line
from model.view import View

Answers = Mapping[str, tuple[str, ...]]

SERVED = Check("names on the server", "names", "correct the writer; check the zone transfer")
RESOLVED = Check("names on the host", "prove", "flush the cache; look which resolver answers otherwise", NOTHING)
OWN_PAIR = Check("hosts file of its own pair", "framework", "map both names to its own pair in /etc/hosts")
NO_NAMES = Check(
    "hosts file without names", "prove", "take the names out of /etc/hosts: it would never switch", NOTHING
)
ALIAS = Check("alias of the database", "framework", "let it answer the active DBMS: a restart would miss it", LIVING)


def servers(view: View) -> Iterator[Line]:
    """Judge every authoritative server: it answers the active region's addresses."""
    for server in view.environment.dns.servers:
        seen = view.seen.server(server.name)
        holds = dict(seen.addresses) == _of_active(view) if seen.answers else None
        blocks = EVERY if server is view.environment.writer else NOTHING
        yield SERVED.judged(server.name, holds, _text(seen.addresses) if seen.answers else seen.fault, blocks)


def clients(view: View) -> Iterator[Line]:
    """Judge what application hosts and shared resolvers resolve."""
    names = [host.name for key in REGION_KEYS for host in view.environment.hosts(key, "application")]
    for name in (*names, *(resolver.name for resolver in view.environment.dns.resolvers)):
        seen = view.host(name)
        holds = view.resolves(name, view.source) if seen.answers and seen.names else None
        yield RESOLVED.judged(name, holds, _text(seen.names) if seen.answers else seen.fault)


def hosts_files(view: View) -> Iterator[Line]:
    """Judge /etc/hosts: framework hosts must find their own pair there, all others nothing."""
    for key in REGION_KEYS:
        own = {name: (address,) for name, address in view.environment.addresses(key).items()}
        for host in view.environment.framework(key):
            yield _own_pair(view, host, own)
        for host in view.environment.hosts(key, "application"):
            seen = view.host(host.name)
            found = f"holds {', '.join(sorted(seen.hosts_file)) or 'none of them'}" if seen.answers else seen.fault
            yield NO_NAMES.judged(host.name, not seen.hosts_file if seen.answers else None, found)


def aliases(view: View) -> Iterator[Line]:
    """Judge what the active framework finds its database by: on the writer, and on its hosts; the other's is moved."""
    known = view.environment
    alias, wanted = known.alias(view.source), (str(known.dbms(data_in(view)).address),)
    if alias is None:
        return
    writer = view.environment.writer.name
    answers: dict[str, ServerSeen | HostSeen] = {writer: view.seen.server(writer)}
    for name, seen in (answers | {host.name: view.host(host.name) for host in known.framework(view.source)}).items():
        found = seen.aliases.get(alias)
        text = _text({alias: found}) if found is not None else seen.fault or "unknown"
        yield ALIAS.judged(name, None if found is None else found == wanted, text)


def _own_pair(view: View, host: Host, own: Answers) -> Line:
    seen, blocks = view.host(host.name), needing(view, host.name)
    if not seen.answers or not seen.names:
        return OWN_PAIR.judged(host.name, None, seen.fault or "unknown", blocks)
    listed = set(own) <= seen.hosts_file
    found = _text(seen.names) + ("" if listed else ", not from its hosts file")
    return OWN_PAIR.judged(host.name, listed and dict(seen.names) == own, found, blocks)


def _of_active(view: View) -> dict[str, tuple[str, ...]]:
    return {name: (address,) for name, address in view.environment.addresses(view.source).items()}


def _text(answers: Answers) -> str:
    return "; ".join(f"{name} {', '.join(found) or 'nothing'}" for name, found in sorted(answers.items())) or "unknown"
