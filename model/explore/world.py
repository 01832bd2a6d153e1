"""The world the explorer searches: what is really so, hosts folded into role classes, measurements into what they mean.

Nothing here is what anybody sees: that is `sight.py`.
"""

from typing import Any, Literal, NamedTuple

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.explore.laid import Laid
from model.explore.made import AS_DEPLOYED, Made
from model.record import State
from model.steps.parts import LOG_SERVER

Class = Literal["dbms", "primary", "backup", "first", "rest"]
CLASSES: tuple[Class, ...] = ("dbms", "primary", "backup", "first", "rest")
PAIR: tuple[Class, Class] = ("primary", "backup")
CLIENTS: tuple[Class, Class] = ("first", "rest")
THIRD_SITE = frozenset({"writer", "secondary", "forwarder", "power"})


class Place(NamedTuple):
    """A role class of a region: all hosts that the runbook treats alike."""

    region: RegionKey
    role: Class


EVERYWHERE = tuple(Place(region, role) for region in REGION_KEYS for role in CLASSES)
FRAMEWORK = {region: tuple(Place(region, role) for role in PAIR) for region in REGION_KEYS}
AT = {place: index for index, place in enumerate(EVERYWHERE)}
PAIRS = frozenset(place for pair in FRAMEWORK.values() for place in pair)
DBMS_AT = {region: AT[Place(region, "dbms")] for region in REGION_KEYS}
PAIR_AT = {region: tuple((place, AT[place]) for place in places) for region, places in FRAMEWORK.items()}


class Machine(NamedTuple):
    """One role class.

    Attributes:
        on: It has power.
        silent: It works on, but the control host gets no answer from it.
        running: Kinds of components that run.
        leads: Its Configuration Server holds the Primary role.
        waiting: Kinds of components that were to start while the guard could not ask; `dbms` is one.
        fresh: Kinds of site components started since the target has its Primary.
        cache: What its own resolver answers; None is nothing.
        at: The region its proxy was last connected to.
        made: What became of it as it was made anew; None is nothing.
        laid: What it has of a deployment; None is all of it, and nobody asks.
    """

    on: bool = True
    silent: bool = False
    running: frozenset[str] = frozenset()
    leads: bool = False
    waiting: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()
    cache: RegionKey | None = None
    at: RegionKey | None = None
    made: Made | None = None
    laid: Laid | None = None

    @property
    def awake(self) -> bool:
        """Whether anything of a framework runs that could write beside another: a log message server cannot."""
        return not self.running <= {LOG_SERVER}


class Database(NamedTuple):
    """One region's DBMS.

    Attributes:
        blocked: Who is shut out by its host's own rules, as `region/role`; survives a reboot.
        sessions: The regions whose Primary holds a session.
        guest: So does somebody else on a framework host: an administrator's tool.
        half: A reseed was begun and has not ended: no standby yet, a cluster nobody starts; a standby, a whole one.
        gap: The other one no longer has the log that this one needs.
        ready: It was made, or found, fit to go on as a standby by the process that has the epoch.
        foreign: It is a standby of somebody else.
    """

    running: bool = True
    standby: bool = False
    clean: bool = False
    blocked: frozenset[Place] = frozenset()
    sessions: frozenset[RegionKey] = frozenset()
    guest: bool = False
    half: bool = False
    gap: bool = False
    ready: bool = False
    foreign: bool = False


