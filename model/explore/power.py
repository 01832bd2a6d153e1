"""What becomes of a host that loses its power, or a component."""

from model.explore import bubble
from model.explore.world import Machine, Place, World


def power_off(world: World, place: Place) -> World:
    """Take the power away: what ran is gone, the disk and its firewall rules stay."""
    cut = world.set(place, on=False, running=frozenset(), leads=False, waiting=frozenset())
    cut = bubble.forgotten(cut, place)
    if place.role != "dbms":
        return cut
    return cut.set_database(place.region, running=False, sessions=frozenset())


def dies(world: World, place: Place, machine: Machine, kind: str) -> World:
    """Return the world in which a component is gone."""
    return world.set(place, running=machine.running - {kind}, leads=machine.leads and kind != "confserv")
