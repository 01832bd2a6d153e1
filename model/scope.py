"""What must be measured to judge given conditions of a step: no more, so that a look is quick."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from model.conditions import SEES, Part
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import DatabaseRole, Observation, Power
from model.step import Intent, Name, Step
from model.steps.parts import counterpart
from model.view import View

Found = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Names of hosts to ask, regions whose DBMS to ask, DNS servers to ask, and whether to read the record.

    `heard`: those of `hosts` that are also asked what others told them: their guard's word, and what names mean there.
    `inventories`: whether hosts and databases are also asked what is installed, which is too slow for every look.
    `surveys`: hosts to ask what they have of a deployment; a bare one can be asked nothing else. Where `laid`, only by
    the host side that is there: nothing is sent along, which a narrow sudo would refuse and report.
    `machines`: hosts whose hypervisor is asked of them; `cuts`: those from and to which connections are tried.
    `logs`: regions whose log database to ask, where there is one.
    `tried`: likewise for hosts within the walls of a bubble; `rooms`: DBMS hosts, whether a copy has room there.
    """

    hosts: frozenset[str] = frozenset()
    heard: frozenset[str] = frozenset()
    databases: frozenset[RegionKey] = frozenset()
    servers: frozenset[str] = frozenset()
    record: bool = False
    inventories: bool = False
    surveys: frozenset[str] = frozenset()
    laid: bool = False
    machines: frozenset[str] = frozenset()
    cuts: frozenset[str] = frozenset()
    logs: frozenset[RegionKey] = frozenset()
    tried: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()

    def __or__(self, more: "Scope") -> "Scope":
        """Join two scopes."""
        return Scope(
            hosts=self.hosts | more.hosts,
            heard=self.heard | more.heard,
            databases=self.databases | more.databases,
            servers=self.servers | more.servers,
            record=self.record or more.record,
            inventories=self.inventories or more.inventories,
            surveys=self.surveys | more.surveys,
            laid=self.laid or more.laid,
            machines=self.machines | more.machines,
            cuts=self.cuts | more.cuts,
            logs=self.logs | more.logs,
            tried=self.tried | more.tried,
            rooms=self.rooms | more.rooms,
        )


OWN: Mapping[Part, Callable[[frozenset[str]], Scope]] = {
    "survey": lambda own: Scope(surveys=own),
    "machine": lambda own: Scope(machines=own),
    "cut off": lambda own: Scope(cuts=own),
    "walls": lambda own: Scope(tried=own),
    "room": lambda own: Scope(rooms=own),
    "server": lambda own: Scope(servers=own),
    "host": lambda own: Scope(hosts=own),
    "heard": lambda own: Scope(hosts=own, heard=own),
    "power": lambda own: Scope(hosts=own),
}  # parts of the step's own host


def whole(environment: Environment) -> Scope:
    """Return the scope of everything."""
    hosts = frozenset(host.name for _, host in environment.all_hosts())
    hosts |= {resolver.name for resolver in environment.dns.resolvers}
    return Scope(
        hosts=hosts,
        heard=hosts,
        databases=frozenset(REGION_KEYS),
        servers=frozenset(server.name for server in environment.dns.servers),
        record=True,
        logs=frozenset(REGION_KEYS if environment.database.log else ()),
    )


def of_runbook(environment: Environment, intent: Intent) -> Scope:
    """Return what a runbook looks at before it begins, and between its stages."""
    if intent.runbook == "clone_and_isolate":
        names = frozenset(host.name for key in REGION_KEYS for host in environment.framework(key))
        return whole(environment) | Scope(surveys=names, machines=names)
    if intent.runbook == "bubble":
        return whole(environment) | Scope(rooms=frozenset({environment.dbms(other(intent.framework)).name}))
    if intent.runbook != "deploy":
        return whole(environment)
    return whole(environment) | Scope(surveys=frozenset(host.name for _, host in environment.all_hosts()))


