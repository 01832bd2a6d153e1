"""What spans everything: legal states, invariants, what dies with a site."""

from collections.abc import Iterator

from model.dependencies import stopped
from model.environment.environment import REGION_KEYS, Environment
from model.invariants import INVARIANTS, blind
from model.matrix import classify, situation
from model.readiness.blocked import EVERY, FAILOVERS, LIVING, NOTHING, PLANNED, UNPLANNED
from model.readiness.line import Check, Line
from model.view import View

MATRIX = Check("legal state", "observe", "follow the way named in found")
OUTLIVES = Check(
    "stages outlive a lost region", "every stage", "move it to the third site, or have a second one", (UNPLANNED,)
)
VOICES = Check("each go is a person's own", "declare", "give each of approval.approvers identity: code", NOTHING)
NEVER = tuple(
    Check(rule.__name__.replace("_", " "), "observe", "stop and look: two writers lose data") for rule in INVARIANTS
)
THIRD = "a failover without the third site"
LATER = (
    ("certificates that no host.json names", "framework"),
    ("age of the update key: a TSIG key has no date", "names"),
    ("probes with one region dark", "every stage"),
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
    blocks = FAILOVERS if verdict == "forbidden" else (PLANNED,)
    yield MATRIX.judged(view.environment.name, None if unknown else verdict == "legal", found, blocks)


def invariants(view: View) -> Iterator[Line]:
    """Judge each invariant. It speaks only of what was seen, so it is green only where all was seen."""
    unseen = ", ".join(blind(view))
    for rule, check in zip(INVARIANTS, NEVER, strict=True):
        broken = rule(view)
        holds = False if broken else None if unseen else True
        found = broken or (f"not seen: {unseen}" if unseen else "holds")
        yield check.judged(view.environment.name, holds, found, EVERY if broken else LIVING)


def outlives(view: View) -> Iterator[Line]:
    """Judge which stages still run when a site is lost.

    Without the third site nobody needs a failover, and nobody can make one: that is said, never green.
    """
    for region in REGION_KEYS:
        missing = stopped(view.environment, region)
        found = "; ".join(f"{stage}: {', '.join(what)}" for stage, what in missing.items()) or "all"
        yield OUTLIVES.judged(region, not missing, found, None if region == view.source else NOTHING)
    yield _later(THIRD, "third", "every stage", third_lost(view.environment))


def third_lost(environment: Environment) -> str:
    """Say which stages cannot run without the third site."""
    return f"while the third site is lost these cannot run: {', '.join(stopped(environment, 'third'))}"


def voices(view: View) -> Iterator[Line]:
    """Judge whether people who must be several can be one: whoever knows a name may type it."""
    policy = view.environment.approval
    if policy.people > 1:
        bare = [name for name in policy.names if not policy.asks_code(name)]
        found = f"and a bare name suffices of {', '.join(bare)}" if bare else "and each must prove who he is"
        yield VOICES.judged(view.environment.name, not bare, f"{policy.people} must say go, {found}")


def later(view: View) -> Iterator[Line]:
    """Name what is not judged yet, so that nobody believes it is."""
    for name, stage in LATER:
        yield _later(name, view.environment.name, stage, "not yet supported: check it by hand")


def _later(name: str, subject: str, stage: str, found: str) -> Line:
    return Line(name=name, subject=subject, verdict="not_yet", found=found, stage=stage)
