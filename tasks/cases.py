"""A case from its opening to its closing: observe, judge, open or continue, plan, check between stages, close."""

import time
from dataclasses import asdict, replace
from typing import Any

from model import commands
from model.case import GUARDS, Case, owed
from model.declaration import has_ended, sampled, still_ended, unreachable
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.errors import RecoveryError, Refused, Transient, Unverified
from model.evidence import FIRST
from model.invariants import blind, breaches
from model.judgement import against, done, finished, idle, opening_view, refusals
from model.observation import Observation
from model.record import Record
from model.report.debts import SILENT
from model.report.objectives import kept
from model.scope import of_runbook
from model.step import STAGES, Intent, Mode, Name, numbered
from model.view import View
from model.way_back import apart_from
from model.words import nothing_to_do
from tasks import evidence, presence
from tasks.act import observe
from tasks.dns import claim
from tasks.dns import observe as dns
from tasks.drift import require_alike
from tasks.look import look
from tasks.run import VERSION, Run, digest, environment
from tasks.show import advance

PATIENCE_S = 300.0


class NotNeeded(RecoveryError):
    """What is wanted is so already: nothing was done."""


@observe(f"{numbered('observe')}: look at everything, and open the case")
async def opening(  # noqa: PLR0913, PLR0917  (what an operator says)
    name: str, runbook: Name, target: RegionKey | None, mode: Mode, reason: str, attempt: str
) -> tuple[Run, Observation]:
    """Observe everything, judge whether this may begin, and open the case or continue the open one.

    Args:
        target: The region that is active in the end; None where it stays the one that is.

    Raises:
        Refused: A rule forbids it; nothing was changed.
        NotNeeded: The target is active already and no case is open.
    """
    known = environment(name)
    asked = Intent(runbook=runbook, target=target or "region1", mode=mode, reason=reason)
    seen = await look(known, of_runbook(known, asked))
    return await begun(name, seen, wanted(seen, runbook, target, mode, reason), attempt), seen


async def begun(name: str, seen: Observation, intent: Intent, attempt: str) -> Run:
    """Judge an intent by what was seen, and open its case or continue the open one; it raises as `opening` does."""
    view, open_, ending = standing(environment(name), seen, intent)
    _judge(view, open_, attempt)
    alike = await require_alike(view, open_)
    if ending:
        evidence.append(name, ending.name, attempt, "case.closed", {"outcome": evidence.SUPERSEDED})
    run = replace(_run(name, intent, open_, attempt), lossy=view.lossy, owed=view.owed)
    if not finished(view):
        await _claim(run, seen.record)
    found = {"breaches": breaches(view), "observation": evidence.dump(seen), **alike}
    evidence.record(run, "attempt.started", version=VERSION, **found)
    _declare_sample(run, view)
    presence.owe(run)
    return run


def wanted(seen: Observation, runbook: Name, target: RegionKey | None, mode: Mode, reason: str) -> Intent:
    """Return what these words mean now: what is not told to move stays where the record says that it is.

    Raises:
        Refused: That could not be read.
    """
    data = seen.record.data if seen.record else None
    to = target if target and runbook != "framework_failover" else data or active_in(seen)
    home = target if runbook != "dbms_failover" and target else active_in(seen)
    return Intent(runbook=runbook, target=to, mode=mode, reason=reason, home=None if home == to else home)


def standing(known: Environment, seen: Observation, intent: Intent) -> tuple[View, Case | None, Case | None]:
    """Return what an intent is judged by: the view, the case it would go on with, and the case it would end."""
    found = evidence.open_case(known.name)
    ends = found is not None and (found.superseded_by(intent) or _begins_anew(found, intent))
    open_, ending = (None, found) if ends else (found, None)
    left = owed(evidence.cases(known.name))
    named = _superseded(seen, ending)
    made = evidence.is_of_copies(named)
    return opening_view(known, seen, intent, open_, superseded=named, remaking=made, owed=left), open_, ending


