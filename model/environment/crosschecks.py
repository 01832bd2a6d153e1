"""Rules that span several fields, read from the raw document so that they speak even when single fields are wrong.

Sources: Genesys, "Disaster Recovery / Business Continuity" (two FQDNs, pairs, power) and "Redundant (HA) Configuration
Servers" (separate computers).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from model.environment.faults import Path

Finding = tuple[Path, str, str]

DNS_PORT = 53
SUPERUSER = "postgres"
HOLE = "{log_password}"
START_ORDER = ("lca", "confserv", "proxy", "scs", "message_server", "log_message_server", "dbms")
REQUIRED = {
    "framework_primary": ("lca", "confserv", "scs", "message_server"),
    "framework_backup": ("lca", "confserv", "scs", "message_server"),
    "application": ("lca", "proxy"),
    "dbms": ("dbms",),
}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _hosts(document: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for key in ("region1", "region2"):
        region = _mapping(_mapping(document.get("regions")).get(key))
        for index, host in enumerate(_list(region.get("hosts"))):
            yield ("regions", key, "hosts", index), _mapping(host)


def _machines(document: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield from _hosts(document)
    dns = _mapping(document.get("dns"))
    for section, owner in (("servers", dns), ("resolvers", dns), ("power", document)):
        prefix: Path = ("dns", section) if owner is dns else (section,)
        for index, machine in enumerate(_list(owner.get(section))):
            yield (*prefix, index), _mapping(machine)


def _unique(document: dict[str, Any]) -> Iterator[Finding]:
    for key in ("name", "address"):
        seen = Counter(str(machine.get(key)) for _, machine in _machines(document))
        for path, machine in _machines(document):
            if key in machine and seen[str(machine[key])] > 1:
                yield (*path, key), repr(str(machine[key])), "each machine has its own"


def _roles(document: dict[str, Any]) -> Iterator[Finding]:
    for key in ("region1", "region2"):
        roles = Counter(str(host.get("role")) for path, host in _hosts(document) if path[1] == key)
        for role, least, most in (("framework_primary", 1, 1), ("framework_backup", 1, 1), ("dbms", 1, 1)):
            if not least <= roles[role] <= most:
                found = f"{roles[role]} hosts of role {role}"
                yield ("regions", key, "hosts"), found, "exactly one, on a host of its own"
        if roles["application"] < 1:
            way = "at least one, with a Configuration Server Proxy"
            yield ("regions", key, "hosts"), "no application host", way


def _components(document: dict[str, Any]) -> Iterator[Finding]:
    for path, host in _hosts(document):
        kinds = [str(_mapping(part).get("kind")) for part in _list(host.get("components"))]
        for missing in sorted(set(REQUIRED.get(str(host.get("role")), ())) - set(kinds)):
            yield (*path, "components"), "no " + missing, f"a host of role {host.get('role')} needs it"
        known = [kind for kind in kinds if kind in START_ORDER]
        if known != sorted(known, key=START_ORDER.index):
            yield (*path, "components"), " ".join(known), "start order is " + " ".join(START_ORDER)
        ports = Counter(str(_mapping(part).get("port")) for part in _list(host.get("components")))
        units = Counter(str(_mapping(part).get("unit")) for part in _list(host.get("components")))
        for what, seen in (("port", ports), ("unit", units)):
            for twice in sorted(one for one, count in seen.items() if count > 1):
                yield (*path, "components"), f"{what} {twice} twice", "each component has its own"


def _power(document: dict[str, Any]) -> Iterator[Finding]:
    sources = {str(_mapping(p).get("name")): str(_mapping(p).get("site")) for p in _list(document.get("power"))}
    for path, host in _hosts(document):
        hypervisor = _mapping(host.get("hypervisor"))
        source = hypervisor.get("power")
        if hypervisor.get("kind") == "none" and source is not None:
            yield (*path, "hypervisor", "power"), repr(source), "kind: command, or no power source: none is a person"
        if hypervisor.get("kind") != "command":
            continue
        if source not in sources:
            way = f"one of the power sources: {', '.join(sorted(sources)) or 'none given'}"
            yield (*path, "hypervisor", "power"), repr(source), way
        elif sources[str(source)] == path[1] and not _rests_off(document, path, host):
            yield (*path, "hypervisor", "power"), repr(source), "a power source outside the region it fences"
    yield from _powered_off(document, sources)


def _powered_off(document: dict[str, Any], sources: dict[str, str]) -> Iterator[Finding]:
    """Judge that what rests without power can be given it: by no person, and by no source that dies with a region."""
    for path, host in _hosts(document):
        if not _rests_off(document, path, host):
            continue
        hypervisor = _mapping(host.get("hypervisor"))
        site = sources.get(str(hypervisor.get("power")))
        if hypervisor.get("kind") == "none":
            way = "command, with a power source: where a person acts, not yet supported: dormant: stopped"
            yield (*path, "hypervisor", "kind"), "none, and its region is dormant: powered_off", way
        elif site in ("region1", "region2"):
            found = f"{hypervisor['power']!r} in {site}, and its region is dormant: powered_off"
            way = "a power source in site third: whichever region is lost, it must still switch this host"
            yield (*path, "hypervisor", "power"), found, way


def _rests_off(document: dict[str, Any], path: Path, host: dict[str, Any]) -> bool:
    region = _mapping(_mapping(document.get("regions")).get(str(path[1])))
    return region.get("dormant") == "powered_off" and str(host.get("role")).startswith("framework_")


def _names(document: dict[str, Any]) -> Iterator[Finding]:
    dns = _mapping(document.get("dns"))
    zone, names = str(dns.get("zone")), [str(name) for name in _list(dns.get("framework_names"))]
    for index, name in enumerate(names):
        if not name.endswith("." + zone):
            yield ("dns", "framework_names", index), repr(name), f"a name in the zone {zone}"
    if len(names) != len(set(names)):
        way = "exactly two different names, the same for both pairs"
        yield ("dns", "framework_names"), "the same name twice", way


def _aliases(document: dict[str, Any]) -> Iterator[Finding]:
    dns, aliases = _mapping(document.get("dns")), _mapping(_mapping(document.get("database")).get("aliases"))
    zone, taken = str(dns.get("zone")), [str(name) for name in _list(dns.get("framework_names"))]
    for key, alias in aliases.items():
        path: Path = ("database", "aliases", key)
        if not str(alias).endswith("." + zone):
            yield path, repr(alias), f"a name in the zone {zone}"
        if str(alias) in taken:
            yield path, repr(alias), "a name of its own: the framework names and the other region's alias are others"
        taken.append(str(alias))


def _log(document: dict[str, Any]) -> Iterator[Finding]:
    """Judge the log database: it and its policy go together, and somebody writes into it in each region."""
    dns, database = _mapping(document.get("dns")), _mapping(document.get("database"))
    policy, log = database.get("log_policy"), _mapping(database.get("log"))
    if log and policy == "none":
        yield ("database", "log"), "a log database that nobody writes into", "log_policy: replica, site1, or cross"
    if not log and policy in ("replica", "site1", "cross"):
        yield ("database", "log_policy"), repr(policy), "a log database: add database.log, or say none"
    if not log:
        return
    if policy != "cross" and log.get("database") == database.get("config_database"):
        yield ("database", "log", "database"), repr(log.get("database")), "a database of its own"
    yield from _log_name(dns, database, log)
    yield from _log_message_servers(document)
    yield from _crossed(document, database, log) if policy == "cross" else _not_crossed(log)


def _log_login(document: dict[str, Any]) -> Iterator[Finding]:
    """Judge the login that deploy makes for the log database: it is given a password, and must be nobody else's."""
    deploy = _mapping(document.get("deploy"))
    making = _mapping(deploy.get("database"))
    account = _mapping(making.get("log")).get("account")
    if account is not None and account in (making.get("replication_user"), SUPERUSER):
        yield ("deploy", "database", "log", "account"), repr(account), "a login of its own"
    yield from _log_password(_mapping(deploy.get("components")))


