"""What may go wrong once, at any moment. Faults of a process (dying, a lost answer, being overtaken): `search.py`."""

from collections.abc import Iterator

from model.environment.environment import REGION_KEYS
from model.explore import cloning, deploying
from model.explore.ground import Ground
from model.explore.nature import boot, settle
from model.explore.power import dies, power_off
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, PAIR, Place, World


def faults(ground: Ground, world: World) -> Iterator[tuple[str, World]]:
    """Yield every single fault that can happen to the world now."""
    for place in EVERYWHERE:
        if ground.hosts[place]:
            yield from _machine(ground, world, place)
    for region in REGION_KEYS:
        if region not in world.cut:
            yield (
                f"the third site is cut off from {region}",
                world._replace(cut=world.cut | {region}, up=world.up - names_of(region)),
            )
        else:
            yield (
                f"the third site reaches {region} again",
                world._replace(cut=world.cut - {region}, up=world.up | names_of(region)),
            )
    yield from cloning.accidents(ground, world)
    yield from deploying.accidents(ground, world)
    if world.turned and _promotable(ground, world):
        yield "the standby is promoted by hand", world.set_database(ground.target, standby=False)
    for service in sorted(world.up):
        yield f"{service} falls silent", world._replace(up=world.up - {service})
    if any(world.streams(region) for region in REGION_KEYS):
        yield "the standby falls off streaming", world._replace(fallen=True)
    if ground.source in world.slots and world.database(ground.source).standby:
        lost = world._replace(slots=world.slots - {ground.source})
        yield "the slot is lost, and the log with it", lost.set_database(ground.source, gap=True)


def _promotable(ground: Ground, world: World) -> bool:
    """Whether somebody may promote the standby by hand, and no rule is broken by that alone."""
    awake = any(world.machine(place).awake for place in FRAMEWORK[ground.target])
    return world.database(ground.target).standby and not world.writable(ground.source) and not awake


def _machine(ground: Ground, world: World, place: Place) -> Iterator[tuple[str, World]]:
    name, machine = f"{place.region} {place.role}", world.machine(place)
    if machine.silent and place.role in CLIENTS:
        return
    if machine.silent:
        yield f"{name} answers again", world.set(place, silent=False)
    if not machine.on:
        yield f"{name} gets power, unprepared", boot(ground, world, place)
        return
    if (
        place in FRAMEWORK[world.away]
        and world.state in ("switching", "resting")
        and (world.opened or world.was == place.region)
    ):
        yield from _late_starts(ground, world, place)
    yield f"{name} loses power", settle(power_off(world, place))
    yield f"{name} restarts", boot(ground, settle(power_off(world, place)), place)
    if (
        not machine.silent and place.role not in CLIENTS
    ):  # a silent client differs from a lost one in nothing anybody sees
        yield f"{name} falls silent and works on", world.set(place, silent=True)
    if "confserv" in machine.running:
        yield f"{name}: Configuration Server dies", settle(dies(world, place, machine, "confserv"))
    if place.role in PAIR and "lca" in machine.running:
        yield f"{name}: Local Control Agent dies", dies(world, place, machine, "lca")


def _late_starts(ground: Ground, world: World, place: Place) -> Iterator[tuple[str, World]]:
    """Let a start take effect to which the guard said yes before the swap; before long it must have."""
    early = world.state == "resting" or not world.writable(ground.target)
    kinds = ("lca", "scs", "confserv") if early else ("lca",)
    running = world.machine(place).running
    for kind in kinds:
        if kind not in running:
            yield (
                f"{place.region} {place.role}: a late start of {kind}",
                settle(world.set(place, running=running | {kind})),
            )


def names_of(region: str | None) -> frozenset[str]:
    """Return the DNS server lost with a region: the secondary stands in region 1."""
    return frozenset({"secondary"} if region == REGION_KEYS[0] else ())


def heard(ground: Ground, world: World) -> World:
    """Return the world as if what does not answer in the source were not there: a return guard speaks of the rest."""
    for place in EVERYWHERE:
        if place.region == (ground.source if place.role == "dbms" else world.away) and not world.reaches(place):
            world = power_off(world, place)
    return world
