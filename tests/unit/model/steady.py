"""The laboratory as it stands when nothing has happened, and small changes to it."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from model.applications import Applications, Backup, Option
from model.bubble import Copy, Walls
from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.environment.load import parse
from model.inventory import Certificate, Inventory, Part, Sections
from model.literals import AddressLiteral, Literals
from model.observation import (
    ComponentSeen,
    DatabaseRole,
    DatabaseSeen,
    Guard,
    HostSeen,
    Minute,
    Observation,
    Power,
    Sample,
    ServerSeen,
    SlotSeen,
    Watch,
)
from model.record import Record

NOW = 1_000_000.0
FILE = Path("deployments/environments/lab.yaml")
RECORD = Record(epoch=3, state="steady", active="region1", target="region1")
SETTINGS = {
    "wal_log_hints": "on",
    "data_checksums": "off",
    "max_slot_wal_keep_size": "512",
    "hot_standby": "on",
    "wal_level": "replica",
    "max_connections": "100",
    "max_worker_processes": "8",
    "max_wal_senders": "10",
    "max_prepared_transactions": "0",
    "max_locks_per_transaction": "64",
    "max_replication_slots": "10",
    "full_page_writes": "on",
    "archive_mode": "off",
    "archive_command": "",
    "archive_library": "",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "server_version": "15.8",
    "fsync": "on",
}

LICENCE = AddressLiteral(table="cfg_flex_prop", address="198.18.0.10", rows=1, row="2")
APPLICATIONS = Applications(
    name="confserv_b", found=(Backup(name="confserv_b", enabled=True, served="confserv"),), fault=""
)
DAY = (Minute(at=NOW - 120, measured=60), Minute(at=NOW - 60, measured=60))


@cache
def lab(old: str = "", new: str = "") -> Environment:
    """Return the laboratory's environment, with one piece of its text replaced."""
    text = FILE.read_text()
    assert old in text
    return parse(text.replace(old, new, 1), str(FILE))


def steady(active: RegionKey = "region1") -> Observation:
    """Return what is seen while one region is active and the other follows."""
    known, record_ = lab(), replace(RECORD, active=active, target=active)
    hosts = {host.name: _host(known, key, host, active) for key, host in known.all_hosts()}
    resolvers = {resolver.name: _client(known, active) for resolver in known.dns.resolvers}
    return Observation(
        at=NOW,
        hosts=hosts | resolvers,
        databases={active: _primary(known, active), other(active): _standby(known, active)},
        servers={server.name: _server(known, record_) for server in known.dns.servers},
        record=record_,
        sample=Sample(at=NOW - 1, primary=5000, standby=5000, bytes_per_s=10.0, lag_s=0.0),
        watch=Watch(since=NOW - 60, until=NOW),
        inventories=_inventories(known),
        ttls={server.name: dict.fromkeys(_named(known), 30) for server in known.dns.servers},
        applications=APPLICATIONS,
        literals=dict.fromkeys(REGION_KEYS, Literals(found=(LICENCE,), fault="")),
    )


def _inventories(known: Environment) -> dict[str, Inventory]:
    resolvers = {resolver.name: Inventory(lifetimes=_left(known)) for resolver in known.dns.resolvers}
    return resolvers | {host.name: _inventory(known, key, host) for key, host in known.all_hosts()}


def _named(known: Environment) -> tuple[str, ...]:
    return (*known.dns.framework_names, *known.moved_names)


def _left(known: Environment) -> dict[str, int]:
    return dict.fromkeys(_named(known), 17)


def _inventory(known: Environment, region: RegionKey, host: Host) -> Inventory:
    configs = {"confserv": _confserv(known, region, host), "scs": {"general": {"application": f"scs_{host.name}"}}}
    return Inventory(
        parts={part.kind: Part(version="stand-in 8.5", config=configs.get(part.kind)) for part in host.components},
        paths=_paths(known) if host.role == "application" else {},
        lifetimes=_left(known),
    )


def _paths(known: Environment) -> dict[str, str]:
    hosts = [host for key in REGION_KEYS for host in known.framework(key)]
    return {f"{host.address}:{port}": "refused" for host in hosts for port in (2020, 7380, 7120)}


def _confserv(known: Environment, region: RegionKey, host: Host) -> dict[str, dict[str, str]]:
    own, peer = ("confserv", 1) if host.role == "framework_primary" else ("confserv_b", 0)
    server = {"server": "dbserver", "port": "2020", "ha-port": "2021", "peer": known.dns.framework_names[peer]}
    database = {"dbserver": known.dbms(region).name, "dbname": "config", "password": "(set)"}
    return {own: server, "dbserver": database, "log": {"all": f"/var/log/{host.name}.log"}}


def _answers(known: Environment, region: RegionKey) -> dict[str, tuple[str, ...]]:
    return {name: (address,) for name, address in known.addresses(region).items()}


def _client(known: Environment, active: RegionKey) -> HostSeen:
    return HostSeen(answers=True, epoch=3, names=_answers(known, active), clock_skew_s=0.1, disk_free_bytes=20 << 30)


