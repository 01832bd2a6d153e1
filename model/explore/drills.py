"""The worlds in which a bubble is made, and those in which one stands when its neighbour is lost."""

from collections.abc import Iterator

from model.environment.environment import REGION_KEYS
from model.explore.faults import names_of
from model.explore.ground import Ground
from model.explore.nature import settle
from model.explore.power import power_off
from model.explore.world import EVERYWHERE, FRAMEWORK, Place, World

Found = tuple[str, World, int]  # what it is called, how it is, and how many faults may still happen


def dormant(ground: Ground) -> Iterator[Found]:
    """Yield the target active and the source dormant beside it; and with what a killed drill has left there."""
    asleep = ground.together(ground.target)._replace(home=ground.target)
    rests = switched_on(asleep, FRAMEWORK[ground.source])
    yield "steady", rests, 1
    yield "without power, as it may rest", asleep, 0
    yield "a copy of somebody's was left", rests._replace(copy=(ground.source, False)), 1
    left = rests._replace(walls=frozenset(FRAMEWORK[ground.source][:1]), copy=(ground.source, True))
    yield "walls and a copy were left", left, 1
    hosts = FRAMEWORK[ground.source]
    yield "a dormant host without power", unpowered(rests, hosts[1:]), 0
    yield "the standby does not stream", rests._replace(fallen=True), 0
    works = left._replace(walls=frozenset(hosts))
    for place in hosts:
        works = works.set(place, running=ground.parts[place])
    yield "somebody's bubble works", settle(works), 1


def standing(ground: Ground) -> Iterator[Found]:
    """Yield a bubble that stands in the region that takes over, half made or at work, and the other region lost."""
    hosts = FRAMEWORK[ground.target]
    steady = switched_on(ground.steady(), hosts)
    walled = steady._replace(state="drill", walls=frozenset(hosts))
    works = walled._replace(copy=(ground.target, True))
    for place in hosts:
        works = works.set(place, running=ground.parts[place])
    half = walled._replace(walls=walled.walls - {hosts[1]}, copy=(ground.target, False))
    lost = tuple(place for place in EVERYWHERE if place.region == ground.source)
    for name, world in (("walls are raised", walled), ("works", settle(works)), ("is half made", half)):
        yield f"a bubble {name}, {ground.source} without power", unpowered(world, lost), 1


def switched_on(world: World, places: tuple[Place, ...]) -> World:
    """Return the world with places up: somebody has given power to what rests without, behind its closed guard."""
    for place in places:
        world = world.set(place, on=True)
    return world


def unpowered(world: World, places: tuple[Place, ...]) -> World:
    """Take the power away from places, and what stands there of DNS."""
    for place in places:
        world = settle(power_off(world, place))
    whole = {region for region in REGION_KEYS if {place for place in EVERYWHERE if place.region == region} <= {*places}}
    return world._replace(up=world.up - frozenset(name for region in whole for name in names_of(region)))
