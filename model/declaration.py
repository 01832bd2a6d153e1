"""What an approver sees before saying go: what works, what waiting costs, what may be lost, what cannot be undone."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from model.approval import Bounds
from model.case import Case
from model.deployment.shown import deployed
from model.forecast import forecast_s
from model.invariants import breaches
from model.kept_out import kept_out
from model.logs import Behind
from model.loss import Loss, loss_bound, watched
from model.markdown import plain
from model.observation import DatabaseRole, Sample, Watch
from model.outline import outline
from model.step import Step, digest
from model.steps.parts import counterpart
from model.steps.protect import KEPT
from model.switched import ANSWER_S, Stake, switched
from model.taken_back import taken_back, works_now
from model.view import Fence, View
from model.words import title

UNHURRIED = ("reprotect", "deploy", "clone_and_isolate", "bubble", "discard")  # nobody waits for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is shown, as data: the bounds the approval will be held to, and the text."""

    bounds: Bounds
    loss: Loss | None
    steps: dict[str, str]
    levels: Mapping[str, int]
    forecast_s: float
    text: str


def declare(
    view: View, case: Case, steps: Iterable[Step], reasons: tuple[str, ...] = (), stopped_at: float | None = None
) -> Declaration:
    """Put together what is shown at the gate.

    Args:
        view: What was seen, in the light of the intent.
        case: Its declared sample bounds the loss once the target is primary.
        steps: What is left to do.
        reasons: Why it asks again, if it does.
        stopped_at: When the case stopped the old Primary, seconds of the epoch; None where it has not.
    """
    left = list(steps)
    bounds, loss = bounds_of(view, case, ahead_s=ANSWER_S)
    levels = {host.name: view.promised_level(host) for host in view.writers}
    seconds = forecast_s(left)
    stake = Stake(
        bounds=bounds,
        loss=loss,
        levels=levels,
        ended=still_ended(view, case),
        stopped_at=stopped_at,
        silent_since=silent_since(view, case),
    )
    text = _text(view, case, left, stake, seconds, reasons)
    musts = {step.id: step.label for step in left if step.must}
    return Declaration(bounds=bounds, loss=loss, steps=musts, levels=levels, forecast_s=seconds, text=text)


def bounds_of(view: View, case: Case, *, ahead_s: float = 0.0) -> tuple[Bounds, Loss | None]:
    """Compute the bounds as they are now; in planned mode nothing may be lost, so the bound is 0.

    Args:
        ahead_s: How long what is shown shall hold: a person needs time to answer, and the loss grows meanwhile.
    """
    loss = _loss_of(view, case, ahead_s)
    waived = {host.name for host in view.writers if view.promised_level(host) is Fence.WAIVED}
    bounds = Bounds(
        loss_changes=0 if view.intent.keeps else loss.changes if loss else None,
        unreachable=unreachable(view),
        waived=frozenset(waived),
    )
    return bounds, loss


def _loss_of(view: View, case: Case, ahead_s: float) -> Loss | None:
    """Bound the loss; it grows no more once the source can write nothing, or the target is primary."""
    sample, watch, at = _known(view, case)
    if at is None:
        return None
    ahead_s = 0.0 if still_ended(view, case) else ahead_s
    return loss_bound(sample, watch, view.seen.database(view.target).received, at, ahead_s=ahead_s)


def _known(view: View, case: Case) -> tuple[Sample | None, Watch | None, float | None]:
    """Return what the sampler knows of the source, and when: by now, or when the case declared it."""
    if view.seen.database(view.target).role is DatabaseRole.PRIMARY or still_ended(view, case):
        return case.sample, case.watch, case.declared_at
    return view.seen.sample, view.seen.watch, view.seen.at


def silent_since(view: View, case: Case) -> float | None:
    """Return when the source's DBMS was last seen to work; None where it works on, or the sampler did not look."""
    sample, watch, at = _known(view, case)
    works = view.intent.keeps or view.seen.database(view.source).role is DatabaseRole.PRIMARY
    if works or sample is None or at is None or not watched(sample, watch, at):
        return None
    return sample.at


def sampled(view: View) -> dict[str, Any]:
    """Return what the case keeps of the sampler: its line, since when it looks, and of the source's log rows."""
    known: dict[str, Sample | Watch | Behind | None] = {"sample": view.seen.sample, "watch": view.seen.watch}
    if view.environment.is_crossed:
        known["logs"] = view.seen.log(view.source).sample
    return {key: asdict(one) if one else None for key, one in known.items()}


def has_ended(view: View) -> bool:
    """Whether the source's DBMS is seen to be stopped, or without power: what it has not sent it never will."""
    return view.seen.database(view.source).role is DatabaseRole.STOPPED


