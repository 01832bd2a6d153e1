"""Certificates: each that a host knows of is valid for a fortnight yet."""

from collections.abc import Iterator

from model.inventory import Certificate
from model.readiness.blocked import Blocks, needing
from model.readiness.drift import inventory
from model.readiness.line import Check, Line
from model.view import View

LEFT_DAYS = 14
DAY_S = 86_400
VALID = Check("certificate valid", "framework", "renew it on that host, and see that what serves it reads it again")


def lines(view: View) -> Iterator[Line]:
    """Judge every certificate of every host; a host that has none has no line."""
    for _, host in view.environment.all_hosts():
        for one in inventory(view, host).certificates:
            yield _line(one, host.name, view.seen.at, needing(view, host.name))


def _line(one: Certificate, name: str, now: float, blocks: Blocks) -> Line:
    subject = f"{name} {one.path}"
    if one.ends is None:
        return VALID.judged(subject, None, one.fault, blocks)
    days = (one.ends - now) / DAY_S
    found = f"{days:.0f} days left, {LEFT_DAYS} wanted" if days > 0 else f"ended {-days:.0f} days ago"
    return VALID.judged(subject, days >= LEFT_DAYS, found, blocks)