def _begins_anew(case: Case, intent: Intent) -> bool:
    """Whether a return guard finds a case of its own that was opened with another environment file."""
    return not (case.intent.asks or intent.asks) and case.digest != digest(case.environment)


@observe("stand back from a case that somebody works on")
async def stand_back(name: str, *, scheduled: bool) -> None:
    """Leave an open case alone that somebody works on, or that has failed a moment ago; a person need not wait.

    Raises:
        NotNeeded: It was written to within the time the longest act takes.
    """
    case = evidence.open_case(name)
    newest = evidence.entries(case.name)[-1].at if case else 0.0
    since = time.time() - newest
    if case and scheduled and not case.intent.asks and since < PATIENCE_S:
        raise NotNeeded(f"case {case.name}: its newest record is {since:.0f} s old: left alone for {PATIENCE_S:g} s")


async def active(name: str) -> RegionKey:
    """Return the active region, as the record names it.

    Raises:
        Refused: The record cannot be read.
    """
    record, fault = await dns.record(environment(name))
    if record is None:
        raise Refused(f"which region is active is not known: {fault}")
    return record.active


async def require_together(name: str) -> None:
    """Require framework and database in one region: a failback goes back with both.

    Raises:
        Refused: They are apart; nothing was changed.
    """
    record, _ = await dns.record(environment(name))
    reasons = apart_from(name, record)
    if reasons:
        raise Refused("; ".join(reasons))


def goes_on_with(name: str, runbook: Name) -> bool:
    """Whether a case of this runbook is open."""
    case = evidence.open_case(name)
    return case is not None and case.intent.runbook == runbook


def active_in(seen: Observation) -> RegionKey:
    """Return the active region, as the record that was seen names it.

    Raises:
        Refused: It could not be read.
    """
    if seen.record is None:
        raise Refused(f"which region is active is not known: {seen.record_fault}")
    return seen.record.active


def _superseded(seen: Observation, ending: Case | None) -> str:
    """Return the case that stands in the record and is ended by this one, now or by an earlier process of it."""
    if ending is not None:
        return ending.name
    named = seen.record.case if seen.record else FIRST
    return named if named != FIRST and evidence.is_superseded(named) else FIRST


def _judge(view: View, open_: Case | None, attempt: str) -> None:
    if open_ is None and done(view):
        raise NotNeeded(nothing_to_do(view))
    if open_ is not None and open_.intent.asks and not view.intent.asks:
        raise NotNeeded(f"case {open_.name} is open: it has the word")
    if open_ is not None:
        _same(view, open_)
    reasons = (*against(open_, view), *refusals(view))
    ends = view.intent.runbook != "abort"  # the switch's own process may have begun it since it was looked at
    if reasons and open_ is not None and ends and idle(open_, view.seen.record):
        evidence.append(view.environment.name, open_.name, attempt, "case.closed", {"outcome": "refused"})
    if reasons:
        raise Refused("; ".join(reasons))


def _same(view: View, open_: Case) -> None:
    name = view.environment.name
    if view.intent.runbook == "abort" and not open_.can_abort and open_.intent.runbook != "abort":
        raise Refused("; ".join(against(open_, view)))
    if open_.clashes(view.intent):
        mine, theirs = (commands.run(name, intent) for intent in (view.intent, open_.intent))
        raise Refused(f"case {open_.name} is open: continue it with `{theirs}`; afterwards `{mine}`")
    if open_.digest != digest(name):
        raise Refused(f"case {open_.name}: was opened with another {name}.yaml: put that file back to continue it")
    evidence.require_whole(open_, view.seen.record)