def _log_password(components: dict[str, Any]) -> Iterator[Finding]:
    """Judge where its password is filled in: a host leaves out what follows `password=` in a file, and nothing else."""
    for kind, making in components.items():
        path: Path = ("deploy", "components", str(kind))
        words = [((*path, "start", index), word) for index, word in enumerate(_list(_mapping(making).get("start")))]
        for section, options in _mapping(_mapping(making).get("options")).items():
            words += [((*path, "options", str(section), str(name)), value) for name, value in _mapping(options).items()]
        for place, word in words:
            if HOLE in str(word) and (place[-1] != "password" or word != HOLE):
                yield place, repr(word), f"{HOLE} as all of an option named password, and nowhere else"


def _log_name(dns: dict[str, Any], database: dict[str, Any], log: dict[str, Any]) -> Iterator[Finding]:
    name, path = str(log.get("name")), ("database", "log", "name")
    if log.get("answered_by", "zone") == "zone" and not name.endswith("." + str(dns.get("zone"))):
        yield path, repr(name), f"a name in the zone {dns.get('zone')}, or answered_by: geo_dns"
    if name in map(str, (*_list(dns.get("framework_names")), *_mapping(database.get("aliases")).values())):
        yield path, repr(name), "a name of its own: it moves by itself"


def _not_crossed(log: dict[str, Any]) -> Iterator[Finding]:
    if log.get("servers") is not None:
        yield ("database", "log", "servers"), "log servers", "log_policy: cross; else it is a database of the same DBMS"


