"""Framework hosts that rest without power: judged by what was seen when they were up last, and how long ago that is."""

from collections.abc import Iterator
from dataclasses import replace

from model.environment.document import Host
from model.observation import HostSeen, Kept, Power
from model.readiness.blocked import NOTHING, WAKING
from model.readiness.line import Check, Line
from model.view import View

HOUR_S, DAY_S = 3_600, 86_400
STALE_S = 8 * DAY_S  # made anew every week, and a day more
LOOK = "clone-and-isolate: it starts the host cut off, looks at it, and switches it off"
SEEN = Check("looked at lately", "framework", LOOK, WAKING)
RESTS = Check("rests without power", "framework", f"switch it off at its power source, or run {LOOK}", NOTHING)


def remembered(view: View) -> View:
    """Return the view with what rests without power as it was seen last: that it does not run now is known."""
    hosts = {host.name: host for host in _resting(view)}
    kept = {name: kept for name, kept in view.seen.kept.items() if name in hosts and view.asleep(hosts[name])}
    known = {name: _as_seen(view, one) for name, one in kept.items()}
    installed = {name: one.inventory for name, one in kept.items()}
    seen = replace(view.seen, hosts={**view.seen.hosts, **known}, inventories={**view.seen.inventories, **installed})
    return replace(view, seen=seen)


def _resting(view: View) -> list[Host]:
    """Return the framework hosts of the dormant region that have no power there."""
    return [host for host in view.environment.framework(view.target) if view.environment.rests_off(host)]


def _as_seen(view: View, kept: Kept) -> HostSeen:
    return replace(kept.host, power=Power.OFF, answers=True, fault=f"without power, as seen {_ago(view, kept)} ago")


def lines(view: View) -> Iterator[Line]:
    """Judge when each of them was looked at last, and that it is off."""
    for host in _resting(view):
        power = view.host(host.name).power
        yield RESTS.judged(host.name, None if power is Power.UNKNOWN else power is Power.OFF, f"power is {power}")
        if view.asleep(host):
            yield looked(view, host)


def looked(view: View, host: Host) -> Line:
    """Judge the age of what is known of a host: too old is red, and so is what was never seen."""
    kept = view.seen.kept.get(host.name)
    if kept is None:
        return SEEN.judged(host.name, False, "without power, and never looked at from this control host")  # noqa: FBT003
    wanted = f"{STALE_S // DAY_S} d allowed"
    return SEEN.judged(
        host.name, view.seen.at - kept.at <= STALE_S, f"without power, seen {_ago(view, kept)} ago, {wanted}"
    )


def _ago(view: View, kept: Kept) -> str:
    age = max(view.seen.at - kept.at, 0.0)
    return f"{age / DAY_S:.0f} d" if age >= 2 * DAY_S else f"{age / HOUR_S:.1f} h"


def aged(view: View) -> Iterator[Line]:
    """Judge only that age, of each that is off."""
    yield from (looked(view, host) for host in _resting(view) if view.asleep(host))