def still_ended(view: View, case: Case) -> bool:
    """Whether it has ended when the case declared it, and nobody has seen it write since."""
    newest, known = view.seen.sample, case.sample
    wrote = newest is not None and known is not None and newest.at > known.at
    return case.ended and has_ended(view) and not wrote


def unreachable(view: View) -> frozenset[str]:
    """Return the hosts that do not answer; writers of the source are not counted here, their fence is shown instead."""
    writers = {host.name for host in view.writers}
    names = {host.name for _, host in view.environment.all_hosts()} - writers
    names |= {resolver.name for resolver in view.environment.dns.resolvers}
    asleep = {host.name for _, host in view.environment.all_hosts() if view.asleep(host)}
    return frozenset(name for name in names - asleep if not view.host(name).answers)


def _text(  # noqa: PLR0913, PLR0917  (private; one page has these parts)
    view: View,
    case: Case,
    left: list[Step],
    stake: Stake,
    seconds: float,
    reasons: tuple[str, ...],
) -> str:
    given = plain(view.intent.reason)
    lines = [
        f"## {title(view.environment.name, view.intent)}",
        f"Case {case.name}, plan {digest(left)}, evidence up to {case.head[:16]}. Reason given: {given}",
        *(f"**Asked again:** {reason}" for reason in reasons),
        *(f"- **Broken now:** {breach}" for breach in breaches(view)),
        *_shown(view, case, left, stake),
        _silent(view, stake.bounds.unreachable),
        _forecast(view, seconds),
        *outline(view, left),
    ]
    return "\n".join(lines)


def _shown(view: View, case: Case, left: list[Step], stake: Stake) -> tuple[str, ...]:
    match view.intent.runbook:
        case "reprotect":
            return _reprotected(view)
        case "deploy":
            return deployed(view, left)
        case "clone_and_isolate":
            return _copied(view)
        case "abort":
            return taken_back(view)
        case "bubble" | "discard":
            return _drilled(view)
        case _:
            return switched(view, case, left, stake)


def _silent(view: View, hosts: frozenset[str]) -> str:
    """Name who does not answer, and what a switch makes of it; its writers are not among them."""
    if not view.intent.switches:
        return f"- Silent hosts: {', '.join(sorted(hosts)) or 'none'}"
    owed = " (debts, mended when they return)" if hosts else ""
    return f"- Silent hosts, writers apart{owed}: {', '.join(sorted(hosts)) or 'none'}"


def _copied(view: View) -> tuple[str, ...]:
    """Say what is overwritten, and what does not work until the copies are themselves."""
    pairs = ((host, counterpart(view.environment, host.name)) for host in view.environment.framework(view.away))
    return (
        f"- Works now: {works_now(view)}. {view.home} stays active; its framework hosts are copied as they run.",
        *(f"- **Overwritten: {host.name}, by a copy of {original.name}**" for host, original in pairs),
        f"- **Until it is done {view.away} cannot take over.** Its hosts have no way back but this one.",
        "- Waiting costs nothing.",
    )


def _drilled(view: View) -> tuple[str, ...]:
    """Say what works on a copy, and that nobody else is touched."""
    hosts, database = view.environment.framework(view.away), view.environment.dbms(view.away).name
    names = " and ".join(host.name for host in hosts)
    return (
        f"- Works now: {works_now(view)}. {view.home} stays active and is not touched; {database} streams on.",
        f"- {names} work within walls, on a copy of the database beside {database}; both are taken down in the end.",
        "- **A full failover of mode unplanned takes it down at once, and goes on.**",
        "- Waiting costs nothing.",
    )


def _forecast(view: View, seconds: float) -> str:
    """Say how long it will take; what keeps nobody waiting has no objective held against it."""
    objective = f"; objective {view.environment.objectives.rto_s:.0f} s"
    return f"- Forecast: {seconds:.0f} s of work{'' if view.intent.runbook in UNHURRIED else objective}"


def _reprotected(view: View) -> tuple[str, ...]:
    stranded, old = view.seen.database(view.source).stranded, view.environment.dbms(view.source).name
    if stranded and stranded.primary_timeline != view.seen.database(view.target).timeline:
        stranded = None  # of another day
    known = (
        f"{stranded.commits} transactions, {stranded.rows} rows written, {stranded.deletes} deleted, "
        f"{stranded.drops} files dropped or truncated"
        if stranded
        else "how much is not known yet"
    )
    return (
        f"- Works now: {works_now(view)}. {view.home} stays active throughout.",
        *(f"- Fence of {host.name}: {kept_out(view, host)}" for host in view.writers),
        f"- **Overwritten: what only {old} has ({known}); it is exported there first, into {KEPT}**",
        f"- Waiting costs nothing now; until it is done, nothing can take over from {view.target}.",
    )