def _crossed(document: dict[str, Any], database: dict[str, Any], log: dict[str, Any]) -> Iterator[Finding]:
    """Judge what `cross` asks for: a log server of its own in each region, found by each region for itself."""
    where: Path = ("database", "log")
    if log.get("answered_by", "zone") == "zone":
        found = "zone: one answer for both regions"
        yield (*where, "answered_by"), found, "geo_dns under cross: each region is answered its own log server"
    servers = _mapping(log.get("servers"))
    if not servers:
        yield (*where, "servers"), "nothing", "under cross region1, region2, port and replicated_by of the log servers"
        return
    known = {str(machine.get("address")): (path, machine) for path, machine in _machines(document)}
    ports = {database.get("port"), *(part for _, host in _hosts(document) for part in _ports(host))}
    for key in ("region1", "region2"):
        path, machine = known.get(str(servers.get(key)), ((), {}))
        if machine and path[:2] != ("regions", key):
            yield (*where, "servers", key), f"{machine.get('name')}, not of {key}", f"a log server that stands in {key}"
        elif machine and machine.get("role") != "dbms":
            yield (*where, "servers", key), repr(machine.get("name")), "a DBMS host, or a machine of its own"
        elif machine and servers.get("port") in ports:
            yield (*where, "servers", "port"), repr(servers.get("port")), f"a port of its own on {machine.get('name')}"
    if servers.get("region1") is not None and servers.get("region1") == servers.get("region2"):
        yield (*where, "servers", "region2"), "that of region1", "a log server of its own: rows outlive a lost region"


def _ports(host: dict[str, Any]) -> Iterator[Any]:
    """Yield the ports that a DBMS host has for something else."""
    yield from (_mapping(part).get("port") for part in _list(host.get("components")) if host.get("role") == "dbms")


def _log_message_servers(document: dict[str, Any]) -> Iterator[Finding]:
    regions = {"region1": 0, "region2": 0}
    for path, host in _hosts(document):
        for index, part in enumerate(map(_mapping, _list(host.get("components")))):
            if part.get("kind") != "log_message_server":
                continue
            regions[str(path[1])] += 1
            where: Path = (*path, "components", index)
            if host.get("role") == "dbms":
                yield (*where, "kind"), "on a host of role dbms", "an application host, or a framework host"
            starter = part.get("started_by", "service")
            if host.get("role") == "application" and starter != "management_layer":
                yield (*where, "started_by"), repr(starter), "management_layer: its [sml] autostart is true"
    for key in (key for key, count in regions.items() if not count):
        yield ("regions", key, "hosts"), "no log_message_server", "at least one, on an application or framework host"


def _lock_server(document: dict[str, Any]) -> Iterator[Finding]:
    dns = _mapping(document.get("dns"))
    servers = {str(_mapping(server).get("name")): _mapping(server) for server in _list(dns.get("servers"))}
    lock = servers.get(str(dns.get("lock_server")))
    if lock is None:
        yield (
            ("dns", "lock_server"),
            repr(dns.get("lock_server")),
            f"one of the servers: {', '.join(sorted(servers))}",
        )
    elif lock.get("writes") != "primary":
        yield ("dns", "lock_server"), repr(dns.get("lock_server")), "a server with writes: primary"
    elif lock.get("site") != "third":
        yield ("dns", "lock_server"), f"a server in {lock.get('site')}", "a server outside both regions"
    for index, server in enumerate(_list(dns.get("servers"))):
        yield from _server(index, _mapping(server), lock)


def _server(index: int, server: dict[str, Any], lock: dict[str, Any] | None) -> Iterator[Finding]:
    """Judge a server: boot guards and printed updates know port 53 alone, and only the lock server is written to."""
    path = ("dns", "servers", index)
    if server.get("writes") == "primary" and not server.get("access"):
        yield (*path, "access"), "nothing", "the block with its update key"
    if server.get("writes") == "primary" and lock and server is not lock:
        yield (*path, "writes"), "a second primary", f"not yet supported: only {lock.get('name')} is written to"
    if server.get("port", DNS_PORT) != DNS_PORT:
        yield (*path, "port"), repr(server.get("port")), "not yet supported: guards ask port 53"


def _people(document: dict[str, Any]) -> Iterator[Finding]:
    approval = _mapping(document.get("approval"))
    approvers = [str(_mapping(one).get("name", one)) for one in _list(approval.get("approvers"))]
    yield from _too_few(approval, len(set(approvers)))
    people = _mapping(_mapping(approval.get("slack")).get("people"))
    members = Counter(str(member) for member in people.values())
    for name, member in people.items():
        path = ("approval", "slack", "people", str(name))
        if str(name) not in approvers:
            yield path, repr(str(name)), f"one of the approvers: {', '.join(approvers)}"
        if members[str(member)] > 1:
            yield path, repr(str(member)), "each person has a member id of their own"


def _too_few(approval: dict[str, Any], listed: int) -> Iterator[Finding]:
    quorum, eyes = approval.get("quorum"), 2 if approval.get("four_eyes") is True else 1
    field = "quorum" if isinstance(quorum, int) and quorum > eyes else "four_eyes"
    wanted = quorum if field == "quorum" and isinstance(quorum, int) else eyes
    if field in approval and wanted > listed:
        yield ("approval", field), repr(approval[field]), f"no more than are on the list, {listed}: nobody could begin"


def findings(document: dict[str, Any]) -> Iterator[Finding]:
    """Yield (path, found, allowed) of every rule the document breaks."""
    for rule in (_unique, _roles, _components, _power, _names, _aliases, _log, _log_login, _lock_server, _people):
        yield from rule(document)
