"""The replicated database: who writes, who follows, how far behind, and what a promotion would miss."""

from collections.abc import Iterable, Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.loss import lag_s
from model.observation import DatabaseRole, DatabaseSeen, Minute, Sample
from model.readiness.blocked import (
    CURABLE,
    FAILOVERS,
    FRAMEWORK,
    IN_ORDER,
    LIVING,
    PARTIAL,
    PROMOTING,
    WAY_BACK,
    data_in,
    needing,
    unless_off,
)
from model.readiness.history import protected_until
from model.readiness.line import Check, Line
from model.view import View

FRESH_S = 10.0  # the sampler writes every second

PRIMARY = Check(
    "DBMS is primary",
    "database",
    "find out who demoted or stopped it; do not promote by hand",
    (PARTIAL, FRAMEWORK, *LIVING),
)
STANDBY = Check("standby streams", "database", "run reprotect, or repair its connection", CURABLE)
SENDS = Check("primary sends", "database", "check the standby, its slot, the port between the two", IN_ORDER)
SAMPLED = Check("sample fresh", "declare", "start gdr-sampler: without it the loss is unknown", CURABLE)
LAG = Check("replication lag", "declare", "wait, or find what slows the standby: link, disk, a long query", CURABLE)
AGE = Check("replication age", "declare", "what the standby has is old: repair replication", CURABLE)
CLOSED = Check(
    "DBMS port closed", "fence", "close it to all four framework hosts (gdr-host EPOCH firewall-block)", CURABLE
)
OPEN = Check("DBMS port open", "database", "open it to its own framework hosts (gdr-host EPOCH firewall-open)", LIVING)
LASTING = Check("blocks outlast a boot", "database", "repeat the firewall-block or firewall-open that was cut short")
CANARY = Check(
    "canary table readable", "prove", "create gdr_canary on the primary, or correct the account's login", FAILOVERS
)
NOBODY_WAITS = Check(
    "no commit waits",
    "database",
    "clear synchronous_standby_names: a lost one hangs commits",
    PROMOTING,
    (FRAMEWORK, *WAY_BACK),
)


def roles(view: View) -> Iterator[Line]:
    """Judge the active DBMS: it is primary and sends."""
    here = data_in(view)
    active = view.seen.database(here)
    yield PRIMARY.judged(_name(view, here), _is(active, DatabaseRole.PRIMARY), _said(active))
    yield SENDS.judged(_name(view, here), active.streaming, _stream(active))


def standby(view: View, now: float, samples: tuple[Sample, ...], day: tuple[Minute, ...]) -> Iterator[Line]:
    """Judge the dormant DBMS: it is a standby and receives; else, since when nobody protects the active one."""
    there = other(data_in(view))
    dormant = view.seen.database(there)
    follows = _is(dormant, DatabaseRole.STANDBY)
    blocks = IN_ORDER if follows else CURABLE  # one that does not stream is still something to promote
    holds = dormant.streaming if follows else follows
    found = _stream(dormant)
    if not holds:
        words = "it has what was written until" if follows else "no standby seen since"
        found += f"; {words} {protected_until(now, samples, day)}"
    yield STANDBY.judged(_name(view, there), holds, found, blocks)


def _name(view: View, region: RegionKey) -> str:
    return view.environment.dbms(region).name


def _is(seen: DatabaseSeen, role: DatabaseRole) -> bool | None:
    return None if seen.role is DatabaseRole.UNKNOWN else seen.role is role


def _said(seen: DatabaseSeen) -> str:
    return f"{seen.role} {seen.fault}".rstrip()


def _stream(seen: DatabaseSeen) -> str:
    words = {True: "streaming", False: "not streaming", None: "streaming unknown"}
    return f"{_said(seen)}, {words[seen.streaming]}"


