"""The environment as the explorer needs it, and the steady states that a search begins from."""

from typing import Any

from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.explore.world import CLIENTS, EVERYWHERE, PAIR, Database, Machine, Place, World
from model.observation import HostSeen


class Ground:
    """The environment as the explorer needs it: which hosts are which role class, and what they run.

    The source's application hosts are one class: that one of several restarts after the other shows in the target.
    """

    def __init__(self, environment: Environment, target: RegionKey) -> None:
        """Fold the hosts of an environment into role classes."""
        self.environment = environment
        self.target: RegionKey = target
        self.source: RegionKey = other(target)
        self.hosts = {place: _members(environment, place, target) for place in EVERYWHERE}
        self.named = {place: tuple(host.name for host in hosts) for place, hosts in self.hosts.items()}
        self.seen: dict[Any, HostSeen] = {}
        self.places = {host.name: place for place, hosts in self.hosts.items() for host in hosts}
        crowd = environment.hosts(self.source, "application")
        self.places |= dict.fromkeys((host.name for host in crowd), Place(self.source, "first"))
        self.crowd = frozenset(host.name for host in crowd[1:])
        self.parts = {
            place: frozenset(part.kind for host in hosts for part in host.components if part.kind != "dbms")
            for place, hosts in self.hosts.items()
        }
        self.addresses = {place: tuple(str(host.address) for host in hosts) for place, hosts in self.hosts.items()}
        self.names: dict[RegionKey, dict[str, tuple[str, ...]]] = {
            region: {name: (address,) for name, address in environment.addresses(region).items()}
            for region in REGION_KEYS
        }
        self.switched = frozenset(
            place for place, hosts in self.hosts.items() if all(host.hypervisor.power is not None for host in hosts)
        )

    def steady(self) -> World:
        """Return the steady state: the source is active, the target follows and is stopped."""
        return self.together(self.source)

    def together(self, region: RegionKey) -> World:
        """Return the steady state of a region: it is active, the other one follows, is stopped, and is wanted."""
        machines, dormant = tuple(self._machine(place, region) for place in EVERYWHERE), other(region)
        shut = frozenset(Place(region, role) for region in REGION_KEYS for role in PAIR)
        standby = Database(standby=True, blocked=shut)
        primary = Database(sessions=frozenset({region}))
        return World(
            machines=machines,
            databases=(primary, standby) if region == REGION_KEYS[0] else (standby, primary),
            active=region,
            target=region,
            names=region,
            secondary=region,
            forwarder=region,
            was=region,
            had=region,
            home=dormant,
            data=region,
            slots=frozenset({dormant}),
            waits=frozenset({dormant}),
        )

    def after_switchover(self) -> World:
        """Return the state after a planned switchover: the target is active, the source stopped and closed."""
        machines = tuple(self._after(place) for place in EVERYWHERE)
        shut = frozenset(Place(region, role) for region in REGION_KEYS for role in PAIR)
        old = Database(running=False, clean=True, blocked=shut)
        new = Database(
            sessions=frozenset({self.target}), blocked=frozenset(Place(self.source, role) for role in ("dbms", *PAIR))
        )
        return World(
            machines=machines,
            databases=(old, new) if self.source == REGION_KEYS[0] else (new, old),
            active=self.target,
            target=self.target,
            names=self.target,
            secondary=self.target,
            forwarder=self.target,
            was=self.target,
            had=self.target,
            home=self.target,
            data=self.target,
        )

    def shut_out(self, world: World, database: RegionKey) -> frozenset[Place]:
        """Return the framework hosts that a region's DBMS is closed to in the end: all, where it is given up."""
        regions = REGION_KEYS if database == self.source else (world.away,)
        return frozenset(Place(region, role) for region in regions for role in PAIR)

    def apart(self, database: RegionKey) -> World:
        """Return the steady state in which the framework is in the other region than its database, which is followed.

        It is wanted as it is: a runbook that wants another one says so.
        """
        home = other(database)
        shut = frozenset(Place(region, role) for region in REGION_KEYS for role in PAIR)
        primary = Database(sessions=frozenset({home}), blocked=frozenset(Place(database, role) for role in PAIR))
        standby = Database(standby=True, blocked=shut)
        return World(
            machines=tuple(self._apart(place, home) for place in EVERYWHERE),
            databases=(primary, standby) if database == REGION_KEYS[0] else (standby, primary),
            active=home,
            target=home,
            names=home,
            secondary=home,
            forwarder=home,
            was=home,
            had=database,
            home=home,
            data=database,
            slots=frozenset({home}),
            waits=frozenset({home}),
        ).set_alias(home, database)

    def _apart(self, place: Place, home: RegionKey) -> Machine:
        if place.role in CLIENTS:
            return Machine(running=self.parts[place], cache=home, at=home)
        active = place.region == home and place.role in PAIR
        return Machine(running=self.parts[place] if active else frozenset(), leads=active and place.role == "primary")

    def _after(self, place: Place) -> Machine:
        if place.role in CLIENTS:
            return Machine(running=self.parts[place], cache=self.target, at=self.target)
        active = place.region == self.target
        running = self.parts[place] if active else frozenset()
        return Machine(running=running, leads=active and place.role == "primary")

    def _machine(self, place: Place, active: RegionKey) -> Machine:
        if place.role in CLIENTS:
            return Machine(running=self.parts[place], cache=active, at=active)
        dormant = place.region != active
        off = dormant and place.role in PAIR and self.environment.region(place.region).dormant == "powered_off"
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