def _host(known: Environment, region: RegionKey, host: Host, active: RegionKey) -> HostSeen:
    seen = replace(_client(known, active), power=Power.ON)
    if host.role == "application":
        parts: dict[str, ComponentSeen] = {
            part.kind: ComponentSeen(running=True, status="Running", unit=part.unit, port=part.port, loaded=True)
            for part in host.components
        }
        peers = frozenset(known.addresses(active).values())
        return replace(seen, guard=Guard.ABSENT, components=parts, peers=peers)
    return _writer(known, region, host, seen, active=region == active)


def _writer(known: Environment, region: RegionKey, host: Host, seen: HostSeen, *, active: bool) -> HostSeen:
    parts: dict[str, ComponentSeen] = {part.kind: _component(host, part.kind, active) for part in host.components}
    shut = frozenset() if active or host.role != "dbms" else frozenset(known.framework_addresses())
    return replace(
        seen,
        guard=Guard.OPEN if active else Guard.CLOSED,
        names=_answers(known, region),
        aliases=_aliases(known, region) if host.role != "dbms" else {},
        hosts_file=frozenset(known.dns.framework_names),
        blocked={known.database.port: shut},
        components=parts,
        walls=Walls() if host.role != "dbms" else None,
        copy=Copy() if host.role == "dbms" else None,
    )


def _component(host: Host, kind: str, active: bool) -> ComponentSeen:  # noqa: FBT001  (a builder of tests)
    part = host.component(kind)
    assert part
    seen = ComponentSeen(running=active or kind == "dbms", unit=part.unit, port=part.port, loaded=True, guarded=True)
    if kind == "confserv" and active:
        mode = "Primary" if host.role == "framework_primary" else "Backup"
        return replace(seen, status="Running", run_mode=mode, age_s=100.0)
    return seen


def _primary(known: Environment, region: RegionKey) -> DatabaseSeen:
    sessions = {str(host.address): 2 for host in known.framework(region)}
    return DatabaseSeen(
        role=DatabaseRole.PRIMARY,
        received=5000,
        streaming=True,
        sessions=sessions,
        configuring=frozenset(sessions),
        sync_names="",
        settings=SETTINGS,
        marked=True,
        canaries=frozenset(),
        held=(SlotSeen(name="r2_db", active=True, lost=False, kept_bytes=0),),
    )


def _standby(known: Environment, primary: RegionKey) -> DatabaseSeen:
    return DatabaseSeen(
        role=DatabaseRole.STANDBY,
        follows=str(known.dbms(primary).address),
        received=5000,
        streaming=True,
        sessions={},
        sync_names="",
        settings=SETTINGS,
        marked=True,
        canaries=frozenset(),
        held=(),
    )


def _server(known: Environment, found: Record) -> ServerSeen:
    answers, aliases = _answers(known, found.active), _aliases(known, *REGION_KEYS)
    return ServerSeen(answers=True, addresses=answers, aliases=aliases, record=found.text())


def _aliases(known: Environment, *regions: RegionKey) -> dict[str, tuple[str, ...]]:
    return {known.alias(region) or "": (str(known.dbms(region).address),) for region in regions}


def host(name: str, **changes: Any) -> Observation:
    """Return the steady laboratory with one host seen otherwise."""
    seen = steady()
    return replace(seen, hosts={**seen.hosts, name: replace(seen.hosts[name], **changes)})


def silent(name: str) -> Observation:
    """Return the steady laboratory with one host that does not answer at all."""
    seen = steady()
    return replace(seen, hosts={**seen.hosts, name: HostSeen(fault="no answer within 1 s")})


def part(name: str, kind: str, **changes: Any) -> Observation:
    """Return the steady laboratory with one component seen otherwise."""
    parts = steady().hosts[name].components
    return host(name, components={**parts, kind: replace(parts[kind], **changes)})


def database(region: RegionKey, **changes: Any) -> Observation:
    """Return the steady laboratory with one DBMS seen otherwise."""
    seen = steady()
    return replace(seen, databases={**seen.databases, region: replace(seen.databases[region], **changes)})


def lost_database(region: RegionKey) -> Observation:
    """Return the steady laboratory with one DBMS that does not answer."""
    seen = steady()
    return replace(seen, databases={**seen.databases, region: DatabaseSeen(fault="no answer")})


def setting(region: RegionKey, **values: str) -> Observation:
    """Return the steady laboratory with settings of one DBMS changed."""
    return database(region, settings=SETTINGS | values)


def server(name: str, **changes: Any) -> Observation:
    """Return the steady laboratory with one DNS server seen otherwise."""
    seen = steady()
    return replace(seen, servers={**seen.servers, name: replace(seen.servers[name], **changes)})


def record(**changes: Any) -> Observation:
    """Return the steady laboratory with another activation record, on every server."""
    changed = replace(RECORD, **changes)
    seen = steady()
    servers = {name: replace(answer, record=changed.text()) for name, answer in seen.servers.items()}
    return replace(seen, record=changed, servers=servers)


def no_record(fault: str = "silent") -> Observation:
    """Return the steady laboratory without a readable activation record."""
    return replace(steady(), record=None, record_fault=fault)


