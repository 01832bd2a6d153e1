"""What an approver of a switch sees: what works, what may be lost, how writers are fenced, what waiting costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

from model import commands
from model.approval import Bounds
from model.case import Case
from model.environment.document import Host, RegionKey
from model.environment.environment import REGION_KEYS, other
from model.judgement.shared import unwritable
from model.logs import unsent
from model.loss import BYTES_PER_CHANGE, FLOOR_BYTES, MARGIN, Loss
from model.markdown import plain, typed
from model.observation import DatabaseRole
from model.step import Step
from model.taken_back import works_now
from model.view import Fence, View
from model.words import FENCE

ANSWER_S = 900.0  # what is shown holds this long; a later answer is judged by what may be lost then


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What a go risks.

    Attributes:
        levels: The fence level each writer can get.
        ended: Whether the source is seen to write nothing more.
        stopped_at: When this case stopped the old Primary, seconds of the epoch; None where it has not.
        silent_since: When the source's DBMS was last seen to work; None where it works, or nobody has watched it since.
    """

    bounds: Bounds
    loss: Loss | None
    levels: Mapping[str, int]
    ended: bool
    stopped_at: float | None
    silent_since: float | None


def switched(view: View, case: Case, left: list[Step], stake: Stake) -> tuple[str, ...]:
    """Say it."""
    to = view.intent.moves_to
    return (
        f"- From {other(to)} to {to}. Works now: {works_now(view)}.{_no_proxy(view)}",
        f"- Two clocks: limited mode (no Primary) {_limited(view, stake)}; outage of what is fenced till brought back",
        f"- May be lost: {_loss(view, stake)}",
        *_only_the_framework(view),
        *_logs_count(view, stake.bounds),
        *(f"- **No proof in the end: {plain(line)}**" for line in unwritable(view)),
        *_needless(view, case),
        f"- Fence (level 1 proves most, 5 nothing): {', '.join(_fences(view, stake.levels))}",
        *(
            f"- **{host}: nobody can prove it fenced; by saying go you waive that proof**"
            for host in sorted(stake.bounds.waived)
        ),
        f"- Point of no return: {_no_return(view, left)}",
        "- Is data damaged (deleted, overwritten, encrypted)? No switch mends it: decline, and restore a backup.",
        f"- Waiting costs {_waiting(view)}",
    )


def _named(view: View) -> tuple[RegionKey, ...]:
    """Return where the names point: the record moves with them; where nobody could read it, as proxies find them."""
    if view.seen.record is not None:
        return (view.seen.record.active,)
    return tuple(key for key in REGION_KEYS if any(view.resolves(host.name, key) for host in _proxies(view)))


def _proxies(view: View) -> Iterator[Host]:
    return (host for key in REGION_KEYS for host in view.living(key))


def _is_reached(view: View) -> bool:
    """Whether the names point to a Primary that works: of another one no proxy knows."""
    return any(view.primary(key) for key in _named(view))


def _begun(view: View) -> bool:
    """Whether something may be stopped already: a case has taken its epoch to switch, or nobody knows."""
    return view.seen.record is None or view.seen.record.is_switching


def _no_proxy(view: View) -> str:
    return "" if _is_reached(view) else " A proxy restarted now will not come up."


def _waiting(view: View) -> str:
    if not _is_reached(view) or not any(_is_database(view, key) for key in REGION_KEYS):
        return "no calls: proxies serve read-only; only configuration changes wait."
    if _begun(view):
        return "no calls: the names answer a Primary that works; what is stopped by now stays so until it goes on."
    return "nothing: Primary and DBMS work, and nothing is stopped before you say go."


def _is_database(view: View, key: RegionKey) -> bool:
    return view.seen.database(key).role is DatabaseRole.PRIMARY


def _limited(view: View, stake: Stake) -> str:
    """Say for how long there has been no Primary; it ends with what is approved here."""
    if not _is_reached(view):
        return _for_how_long(view, stake)
    if _begun(view) and _is_new(view):
        return f"{_for_how_long(view, stake)}, which ends as proxies find the new Primary"
    return "not begun"


def _is_new(view: View) -> bool:
    """Whether the Primary that the names point to is the one in the end, not the one that is given up."""
    if view.intent.runbook == "dbms_failover":
        return _is_database(view, view.target)
    return _named(view) == (view.home,)


def _for_how_long(view: View, stake: Stake) -> str:
    """Count as the report does: from the stop of the Primary, or from when the DBMS was last seen to work."""
    if stake.stopped_at is not None:
        return f"for {max(0.0, view.seen.at - stake.stopped_at):.0f} s"
    if stake.silent_since is None:
        return "for a time that nobody has seen begin"
    return f"for at least {max(0.0, view.seen.at - stake.silent_since):.0f} s"


