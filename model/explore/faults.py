"""What may go wrong once, at any moment. Faults of a process (crash, lost acknowledgement, being overtaken) are in `search.py`."""

from collections.abc import Iterator

from model.environment.environment import REGION_KEYS
from model.explore.effects import power_off
from model.explore.nature import boot, settle
from model.explore.world import EVERYWHERE, PAIR, Ground, Machine, Place, World


def faults(ground: Ground, world: World) -> Iterator[tuple[str, World]]:
    """Yield every single fault that can happen to the world now."""
    for place in EVERYWHERE:
        if ground.hosts[place]:
            yield from _machine(ground, world, place)
    for region in REGION_KEYS:
        if region not in world.cut:
            yield f"the third site is cut off from {region}", world._replace(cut=world.cut | {region})
    for service in sorted(world.up):
        yield f"{service} falls silent", world._replace(up=world.up - {service})
    if world.streams(ground.target):
        yield "the standby falls off streaming", world._replace(fallen=True)


def _machine(ground: Ground, world: World, place: Place) -> Iterator[tuple[str, World]]:
    name, machine = f"{place.region} {place.role}", world.machine(place)
    if not machine.on:
        yield f"{name} gets power, unprepared", boot(ground, world, place)
        return
    yield f"{name} loses power", settle(power_off(world, place))
    yield f"{name} restarts", boot(ground, settle(power_off(world, place)), place)
    if not machine.silent:
        yield f"{name} falls silent and works on", world.set(place, silent=True)
    if "confserv" in machine.running:
        yield f"{name}: Configuration Server dies", settle(_dies(world, place, machine, "confserv"))
    if place.role in PAIR and "lca" in machine.running:
        yield f"{name}: Local Control Agent dies", _dies(world, place, machine, "lca")


def _dies(world: World, place: Place, machine: Machine, kind: str) -> World:
    return world.set(place, running=machine.running - {kind}, leads=machine.leads and kind != "confserv")


def lost_regions(ground: Ground) -> Iterator[tuple[str, World]]:
    """Yield the lab's steady state, and it with a region, or the heart of one, already lost; the last change had not arrived."""
    steady = ground.steady()
    late = steady._replace(behind=True)
    yield "steady", steady
    for region in REGION_KEYS:
        hosts = tuple(place for place in EVERYWHERE if place.region == region)
        yield f"{region} without power", _lost(late, hosts, region)
        yield f"{region} silent", _silent(late, hosts)._replace(up=late.up - _names_of(region))
        yield f"{region} silent and no power source", _silent(late, hosts)._replace(up=late.up - {"power"} - _names_of(region))
        yield f"{region} cut off", late._replace(cut=frozenset({region}))
        yield f"{region}: DBMS without power", _lost(late, hosts[:1], None)
        yield f"{region}: framework without power", _lost(late, hosts[1:3], None)


def _lost(world: World, places: tuple[Place, ...], region: str | None) -> World:
    for place in places:
        world = settle(power_off(world, place))
    return world._replace(up=world.up - _names_of(region))


def _silent(world: World, places: tuple[Place, ...]) -> World:
    for place in places:
        world = world.set(place, silent=True)
    return world


def _names_of(region: str | None) -> frozenset[str]:
    """The secondary DNS stands in region 1."""
    return frozenset({"secondary"} if region == REGION_KEYS[0] else ())
