"""Which parts of a failback are left, so that the flow is a straight list of them."""

from typing import NamedTuple

from model import commands
from model.environment.document import RegionKey
from model.record import Record
from model.step import Intent


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


def apart_from(environment: str, record: Record | None) -> tuple[str, ...]:
    """Say why there is no failback where framework and database are apart, and the way that there is."""
    if record is None or record.is_switching or record.data == record.active:
        return ()
    bring = Intent(runbook="dbms_failover", target=record.active, mode="planned", reason="...")
    way = commands.run(environment, bring)
    return (f"the framework is in {record.active}, its database in {record.data}: bring them together first: `{way}`",)