def _logs_count(view: View, bounds: Bounds) -> Iterator[str]:
    """Say whether log rows are in the bound; those that are in none may be lost where no change is."""
    if view.environment.is_crossed:
        left = other(view.intent.moves_to)
        known = unsent(view.seen.log(left).sample, left, view.seen.at)
        yield f"- Log rows do not count in it, each region has a log server of its own: {known}"
    elif view.environment.database.log is not None and bounds.loss_changes != 0:
        yield "- Log rows count in it: the log database is one of the same DBMS"


def _fences(view: View, levels: Mapping[str, int]) -> Iterator[str]:
    """Say of each writer how it will be fenced, and whether it is seen so already."""
    for host in sorted(view.writers, key=lambda writer: writer.name):
        level = levels[host.name]
        seen = "" if level == Fence.WAIVED else ", seen now" if view.fence_level(host) == level else ", by this run"
        yield f"{host.name} level {level} ({FENCE[level]}{seen})"


def _only_the_framework(view: View) -> Iterator[str]:
    """Say that less may be given up: while the source's DBMS works, nothing that it has need be lost."""
    database, record = view.environment.dbms(view.source), view.seen.record
    works = view.seen.database(view.source).role is DatabaseRole.PRIMARY and view.host(database.name).answers
    begun = record is None or record.state != "steady"
    if view.intent.keeps or not works or begun or view.primary(view.source):
        return
    instead = commands.run(view.environment.name, replace(view.intent, runbook="partial_failover"))
    yield f"- **{database.name} works: only the framework is lost. Decline, and lose nothing: {typed(instead)}**"


def _needless(view: View, case: Case) -> Iterator[str]:
    """Say that the database a framework was moved to works: to give that up as well may lose what need not be lost."""
    if case.intent.runbook != "framework_failover" or view.intent.runbook == case.intent.runbook:
        return
    database = view.environment.dbms(case.intent.target).name
    if view.seen.database(case.intent.target).role is DatabaseRole.PRIMARY and view.host(database).answers:
        instead = commands.run(view.environment.name, case.intent)
        yield f"- **{database} works: decline, and go on without losing anything: `{instead}`**"


def _loss(view: View, stake: Stake) -> str:
    if view.intent.runbook == "framework_failover":
        return f"nothing: {view.environment.dbms(view.target).name} stays what it is"
    if view.intent.drains:
        return "nothing: writers are stopped and the standby drained before the switch"
    loss = stake.loss
    if loss is None:
        return "**unknown**: no sample of the primary less than an hour old, a sampler that paused, or a silent target"
    healthy = "streaming" if loss.streaming_before else "NOT streaming"
    grows = f"if you answer within {ANSWER_S / 60:.0f} minutes and it wrote no faster than in its last hour"
    age, rate = ceil(loss.age_s), ceil(loss.bytes_per_s)
    return (
        f"at most {stake.bounds.loss_changes} changes ({loss.bytes} bytes of WAL), {_rpo(loss, view)}; "
        f"{f'and no more: {view.source} writes nothing now' if stake.ended else grows}; sample {age} s old: "
        f"replication was {healthy}, {loss.behind} bytes behind, at most {rate} bytes/s were written; "
        f"{_reckoned(loss)}"
    )


def _reckoned(loss: Loss) -> str:
    """Say how the bytes come about, in the numbers shown, so that anybody can do it again: they are rounded up."""
    time = f"{ceil(loss.age_s)}" if loss.ahead_s == 0 else f"({ceil(loss.age_s)} + {loss.ahead_s:.0f})"
    written = f"({loss.behind} + {ceil(loss.bytes_per_s)} x {time}) x {MARGIN}"
    return f"no more than {written} for safety + {FLOOR_BYTES} for a burst, {BYTES_PER_CHANGE} bytes a change"


def _rpo(loss: Loss, view: View) -> str:
    """Hold it against the objective, in seconds as they are by now."""
    most = view.environment.objectives.rpo_s
    if loss.rpo_s is None:
        return f"**of how many seconds is unknown** (objective {most:.0f} s)"
    missed = f"**objective {most:.0f} s: missed**"
    return f"of {loss.rpo_s:.0f} s by now ({missed if loss.rpo_s > most else f'objective {most:.0f} s'})"


def _no_return(view: View, left: list[Step]) -> str:
    point = next((f"{step.verb} {step.host} (stage {step.stage})" for step in left if step.no_return), None)
    if view.intent.runbook == "framework_failover":
        none = "none: no DBMS is promoted"
        return f"{none}; {point} is that of an abort: from there on it is finished, and moved back" if point else none
    return point or "already passed"