def _run(name: str, intent: Intent, open_: Case | None, attempt: str) -> Run:
    if open_ is None:
        case = time.strftime(f"{name}-%Y%m%dT%H%M%S-{intent.moves_to}{'' if intent.asks else GUARDS}", time.gmtime())
        data = {"environment": name, "digest": digest(name), "intent": asdict(intent)} | kept(environment(name))
        with evidence.lock(name):
            if evidence.open_case(name) is not None:
                raise Transient(f"{name}: another process has just opened a case")
            evidence.append_locked(case, attempt, "case.opened", data)
        return Run(environment=name, case=case, attempt=attempt, intent=intent)
    return Run(environment=name, case=open_.name, attempt=attempt, intent=intent, waived=_waived(open_))


async def _claim(run: Run, record: Record | None) -> None:
    """Name the case in the record; when another control host's case stands there, close ours again."""
    if record is None or record.state != "steady":
        return
    try:
        await claim.take(run, record)
    except Refused:
        evidence.record(run, "case.closed", outcome="refused")
        raise


def _declare_sample(run: Run, view: View) -> None:
    """Keep the sampler's newest line until something was done, or the source is seen to write nothing more.

    Once promoted, the sampler tells of another primary.
    """
    case = evidence.case_of(run.case)
    stays = case.intent.runbook in ("framework_failover", "abort")  # nothing is promoted: another may begin there
    if (stays or not case.begun) and not still_ended(view, case):
        evidence.record(run, "sample.declared", **sampled(view), at=view.seen.at, ended=has_ended(view))


@observe(f"{numbered('declare')}: look at everything again")
async def observed(run: Run) -> Observation:
    """Observe everything."""
    known = environment(run.environment)
    return await look(known, of_runbook(known, run.intent))


@observe(lambda parameters: f"{numbered(parameters['stage'])}: see that it holds")
async def stage_done(run: Run, stage: str) -> View:
    """Check every invariant after a stage and record what was seen.

    Raises:
        Unverified: One is broken: stop and look.
    """
    known = environment(run.environment)
    view = run.view(await look(known, of_runbook(known, run.intent)))
    found = breaches(view)
    evidence.record(
        run,
        "observed",
        stage=stage,
        breaches=list(found),
        unseen=list(blind(view)),
        fence={host.name: view.fence_level(host) for host in view.writers},
        observation=evidence.dump(view.seen),
    )
    await advance(run, (STAGES.index(stage) + 1) / len(STAGES) * 100, f"{run.case}: {stage} done")
    if found:
        raise Unverified("; ".join(found))
    return view


@observe(f"{numbered('report')}: note what is left to settle")
async def owe(run: Run, view: View) -> None:
    """Record what is left to settle when the lost region returns."""
    known = environment(run.environment)
    debts = dict.fromkeys(sorted(unreachable(view)), SILENT)
    debts |= {
        server.name: "secondary did not answer: prove it when it returns"
        for server in known.dns.servers
        if not view.seen.server(server.name).answers
    }
    debts |= dict.fromkeys(sorted(run.waived), "fence waived: write a stranded-write report before anything is rewound")
    debts |= {case: f"its journal cannot be read: {fault}" for case, fault in evidence.unreadable(known.name).items()}
    for target, what in debts.items():
        evidence.record(run, "debt", target=target, what=what)


def escalate(run: Run, case: Case) -> None:
    """Record that the case is now an unplanned one, or goes back: once that is approved, and not before.

    Raises:
        Overtaken: Another process has begun the promotion meanwhile, or made another case of it.
    """
    if (case.intent.runbook, case.intent.mode) != (run.intent.runbook, run.intent.mode):
        kind = "intent.aborted" if run.intent.runbook == "abort" else "intent.escalated"
        evidence.record(run, kind, intent=asdict(run.intent))


def close(run: Run, outcome: str, **data: Any) -> None:
    """Close the case in the journal."""
    evidence.record(run, "case.closed", outcome=outcome, **data)


def approved(run: Run, case: Case) -> Run:
    """Return the run as the approval leaves it: its waivers, and whether site components must be renewed."""
    return replace(run, waived=_waived(case), lossy=not run.intent.keeps)


def _waived(case: Case) -> frozenset[str]:
    return case.waived_by(environment(case.environment).approval.people)