def after_failover() -> Observation:
    """Return what is seen when region 1 is off, and record and DBMS say that region 2 took over."""
    known, seen = lab(), steady()
    off = HostSeen(power=Power.OFF, fault="powered off")
    lost = {item.name: off for item in known.hosts("region1")}
    assert REGION_KEYS == ("region1", "region2")
    gone = DatabaseSeen(role=DatabaseRole.STOPPED, fault="powered off")
    primary = replace(seen.databases["region2"], role=DatabaseRole.PRIMARY, streaming=False)
    moved = replace(RECORD, active="region2", target="region2")
    return replace(seen, hosts={**seen.hosts, **lost}, databases={"region1": gone, "region2": primary}, record=moved)


def region1_off() -> Observation:
    """Return what is seen when region 2 works after a failover, and region 1 has no power."""
    seen = steady("region2")
    off = HostSeen(power=Power.OFF, fault="powered off")
    lost = {item.name: off for item in lab().hosts("region1")}
    gone = DatabaseSeen(role=DatabaseRole.STOPPED, fault="powered off")
    primary = replace(seen.databases["region2"], streaming=False)
    return replace(seen, hosts={**seen.hosts, **lost}, databases={"region1": gone, "region2": primary})


def installed(
    name: str, kind: str, config: Sections | None, fault: str = "", version: str | None = None
) -> Observation:
    """Return the steady laboratory with one component installed otherwise."""
    seen = steady()
    parts = {**seen.inventories[name].parts, kind: Part(version=version, config=config, fault=fault)}
    return replace(seen, inventories={**seen.inventories, name: Inventory(parts=parts)})


def confserv(name: str, section: str, **options: str) -> Observation:
    """Return the steady laboratory with options of one Configuration Server's file changed; `_` is a `-`."""
    config = steady().inventories[name].parts["confserv"].config or {}
    changed = {option.replace("_", "-"): value for option, value in options.items()}
    return installed(name, "confserv", {**config, section: {**config[section], **changed}}, version="stand-in 8.5")


def literals(region: RegionKey, *addresses: str, fault: str = "") -> Observation:
    """Return the steady laboratory with other addresses in a region's Configuration Database; with a fault, unread."""
    seen = steady()
    found = tuple(AddressLiteral(table="cfg_host", address=address, rows=2, row="101") for address in addresses)
    changed = Literals(found=None if fault else found, fault=fault)
    return replace(seen, literals={**seen.literals, region: changed})


def certificate(name: str, ends: float | None) -> Observation:
    """Return the steady laboratory with a certificate on one host."""
    seen = steady()
    found = (Certificate(path="/x.crt", ends=ends, fault="" if ends else "no such file"),)
    changed = replace(seen.inventories[name], certificates=found)
    return replace(seen, inventories={**seen.inventories, name: changed})


def slot(
    region: RegionKey, *, lost: bool = False, kept: int = 0, free: int = 20 << 30, limit: str = "512"
) -> Observation:
    """Return the steady laboratory with one slot of a DBMS that nobody reads."""
    held = (SlotSeen(name="old", active=False, lost=lost, kept_bytes=kept),)
    name, changed = lab().dbms(region).name, setting(region, max_slot_wal_keep_size=limit)
    dbms = replace(changed.databases[region], held=held)
    machine = replace(changed.hosts[name], disk_free_bytes=free)
    return replace(changed, hosts={**changed.hosts, name: machine}, databases={**changed.databases, region: dbms})


def path(name: str, where: str, outcome: str | None) -> Observation:
    """Return the steady laboratory with what came of one connect of an application host; None was not tried."""
    seen = steady()
    known = seen.inventories[name]
    others = {path: said for path, said in known.paths.items() if path != where}
    changed = replace(known, paths=others if outcome is None else {**others, where: outcome})
    return replace(seen, inventories={**seen.inventories, name: changed})


def dark(name: str, seen_from: str, where: str) -> Observation:
    """Return the steady laboratory with a host that is silent to everybody."""
    hosts = silent(name).hosts
    return replace(path(seen_from, where, "silent"), hosts=hosts)


def left(name: str, **seconds: int) -> Observation:
    """Return the steady laboratory with what one host's resolver keeps, by the first label of a name; `_` is a `-`."""
    seen = steady()
    told = {f"{label.replace('_', '-')}.gen.test": left for label, left in seconds.items()}
    changed = replace(seen.inventories[name], lifetimes=told)
    return replace(seen, inventories={**seen.inventories, name: changed})


def sent(**seconds: int | None) -> Observation:
    """Return the steady laboratory with another TTL of all that a server sends; None of one that sent nothing."""
    seen = steady()
    changed = {name: {} if ttl_s is None else dict.fromkeys(seen.ttls[name], ttl_s) for name, ttl_s in seconds.items()}
    return replace(seen, ttls={**seen.ttls, **changed})


def backup(*options: Option, **changes: Any) -> Observation:
    """Return the steady laboratory with another Application of the backup, or with options in which the two differ."""
    (one,) = APPLICATIONS.found or ()
    found = (replace(one, differing=options, **changes),)
    return replace(steady(), applications=replace(APPLICATIONS, found=found))
