"""Which parts of a failback are left, so that the flow is a straight list of them."""

from typing import NamedTuple

from model.environment.document import RegionKey


class WayBack(NamedTuple):
    """What is still to be done before the last part, which protects the region that was gone back to.

    Attributes:
        follow: The region to go back to is made to follow first.
        switch: The switchover to it is begun, or gone on with.
    """

    follow: bool
    switch: bool


def way_back(active: RegionKey, target: RegionKey, *, switching: bool) -> WayBack:
    """Say what is left.

    Args:
        active: The region that the record names.
        target: The region to go back to.
        switching: A full failover is open: it is gone on with, and nothing follows meanwhile.
    """
    return WayBack(follow=active != target and not switching, switch=active != target or switching)
