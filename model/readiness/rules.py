"""What spans everything: legal states, invariants, whether a switchover begins, what dies with a site."""

from collections.abc import Iterator

from model.dependencies import stopped
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.invariants import INVARIANTS
from model.judgement import refusals
from model.matrix import classify, situation
from model.observation import DatabaseRole, Guard
from model.readiness.line import Check, Line
from model.view import View

MATRIX = Check("legal state", "observe", "follow the way named in found")
BEGINS = Check("a planned switchover would begin", "observe", "mend what it would be refused for")
OUTLIVES = Check("stages outlive a lost region", "every stage", "move it to the third site, or have a second one")
LATER = (
    ("age of the last backup", "restore"),
    ("last restore test", "restore"),
    ("drift between the regions", "framework"),
    ("address literals in the Configuration Database", "prove"),
    ("certificates and their ends", "framework"),
    ("probes with one region dark", "every stage"),
    ("last drill", "every stage"),
    ("path from application hosts to the dormant framework ports", "prove"),
    ("TTL that the servers send now", "prove"),
    ("update key: only an update could try it", "names"),
    ("Configuration Server account: only the canary logs in with it", "prove"),
    ("block file against the server's blocks", "every stage"),
    ("dependencies answer", "every stage"),
    ("epoch of the power sources", "fence"),
)


def legal(view: View) -> Iterator[Line]:
    """Judge the place in the matrix: only a steady one is green."""
    here = situation(view)
    verdict, way = classify(here)
    unknown = "unknown" in (here.framework, here.dbms)
    found = f"framework {here.framework}, DBMS {here.dbms}, replicating to {here.replicating}: {verdict}, {way}"
    yield MATRIX.judged(view.environment.name, None if unknown else verdict == "legal", found)


def invariants(view: View) -> Iterator[Line]:
    """Judge each invariant. It speaks only of what was seen, so it is green only where all was seen."""
    unseen = ", ".join(blind(view))
    for rule in INVARIANTS:
        check = Check(rule.__name__.replace("_", " "), "observe", "stop and look: two writers lose data")
        broken = rule(view)
        holds = False if broken else None if unseen else True
        yield check.judged(view.environment.name, holds, broken or (f"not seen: {unseen}" if unseen else "holds"))


def blind(view: View) -> tuple[str, ...]:
    """Name what an invariant needs and nobody could see."""
    found = [] if view.seen.record else ["record"]
    writer = view.environment.writer.name
    found += [] if view.seen.server(writer).answers else [writer]
    for key in REGION_KEYS:
        found += _blind_hosts(view, key)
        found += [view.environment.dbms(key).name] if _blind_database(view, key) else []
    return tuple(found)


def _blind_hosts(view: View, region: RegionKey) -> list[str]:
    return [
        host.name
        for host in view.environment.framework(region)
        if None in (view.is_primary(host), view.runs(host.name, "scs")) or view.host(host.name).guard is Guard.UNKNOWN
    ]


def _blind_database(view: View, region: RegionKey) -> bool:
    seen = view.seen.database(region)
    running = seen.role in (DatabaseRole.PRIMARY, DatabaseRole.STANDBY)
    rules_seen = view.environment.database.port in view.host(view.environment.dbms(region).name).blocked
    unasked = seen.sessions is None or not rules_seen
    return seen.role is DatabaseRole.UNKNOWN or (running and unasked)


def begins(view: View) -> Iterator[Line]:
    """Judge by the very rules a switchover is judged by at its start."""
    reasons, unseen = refusals(view), blind(view)
    holds = False if reasons else None if unseen else True
    found = "; ".join(reasons) or (f"not seen: {', '.join(unseen)}" if unseen else f"to {view.target}: yes")
    yield BEGINS.judged(view.target, holds, found)


def outlives(view: View) -> Iterator[Line]:
    """Judge which stages still run when a site is lost.

    Without the third site nobody needs a failover, and nobody can make one: that is said, never green.
    """
    for region in REGION_KEYS:
        missing = stopped(view.environment, region)
        found = "; ".join(f"{stage}: {', '.join(what)}" for stage, what in missing.items()) or "all"
        yield OUTLIVES.judged(region, not missing, found)
    third = stopped(view.environment, "third")
    found = f"while the third site is lost these cannot run: {', '.join(third)}"
    yield _later("a failover without the third site", "third", "every stage", found)


def later(view: View) -> Iterator[Line]:
    """Name what is not judged yet, so that nobody believes it is."""
    for name, stage in LATER:
        yield _later(name, view.environment.name, stage, "not yet supported: check it by hand")


def _later(name: str, subject: str, stage: str, found: str) -> Line:
    return Line(name=name, subject=subject, verdict="not_yet", found=found, blocks=f"full_failover: {stage}")