def distance(view: View, now: float, samples: Iterable[Sample]) -> Iterator[Line]:
    """Judge how far the standby is behind: by the sampler's newest line, and by all that it remembers."""
    dormant, most, sample = other(data_in(view)), view.environment.objectives.rpo_s, view.seen.sample
    name = _name(view, dormant)
    age = None if sample is None else now - sample.at
    found = "no sample" if age is None else f"{age:.0f} s old, {FRESH_S:.0f} s allowed"
    yield SAMPLED.judged(view.environment.name, age is not None and age <= FRESH_S, found)
    lag = lag_s(view.seen, dormant)
    yield LAG.judged(name, None if lag is None else lag <= most, _against(lag, most))
    old = replicated_s(samples, view.seen.database(dormant).received, now)
    yield AGE.judged(name, None if old is None else old <= most, _against(old, most))


def _against(seconds: float | None, most: float) -> str:
    return "unknown" if seconds is None else f"{seconds:.0f} s, objective {most:.0f} s"


def replicated_s(samples: Iterable[Sample], received: int | None, now: float) -> float | None:
    """Return how many seconds ago the standby certainly had everything the primary had written.

    Lag alone says 0 when nobody measures any more. None: the sampler's memory does not reach back so far.
    """
    if received is None:
        return None
    held = [sample.at for sample in samples if sample.primary <= received]
    return max(0.0, now - max(held)) if held else None


def access(view: View) -> Iterator[Line]:
    """Judge who can reach the two DBMS: nobody the dormant one, its own framework hosts the active one."""
    port = view.environment.database.port
    dormant = _name(view, other(data_in(view)))
    shut = view.host(dormant).blocked.get(port)
    missing = set(view.environment.framework_addresses()) - (shut or frozenset())
    found = f"{port}/tcp open to {_list(missing)}" if missing else f"{port}/tcp closed to all framework hosts"
    yield CLOSED.judged(
        dormant, None if shut is None else not missing, _rules(view, dormant) if shut is None else found
    )
    yield _open(view, port)
    for region in REGION_KEYS:
        yield _lasting(view, _name(view, region), port)


def _open(view: View, port: int) -> Line:
    """Judge by a session that is there: rules that were not read look like no rules."""
    active = _name(view, data_in(view))
    ours = {str(host.address) for host in view.environment.framework(view.source)}
    seen, sessions = view.host(active), view.seen.database(data_in(view)).sessions
    shut = ours & seen.blocked.get(port, frozenset())
    if shut:
        return OPEN.judged(active, holds=False, found=f"{port}/tcp closed to {_list(shut)}")
    if port not in seen.blocked:
        return OPEN.judged(active, None, _rules(view, active))
    if sessions is None or not ours & set(sessions):
        return OPEN.judged(active, None, f"no session of its framework hosts is seen {seen.fault}".rstrip())
    return OPEN.judged(active, holds=True, found=f"sessions from {_list(ours & set(sessions))}")


def _lasting(view: View, name: str, port: int) -> Line:
    """Judge that a reboot changes nothing of it: a crash may have torn the kernel's rules from the kept ones."""
    seen = view.host(name)
    if port not in seen.blocked:
        return LASTING.judged(name, None, _rules(view, name), needing(view, name))
    torn = port in seen.torn
    found = f"{port}/tcp: a boot puts back {'other' if torn else 'the same'} rules"
    return LASTING.judged(name, not torn, found, needing(view, name))


def _rules(view: View, name: str) -> str:
    return view.host(name).fault or "rules unknown: unreadable, or another rule stands above ours in INPUT"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def canaries(view: View) -> Iterator[Line]:
    """Judge that the account reads our own table on both sides: a failover's last proof is its row there."""
    for region in REGION_KEYS:
        seen = view.seen.database(region)
        readable = None if seen.canaries is None and not seen.barred else not seen.barred
        found, blocks = ("readable" if readable else "unknown"), unless_off(view, _name(view, region), FAILOVERS)
        yield CANARY.judged(_name(view, region), readable, seen.fault or found, blocks)


def waiting(view: View) -> Iterator[Line]:
    """Judge `synchronous_standby_names` on both sides: the standby's own value counts once it is promoted."""
    for region in REGION_KEYS:
        names = view.seen.database(region).sync_names
        found = "unknown" if names is None else f"synchronous_standby_names = {names!r}"
        active = region == data_in(view)
        blocks = (FRAMEWORK, *WAY_BACK) if active else unless_off(view, _name(view, region), PROMOTING)
        yield NOBODY_WAITS.judged(_name(view, region), None if names is None else names == "", found, blocks)
