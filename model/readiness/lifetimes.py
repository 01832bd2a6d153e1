"""How long an answer is kept: as the environment file wants it, as servers send it, as resolvers were seen to keep it.

A cache may cap the TTL of what it keeps, which does no harm, or floor it: then it answers with more than it was sent.
"""

from collections.abc import Iterator, Mapping

from model import runbooks
from model.environment.environment import REGION_KEYS
from model.forecast import forecast_s
from model.inventory import UNASKED, Inventory
from model.readiness.blocked import NOTHING, WAKING
from model.readiness.line import Check, Line
from model.view import View

LOWER = "lower dns.ttl_s or what keeps names longer, or raise objectives.rto_s with the business"
TTL = Check("TTL against RTO", "prove", LOWER, WAKING)
SENT = Check("TTL that the server sends", "prove", "set these records' TTL to dns.ttl_s", NOTHING)
FLOOR = "remove the TTL floor of its resolver, or of the one behind it (cache-min-ttl, min-cache-ttl)"
KEPT = Check("TTL that the resolver keeps", "prove", FLOOR, NOTHING)


def against_rto(view: View) -> Iterator[Line]:
    """Judge what a switch costs where no cache can be flushed, by the longest that anybody keeps the framework's names.

    This alone blocks: which server or resolver it is, the lines of each tell.
    """
    work, most = forecast_s(runbooks.whole(view).steps()), view.environment.objectives.rto_s
    seconds, whose = max(_known(view), key=lambda known: known[0])
    found = f"TTL {seconds} s{whose} and {work:.0f} s of work, objective {most:.0f} s"
    yield TTL.judged(view.environment.dns.zone, seconds + work <= most, found)


def _known(view: View) -> Iterator[tuple[int, str]]:
    yield view.environment.dns.ttl_s, ""
    names = view.environment.dns.framework_names
    for server, ttls in view.seen.ttls.items():
        yield from ((ttls[name], f" (sent by {server})") for name in names if name in ttls)
    for host in _clients(view):
        left = _inventory(view, host).lifetimes
        yield from ((left[name], f" (kept by the resolver of {host})") for name in names if name in left)


def sent(view: View) -> Iterator[Line]:
    """Judge what each server sends by the environment file. Less is no fault: it is lowered before a switchover."""
    most = view.environment.dns.ttl_s
    for server in view.environment.dns.servers:
        ttls = view.seen.ttls.get(server.name, {})
        found = "; ".join(f"{name}: {ttl_s} s" for name, ttl_s in sorted(ttls.items())) or "unknown"
        holds = all(ttl_s <= most for ttl_s in ttls.values()) if ttls else None
        yield SENT.judged(server.name, holds, f"{found}; {most} s wanted")


def kept(view: View) -> Iterator[Line]:
    """Judge what each resolver has left of what servers send: framework hosts ask for the database's alias alone."""
    for name in _clients(view):
        yield _kept(view, name, view.environment.dns.framework_names)
    if alias := view.environment.alias(view.source):
        for host in view.environment.framework(view.source):
            yield _kept(view, host.name, (alias,))


def _clients(view: View) -> tuple[str, ...]:
    known = view.environment
    hosts = [host.name for key in REGION_KEYS for host in known.hosts(key, "application")]
    return (*hosts, *(resolver.name for resolver in known.dns.resolvers))


def _kept(view: View, name: str, asked: tuple[str, ...]) -> Line:
    left, most = _inventory(view, name).lifetimes, _longest_sent(view)
    told = [fqdn for fqdn in asked if fqdn in left and fqdn in most]
    found = "; ".join(f"{fqdn}: {left[fqdn]} s left of {most[fqdn]} s" for fqdn in told)
    if any(left[fqdn] > most[fqdn] for fqdn in told):
        return KEPT.judged(name, holds=False, found=found)
    holds = True if len(told) == len(asked) else None
    return KEPT.judged(name, holds, found or _inventory(view, name).fault or "unknown")


def _longest_sent(view: View) -> Mapping[str, int]:
    """Return the longest that any server sends, by name: a resolver may have asked any of them."""
    names = {name for ttls in view.seen.ttls.values() for name in ttls}
    return {name: max(ttls[name] for ttls in view.seen.ttls.values() if name in ttls) for name in names}


def _inventory(view: View, name: str) -> Inventory:
    seen = view.host(name)
    return view.seen.inventories.get(name, UNASKED) if seen.answers else Inventory(fault=seen.fault)
