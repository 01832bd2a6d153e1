"""A drill from its beginning to its report. It has no journal of its own: its parts are cases like any other."""

import time
from dataclasses import replace
from pathlib import Path

from prefect.artifacts import acreate_markdown_artifact

from model.drill import Drill, Finding, Kind, findings, outcome, page, refusal
from model.environment.document import RegionKey
from model.errors import Refused
from model.readiness.line import not_ready
from model.readiness.page import told
from tasks import evidence, readiness
from tasks.act import observe
from tasks.drill_files import drills, keep, put
from tasks.run import environment, state


@observe("begin the drill, or go on with it")
async def begin(name: str, kind: Kind, home: RegionKey, reason: str, *, unattended: bool) -> Drill:
    """Begin a drill, or go on with the one that was begun; one that something real cut short is ended first.

    Raises:
        Refused: This kind is not done here, one of another kind has begun, a case is open, or something is not ready.
    """
    if why := refusal(kind, laboratory=environment(name).is_laboratory, unattended=unattended):
        raise Refused(f"drill {kind}: {why}")
    begun = next((drill for drill in drills(name) if drill.ended is None), None)
    if begun is not None and not _cut_short(begun):
        return _same_kind(begun, kind)
    if begun is not None:
        keep(_judged(begun, Finding("end", "it was begun and never ended")))
    await _require_ready(name)
    began = time.time()
    moment = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(began))}-{int(began * 1000) % 1000:03}"
    drill = Drill(name=f"{name}-drill-{moment}", environment=name, kind=kind, home=home, reason=reason, began=began)
    with evidence.lock(name):
        if any(other.ended is None for other in drills(name)):
            raise Refused(f"{name}: another process has just begun a drill: run it again to go on with that one")
        keep(drill)
    return drill


def _same_kind(begun: Drill, kind: Kind) -> Drill:
    if begun.kind != kind:
        raise Refused(f"drill {kind}: {begun.name} has begun and not ended: go on with that one, kind {begun.kind}")
    return begun


def _cut_short(drill: Drill) -> bool:
    """Whether it is over without its end: something real happened, or it was declined before anything moved."""
    cases = evidence.cases(drill.environment)
    if drill.late(time.time()):
        return True
    declined = bool(drill.parts(cases)) and not drill.went_out(cases)
    return drill.preempted(cases) or (declined and evidence.open_case(drill.environment) is None)


async def _require_ready(name: str) -> None:
    case = evidence.open_case(name)
    if case is not None:
        raise Refused(f"case {case.name} is open: a drill begins in the steady state: finish it first")
    lines = [line for line in not_ready(await readiness.judge(name)) if line.blocks]
    if lines:
        raise Refused("not ready: " + "; ".join(told(line) for line in lines))


def went_out(drill: Drill) -> bool:
    """Whether the drill's first part was reached: the switchover to the other region, or the bubble."""
    return drill.went_out(evidence.cases(drill.environment))


@observe("judge what was walked, and write the drill's report")
async def conclude(drill: Drill) -> str:
    """Judge what was walked, write and show the report, and return the sentence the run ends with.

    It ends last: whoever is cut off before that concludes it again, instead of beginning another one.
    """
    ended = _judged(drill)
    path = report(ended)
    await acreate_markdown_artifact(markdown=path.read_text(), key=f"drill-{drill.environment}", description=drill.name)
    keep(ended)
    return f"{drill.kind} drill: {outcome(ended)}. Report {path}"


def _judged(drill: Drill, *more: Finding) -> Drill:
    """Return the drill as it ends, with its report written."""
    walked = [evidence.entries(case.name) for case in drill.parts(evidence.cases(drill.environment))]
    found = findings(drill, walked, environment(drill.environment).objectives.rto_s)
    ended = replace(drill, ended=time.time(), findings=(*found, *more))
    report(ended).parent.mkdir(parents=True, exist_ok=True)
    put(report(ended), page(ended, walked))
    return ended


def report(drill: Drill) -> Path:
    """Return where a drill's report lies."""
    return state() / "reports" / f"{drill.name}.md"
