"""The environment as the explorer needs it, and the steady states that a search begins from."""

from copy import copy
from typing import Any

from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, PAIR, PAIRS, Database, Machine, Place, World
from model.observation import HostSeen
from model.step import Name, Step, Verb
from model.survey import Survey


class Ground:
    """The environment as the explorer needs it: which hosts are which role class, and what they run.

    The source's application hosts are one class: that one of several restarts after the other shows in the target.
    """

    def __init__(self, environment: Environment, target: RegionKey, *, folded: bool = True) -> None:
        """Fold the hosts of an environment into role classes.

        Args:
            folded: Installing and configuring one component of a host stands for all of them.
        """
        self.environment = environment
        self.target: RegionKey = target
        self.source: RegionKey = other(target)
        self.back = False
        self.hosts = {place: _members(environment, place, target) for place in EVERYWHERE}
        self.named = {place: tuple(host.name for host in hosts) for place, hosts in self.hosts.items()}
        self.seen: dict[Any, HostSeen] = {}
        self.surveyed: dict[Any, Survey] = {}
        self.places = {host.name: place for place, hosts in self.hosts.items() for host in hosts}
        crowd = environment.hosts(self.source, "application")
        self.places |= dict.fromkeys((host.name for host in crowd), Place(self.source, "first"))
        self.crowd = frozenset(host.name for host in crowd[1:])
        self.parts = {
            place: frozenset(part.kind for host in hosts for part in host.components if part.kind != "dbms")
            for place, hosts in self.hosts.items()
        }
        self.folded = folded
        self.addresses = {place: tuple(str(host.address) for host in hosts) for place, hosts in self.hosts.items()}
        self.names: dict[RegionKey, dict[str, tuple[str, ...]]] = {
            region: {name: (address,) for name, address in environment.addresses(region).items()}
            for region in REGION_KEYS
        }
        self.switched = frozenset(
            place for place, hosts in self.hosts.items() if all(host.hypervisor.power is not None for host in hosts)
        )
        self.rests_off = frozenset(place for place in PAIRS if environment.rests_off(self.hosts[place][0]))

    def alike(self, place: Place, kind: str) -> frozenset[str]:
        """Return the kinds of a host that are installed and configured with this one."""
        return self.parts[place] if self.folded else frozenset({kind})

    def is_one_of_many(self, step: Step, runbook: Name) -> bool:
        """Whether another step stands for this one: that of another host, or of the first component of this host."""
        if step.host in self.crowd:
            return True
        if runbook != "deploy" or step.verb not in (Verb.INSTALL, Verb.CONFIGURE, Verb.VERIFY) or not step.unit:
            return False
        place = self.places[step.host]
        return step.unit != self.hosts[place][0].components[0].kind

    def able(self, world: World, place: Place) -> frozenset[str]:
        """Return the kinds that can start on a host: those that are deployed there."""
        laid = world.machine(place).laid
        return self.parts[place] if laid is None else self.parts[place] & laid.configured

    def going_back(self, database: RegionKey) -> "Ground":
        """Return the same ground for an abort, whose target is the database's region; hosts are folded as before."""
        turned = copy(self)
        turned.target, turned.source, turned.back = database, other(database), True
        return turned

    def steady(self) -> World:
        """Return the steady state: the source is active, the target follows and is stopped."""
        return self.together(self.source)

    def together(self, region: RegionKey) -> World:
        """Return the steady state of a region: it is active, the other one follows, is stopped, and is wanted."""
        primary, follows = Database(sessions=frozenset({region})), other(region)
        return self._followed(region, region, primary)._replace(home=follows)

    def apart(self, database: RegionKey) -> World:
        """Return the steady state in which the framework is in the other region than its database, which is followed.

        It is wanted as it is: a runbook that wants another one says so.
        """
        home = other(database)
        primary = Database(sessions=frozenset({home}), blocked=frozenset(FRAMEWORK[database]))
        return self._followed(home, database, primary).set_alias(home, database)

    def after_switchover(self) -> World:
        """Return the state after a planned switchover: the target is active, the source stopped and closed."""
        old = Database(running=False, clean=True, blocked=PAIRS)
        shut = frozenset({Place(self.source, "dbms"), *FRAMEWORK[self.source]})
        new = Database(sessions=frozenset({self.target}), blocked=shut)
        return self._settled(self.target, self.target, new, old)

    def _followed(self, home: RegionKey, database: RegionKey, primary: Database) -> World:
        """Return a settled world whose other DBMS follows; it would let commits wait, once it is primary."""
        standby, follows = Database(standby=True, blocked=PAIRS), frozenset({other(database)})
        return self._settled(home, database, primary, standby)._replace(slots=follows, waits=follows)

    def _settled(self, home: RegionKey, database: RegionKey, used: Database, unused: Database) -> World:
        """Return a world in which nothing moves, and which is wanted as it is."""
        return World(
            machines=tuple(self._machine(place, home) for place in EVERYWHERE),
            databases=(used, unused) if database == REGION_KEYS[0] else (unused, used),
            active=home,
            target=home,
            names=home,
            secondary=home,
            forwarder=home,
            was=home,
            had=database,
            home=home,
            data=database,
            log=database,
        )

    def shut_out(self, world: World, database: RegionKey) -> frozenset[Place]:
        """Return the framework hosts that a region's DBMS is closed to in the end: all, where it is given up."""
        regions = REGION_KEYS if database == self.source else (world.away,)
        return frozenset(place for region in regions for place in FRAMEWORK[region])

    def _machine(self, place: Place, active: RegionKey) -> Machine:
        if place.role in CLIENTS:
            return Machine(running=self.parts[place], cache=active, at=active)
        dormant = place.region != active
        off = dormant and place in self.rests_off
        running = frozenset() if dormant else self.parts[place]
        return Machine(on=not off, running=running, leads=not dormant and place.role == "primary")


def _members(environment: Environment, place: Place, target: RegionKey) -> tuple[Host, ...]:
    match place.role:
        case "dbms":
            return (environment.dbms(place.region),)
        case "primary" | "backup":
            return (environment.framework(place.region)[PAIR.index(place.role)],)
        case "first":
            return environment.hosts(place.region, "application")[:1]
        case _:
            return environment.hosts(place.region, "application")[1:] if place.region == target else ()