def of_readiness(environment: Environment) -> tuple[Scope, Scope]:
    """Return what readiness looks at: all that any runbook does before it begins, whichever region is active.

    Deployments, machines and copies come after all else: what they cost their hosts would make these late.
    """
    wanted = whole(environment) | Scope(inventories=True)
    for name in get_args(Name):
        for key in REGION_KEYS:
            wanted |= of_runbook(environment, Intent(runbook=name, target=key, mode="planned", reason="readiness"))
    none: frozenset[str] = frozenset()
    then = Scope(surveys=wanted.surveys, laid=True, machines=wanted.machines, rooms=wanted.rooms)
    return replace(wanted, surveys=none, machines=none, rooms=none), then


def unseen(seen: Observation, scope: Scope) -> tuple[str, ...]:
    """Return what was asked and did not answer, so that a condition failed out of ignorance. Off is known."""
    hosts = [name for name in scope.hosts if not seen.host(name).answers and seen.host(name).power is not Power.OFF]
    databases = [key for key in scope.databases if seen.database(key).role is DatabaseRole.UNKNOWN]
    servers = [name for name in scope.servers if not seen.server(name).answers]
    databases += [f"log of {key}" for key in scope.logs if seen.log(key).fault and not seen.log(key).off]  # type: ignore[misc]
    hosts += [name for name in scope.surveys if not seen.survey(name).answers]
    record = ["activation record"] if scope.record and seen.record is None else []
    return tuple(sorted([*dict.fromkeys(hosts), *databases, *servers, *record]))


def scope_of(names: Iterable[str], view: View, step: Step) -> Scope:
    """Return what the named conditions of a step must see."""
    scope = Scope()
    for part in {part for name in names for part in SEES[name]}:
        scope = scope | _part(part, view, step)
    return scope


def _part(part: Part, view: View, step: Step) -> Scope:
    environment, own = view.environment, frozenset({step.host})
    if part in OWN:
        return OWN[part](own)
    match part:
        case "counterpart":
            return Scope(surveys=frozenset({counterpart(environment, step.host).name}))
        case "record":
            return Scope(record=True)
        case "writer":
            return Scope(servers=frozenset({environment.writer.name}))
        case "database":
            return _database(environment, environment.region_of(step.host))
        case "region":
            return _applications(environment, step.host)
        case "target log" | "own log" | "logs":
            return _logs(environment, part, view, step)
        case "dormant database host" | "target database host":
            region = view.away if part.startswith("dormant") else view.target
            return Scope(hosts=frozenset({environment.dbms(region).name}))
        case "source framework" | "target framework" | "dormant framework":
            return _pair(part, view)
        case _:  # "source database" or "target database"
            return _database(environment, _region(part, view))


def _logs(environment: Environment, part: Part, view: View, step: Step) -> Scope:
    """Return log databases, with the hosts whose power says whether to wait for them."""
    regions: tuple[RegionKey, ...] = ()
    match part, environment.is_crossed:
        case "own log", True:
            regions = (environment.region_of(step.host),)
        case "logs", True:
            regions = REGION_KEYS
        case "target log", False:
            regions = (view.target,)
    hosts = (environment.log_host(key) for key in regions)
    return Scope(hosts=frozenset(host.name for host in hosts if host), logs=frozenset(regions))


def _region(part: Part, view: View) -> RegionKey:
    return view.source if part.startswith("source") else view.target


def _pair(part: Part, view: View) -> Scope:
    pair = _framework(view.environment, view.home if part.startswith("target") else view.away)
    return Scope(surveys=pair.hosts, machines=pair.hosts) if part.startswith("dormant") else pair


def _framework(environment: Environment, region: RegionKey) -> Scope:
    return Scope(hosts=frozenset(host.name for host in environment.framework(region)))


def _database(environment: Environment, region: RegionKey) -> Scope:
    return Scope(hosts=frozenset({environment.dbms(region).name}), databases=frozenset({region}))


def _applications(environment: Environment, name: str) -> Scope:
    region = next((key for key in REGION_KEYS if key == name), None)
    if region is None and environment.host(name).role != "application":
        return _framework(environment, environment.region_of(name))
    hosts = environment.hosts(region or environment.region_of(name), "application")
    return Scope(hosts=frozenset(host.name for host in hosts))
