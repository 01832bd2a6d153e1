"""Whether each runbook would begin: by the very rules it is judged by at its start, in the world that it is for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.invariants import blind
from model.judgement import done, refusals
from model.judgement.abort import NONE_OPEN
from model.judgement.shared import without_alias
from model.observation import DatabaseSeen, HostSeen, Observation, Power
from model.readiness.blocked import (
    ABORT,
    BUBBLE,
    CLONE,
    DBMS,
    DEPLOY,
    DISCARD,
    FAILBACK,
    FRAMEWORK,
    OTHERS,
    PARTIAL,
    PLANNED,
    REPROTECT,
    RETURN_GUARD,
    UNPLANNED,
    Runbook,
    data_in,
)
from model.readiness.line import UNSEEN, Line, Verdict, own
from model.step import Intent, Mode, Name
from model.view import View
from model.way_back import apart_from

Reasons = tuple[str, ...]
REMEDIES: Mapping[Verdict, str] = {"red": "mend what it would be refused for", "unknown": UNSEEN}


def lines(view: View) -> Iterator[Line]:
    """Judge each runbook. One that is not prepared here, or that no emergency waits for, is never red."""
    for runbook, against in ASKED.items():
        lacks, reasons = _unprepared(view, runbook), against(view)
        unseen = blind(view) if runbook == PLANNED and not reasons else ()
        refused: Verdict = "not_yet" if lacks or runbook in OTHERS else "red"
        yield _line(view, runbook, refused if reasons else "unknown" if unseen else "green", lacks or reasons or unseen)


def _line(view: View, runbook: Runbook, verdict: Verdict, why: Reasons) -> Line:
    subject = view.source if runbook in OTHERS else view.target
    found = {"green": f"for {subject}: yes", "unknown": f"not seen: {', '.join(why)}"}
    return Line(
        name=own(runbook),
        subject=subject,
        verdict=verdict,
        found=found.get(verdict, "; ".join(why)),
        remedy=REMEDIES.get(verdict, ""),
        stage="observe",
        blocks=(runbook,),
    )


def _unprepared(view: View, runbook: Runbook) -> Reasons:
    """Say what the environment file does without, and with it without this runbook."""
    wanted = {FRAMEWORK: view.target, DBMS: view.source}
    if runbook not in wanted:
        return ()
    return tuple(without_alias(_asked(view, "dbms_failover", wanted[runbook])))


def _asked(view: View, name: Name, target: RegionKey, home: RegionKey | None = None, mode: Mode = "planned") -> View:
    """Return the view of who asks for a runbook now."""
    apart = None if home == target else home
    intent = Intent(runbook=name, target=target, mode=mode, reason=view.intent.reason, home=apart)
    return replace(view, intent=intent, lossy=not intent.keeps)


def _lost(view: View, asked: View, *names: str) -> Reasons:
    """Ask as if these hosts were lost: only then the runbook is for anything."""
    return refusals(replace(asked, seen=without(view, names)))


def _unplanned(view: View) -> Reasons:
    everything = (host.name for host in view.environment.hosts(view.source))
    return _lost(view, _asked(view, "full_failover", view.target, mode="unplanned"), *everything)


def _partial(view: View) -> Reasons:
    return _lost(view, _asked(view, "partial_failover", view.target, mode="unplanned"), *_framework(view))


def _framework_alone(view: View) -> Reasons:
    asked = _asked(view, "framework_failover", data_in(view), view.target, "unplanned")
    return _lost(view, asked, *_framework(view))


def _dbms_alone(view: View) -> Reasons:
    here = data_in(view)
    asked = _asked(view, "dbms_failover", other(here), view.source, "unplanned")
    return _lost(view, asked, view.environment.dbms(here).name)


def _framework(view: View) -> tuple[str, ...]:
    return tuple(host.name for host in view.environment.framework(view.source))


def _reprotect(view: View) -> Reasons:
    return refusals(_beside(view, "reprotect"))


def _beside(view: View, name: Name) -> View:
    """Return the view of a runbook that leaves both halves where they are."""
    return _asked(view, name, data_in(view), view.source)


def _failback(view: View) -> Reasons:
    apart = apart_from(view.environment.name, view.seen.record)
    protect = _beside(view, "reprotect")
    return apart or (_planned(view) if done(protect) else refusals(protect))


def _planned(view: View) -> Reasons:
    return refusals(_asked(view, "full_failover", view.target))


def _abort(view: View) -> Reasons:
    """Say that it is for the switch of an open case, which its journal knows and an observation does not."""
    record = view.seen.record
    if record is None or record.state == "steady":
        return (NONE_OPEN,)
    return (f"case {record.case} is open: whether it can be aborted, its journal says",)


ASKED: Mapping[Runbook, Callable[[View], Reasons]] = {
    PLANNED: _planned,
    UNPLANNED: _unplanned,
    PARTIAL: _partial,
    FRAMEWORK: _framework_alone,
    DBMS: _dbms_alone,
    REPROTECT: _reprotect,
    FAILBACK: _failback,
    CLONE: lambda view: refusals(_asked(view, "clone_and_isolate", view.source)),
    BUBBLE: lambda view: refusals(_asked(view, "bubble", view.source)),
    DEPLOY: lambda view: refusals(_asked(view, "deploy", view.source)),
    RETURN_GUARD: lambda view: refusals(_beside(view, "return_guard")),
    DISCARD: lambda view: refusals(_asked(view, "discard", view.source)),
    ABORT: _abort,
}


def without(view: View, lost: tuple[str, ...]) -> Observation:
    """Return what would be seen if these hosts were lost, and their power sources said no more than they do now."""
    seen = view.seen
    power = {name: Power.OFF if view.host(name).power is not Power.UNKNOWN else Power.UNKNOWN for name in lost}
    hosts = {name: HostSeen(power=said, fault="lost") for name, said in power.items()}
    dbms = {key: view.environment.dbms(key).name for key in REGION_KEYS}
    gone = {key: DatabaseSeen(fault="lost") for key, name in dbms.items() if name in lost}
    return replace(seen, hosts={**seen.hosts, **hosts}, databases={**seen.databases, **gone})
