"""Addresses in the Configuration Database: both regions share it, so whatever moves must stand there by its name."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.literals import Literals
from model.readiness.blocked import FAILOVERS, unless_off
from model.readiness.line import Check, Line
from model.view import View

REMEDY = "replace it by the framework name, or the DBMS's: who connects to an address does not follow a failover"
BY_NAME = Check("Configuration Database names no address", "prove", REMEDY, FAILOVERS)


def lines(view: View) -> Iterator[Line]:
    """Judge both copies: no address of a framework or DBMS host, of either region."""
    moving = {str(host.address): host.name for key in REGION_KEYS for host in view.environment.writers(key)}
    for region in REGION_KEYS:
        yield _line(view, region, moving)


def _line(view: View, region: RegionKey, moving: dict[str, str]) -> Line:
    name, seen = view.environment.dbms(region).name, view.seen.literals.get(region, Literals())
    if seen.found is None:
        return BY_NAME.judged(name, None, seen.fault, unless_off(view, name, FAILOVERS))
    wrong = [one for one in seen.found if one.address in moving]
    places = (f"{one.table}: {one.address} ({moving[one.address]}), {one.rows} rows, dbid {one.row}" for one in wrong)
    others = f"none of a framework or DBMS host; {len(seen.found) - len(wrong)} others, or version numbers"
    return BY_NAME.judged(name, not wrong, "; ".join(places) or others)