class World(NamedTuple):
    """What is really so.

    Attributes:
        names: The region the writer's A records name; likewise `secondary` and `forwarder`. None is nobody.
        taken: They answer somebody else's addresses.
        epoch: That of the record; 0 where there is none.
        ours: The record names our case.
        up: What works on the third site (and the secondary DNS).
        cut: Regions the third site cannot reach, nor they it.
        behind: The standby lacks something the source committed.
        arriving: What it lacks is on its way: the source was stopped cleanly.
        lost: Something committed was lost by the promotion.
        fallen: The standby has fallen off streaming.
        slots: Regions for whose DBMS the other keeps what it will need.
        exported: What only the source's DBMS has was written down.
        was: The region that was active when the case began: only its guard can have said yes to a late start.
        had: The region of the database then.
        home: The region of the framework in the end, as the case wants it.
        data: The region whose DBMS may be primary, by the record.
        aliases: The region of the DBMS that each region's framework knows by its alias.
        log: The region of the DBMS that the log database's name answers; who writes there is there as soon as it is.
        turned: The case goes back: it is being aborted.
        opened: It was turned once the guards of the region that was to take over had opened: one may have said yes.
        returned: Something was committed in the source by an abort.
        walls: Who stands within the walls of a bubble; a boot forgets them.
        copy: The region beside whose DBMS a copy is, and whether it serves.
        drilled: Something was committed in a copy.
        waits: Regions whose DBMS, once primary, lets commits wait for a standby that is not there.
        quiet: People have stopped what was in use, as they were told: it is a maintenance window.
        copying: Hosts are made anew: their hypervisors are asked, and what is laid on them.
    """

    machines: tuple[Machine, ...]
    databases: tuple[Database, Database]
    active: RegionKey
    target: RegionKey
    names: RegionKey | None
    secondary: RegionKey | None
    forwarder: RegionKey | None
    epoch: int = 1
    taken: bool = False
    state: State = "steady"
    ours: bool = False
    up: frozenset[str] = THIRD_SITE
    cut: frozenset[RegionKey] = frozenset()
    behind: bool = False
    arriving: bool = False
    lost: bool = False
    fallen: bool = False
    slots: frozenset[RegionKey] = frozenset()
    exported: bool = False
    was: RegionKey = REGION_KEYS[0]
    had: RegionKey = REGION_KEYS[0]
    home: RegionKey = REGION_KEYS[1]
    data: RegionKey = REGION_KEYS[0]
    aliases: tuple[RegionKey, RegionKey] = REGION_KEYS
    waits: frozenset[RegionKey] = frozenset()
    log: RegionKey = REGION_KEYS[0]
    canary: bool = False
    turned: bool = False
    opened: bool = False
    returned: bool = False
    walls: frozenset[Place] = frozenset()
    copy: tuple[RegionKey, bool] | None = None
    drilled: bool = False
    quiet: bool = False
    copying: bool = False

    def machine(self, place: Place) -> Machine:
        """Return a role class."""
        return self.machines[AT[place]]

    def set(self, place: Place, **changes: Any) -> "World":
        """Return the world with one role class changed."""
        return self.put(place, self.machine(place)._replace(**changes))

    def put(self, place: Place, machine: Machine) -> "World":
        """Return the world with another machine in the place of a role class."""
        at = AT[place]
        return self._replace(machines=(*self.machines[:at], machine, *self.machines[at + 1 :]))

    def database(self, region: RegionKey) -> Database:
        """Return a region's DBMS."""
        first, second = self.databases
        return first if region == REGION_KEYS[0] else second

    def set_database(self, region: RegionKey, **changes: Any) -> "World":
        """Return the world with one DBMS changed."""
        first, second = self.databases
        if region == REGION_KEYS[0]:
            return self._replace(databases=(first._replace(**changes), second))
        return self._replace(databases=(first, second._replace(**changes)))

    def runs(self, place: Place, kind: str) -> bool:
        """Whether a component runs."""
        return kind in self.machine(place).running

    def reaches(self, place: Place) -> bool:
        """Whether the control host gets an answer."""
        machine = self.machine(place)
        there = machine.on and (machine.made is None or machine.made.reached)
        return there and not machine.silent and place.region not in self.cut

    def tells(self, place: Place) -> bool:
        """Whether a host's own side answers."""
        laid = self.machine(place).laid
        return self.reaches(place) and (laid is None or laid.tells)

    @property
    def deploying(self) -> bool:
        """Whether it is asked what hosts have of a deployment."""
        return self.machines[0].laid is not None

    def guard(self, place: Place) -> Literal["open", "closed", "silent"]:
        """Return what a host's boot guard would be told now; a DBMS host's goes by the database's region."""
        if place in self.walls:  # it asks nobody: a permit that ends where a younger epoch acts
            return "open" if self.state == "drill" else "closed"
        made = self.machine(place).made or AS_DEPLOYED
        if made.alone or made.half:
            return "closed"
        if "writer" not in self.up or place.region in self.cut or not made.cable or not self.epoch:
            return "silent"
        if place.role == "dbms":
            return "open" if place.region == self.data else "closed"
        region = place.region if made.itself else other(place.region)
        opens = region == (self.target if self.state == "switching" else self.active)
        return "open" if opens and self.state != "resting" else "closed"

    def back(self) -> "World":
        """Return the world in which people have aborted the switch; no process of that has the epoch yet."""
        return self._replace(home=self.was, turned=True, opened=self.state == "switching", epoch=1)

    def escalated(self, home: RegionKey) -> "World":
        """Return the world in which people give up more, and want the framework there."""
        return self._replace(home=home, turned=False, opened=False)

    @property
    def away(self) -> RegionKey:
        """The region in which no framework runs in the end."""
        return other(self.home)

    def alias(self, region: RegionKey) -> RegionKey:
        """Return the region of the DBMS that a region's framework finds."""
        return self.aliases[REGION_KEYS.index(region)]

    def set_alias(self, region: RegionKey, database: RegionKey) -> "World":
        """Return the world with a region's alias moved."""
        first, second = self.aliases
        return self._replace(aliases=(database, second) if region == REGION_KEYS[0] else (first, database))

    def held(self, region: RegionKey) -> RegionKey | None:
        """Return the region of the DBMS on which a region's Primary holds a session."""
        return next((key for key in REGION_KEYS if region in self.database(key).sessions), None)

    def streams(self, standby: RegionKey) -> bool:
        """Whether a region's DBMS receives from the other."""
        mine, theirs = self.database(standby), self.database(other(standby))
        receiver = Place(standby, "dbms")
        cut_off = self.fallen or receiver in theirs.blocked or standby not in self.slots or mine.gap or mine.foreign
        return mine.running and mine.standby and theirs.running and not theirs.standby and not cut_off

    def writable(self, region: RegionKey) -> bool:
        """Whether a region's DBMS is primary, and has the Configuration Database."""
        laid = self.machines[DBMS_AT[region]].laid
        made = laid is None or laid.cluster == "made"
        return made and self.database(region).running and not self.database(region).standby

    def hung(self, region: RegionKey) -> bool:
        """Whether a commit there would wait for ever."""
        return region in self.waits and self.writable(region)

    def leader(self, region: RegionKey) -> Place | None:
        """Return who holds a region's Primary role, working or not."""
        for place, at in PAIR_AT[region]:
            if self.machines[at].leads:
                return place
        return None

    def serves(self, region: RegionKey) -> bool:
        """Whether a region has a Primary that works: it has its database."""
        held = self.held(region)
        return held is not None and self.leader(region) is not None and not self.hung(held)

    def inside(self, region: RegionKey) -> bool:
        """Whether a Primary works on a copy, within walls."""
        return self.leader(region) in self.walls and self.copy == (region, True)

    def renewed(self, target: RegionKey) -> bool:
        """Whether the framework that is wanted serves from the database that is wanted."""
        return self.held(self.home) == target and self.serves(self.home)

    def normal(self, place: Place) -> bool:
        """Whether a proxy is in normal mode."""
        at = self.machine(place).at
        return self.runs(place, "proxy") and at is not None and self.serves(at)


def bare(world: World) -> World:
    """Return what the rules are judged by: what is so of writers, names and the record, never a client or a cache."""
    machines = tuple(
        Machine(on=False) if place.role in CLIENTS else machine._replace(silent=False) if machine.silent else machine
        for place, machine in zip(EVERYWHERE, world.machines, strict=True)
    )
    target = world.target
    return world._replace(machines=machines, secondary=target, forwarder=target, behind=False, log=target, canary=False)
