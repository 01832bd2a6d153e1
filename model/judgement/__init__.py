"""Whether a runbook may begin at all: every reason against it, said before anything is changed."""

from collections.abc import Callable, Mapping

from model.case import NOTHING, Case, Owed
from model.environment.environment import Environment
from model.evidence import FIRST
from model.judgement import (
    abort,
    bubble,
    clone_and_isolate,
    dbms_failover,
    deploy,
    discard,
    drifted,
    framework_failover,
    full_failover,
    partial_failover,
    reprotect,
    return_guard,
)
from model.judgement.shared import is_ours, record_refusals
from model.observation import Observation
from model.record import Record
from model.step import Intent, Name
from model.view import View

Reasons = Callable[[View], tuple[str, ...]]
REFUSALS: Mapping[Name, Reasons] = {
    "full_failover": full_failover.refusals,
    "partial_failover": full_failover.refusals,
    "dbms_failover": dbms_failover.refusals,
    "framework_failover": framework_failover.refusals,
    "reprotect": reprotect.refusals,
    "return_guard": return_guard.refusals,
    "deploy": deploy.refusals,
    "clone_and_isolate": clone_and_isolate.refusals,
    "abort": abort.refusals,
    "bubble": bubble.refusals,
    "discard": discard.refusals,
}
BEFORE_BEGUN: Mapping[Name, Reasons] = {
    "full_failover": full_failover.before_begun,
    "partial_failover": partial_failover.before_begun,
    "dbms_failover": dbms_failover.before_begun,
    "framework_failover": framework_failover.before_begun,
    "reprotect": lambda _view: (),
    "return_guard": lambda _view: (),
    "deploy": lambda view: tuple(deploy.before_begun(view)),
    "clone_and_isolate": clone_and_isolate.before_begun,
    "abort": lambda _view: (),
    "bubble": bubble.before_begun,
    "discard": lambda _view: (),
}  # afterwards what is seen is the case's own work; what the others need, they need to the end
DONE: Mapping[Name, Callable[[View], bool]] = {
    "full_failover": full_failover.done,
    "partial_failover": full_failover.done,
    "dbms_failover": full_failover.done,
    "framework_failover": full_failover.done,
    "reprotect": reprotect.done,
    "return_guard": return_guard.done,
    "deploy": deploy.done,
    "clone_and_isolate": clone_and_isolate.done,
    "abort": full_failover.done,
    "bubble": bubble.done,
    "discard": discard.done,
}


def refusals(view: View) -> tuple[str, ...]:
    """Say why a runbook must not begin, or go on, from what was seen. Empty: it may."""
    begun, runbook = is_ours(view) or finished(view), view.intent.runbook
    return (*record_refusals(view), *REFUSALS[runbook](view), *(() if begun else BEFORE_BEGUN[runbook](view)))


def against(case: Case | None, view: View) -> tuple[str, ...]:
    """Say why the open case cannot become, or go on as, what is wanted, from what it remembers."""
    if view.intent.runbook != "abort":
        return ()
    return abort.against(case, view) if case else (abort.NONE_OPEN,)


def done(view: View) -> bool:
    """Whether what is wanted is so already, and the record steady: nothing to do."""
    return DONE[view.intent.runbook](view)


def asks_alike(case: Case | None, view: View) -> bool:
    """Whether a planned switch would open a case now: only then are the regions asked whether they are alike.

    What is not there yet is looked at no further: inventories take their time. A case that is open goes on.
    """
    return case is None and drifted.asked(view.intent) and not done(view) and not refusals(view)


def finished(view: View) -> bool:
    """Whether the open case has only its end left to do: it must be closable, and settles what has come back since."""
    return view.case != FIRST and done(view)


def opening_view(  # noqa: PLR0913  (what a process knows before it begins)
    environment: Environment,
    seen: Observation,
    intent: Intent,
    case: Case | None,
    *,
    superseded: str = FIRST,
    remaking: bool = False,
    owed: Owed = NOTHING,
) -> View:
    """Return what a process judges before it begins: with what the open case, if any, was granted."""
    return View(
        environment=environment,
        seen=seen,
        intent=intent,
        case=case.name if case else FIRST,
        waived=case.waived_by(environment.approval.people) if case else frozenset(),
        lossy=not intent.keeps if intent.asks else owed.lossy,
        superseded=superseded,
        remaking=remaking,
        owed=owed.hosts,
    )


def may_close(case: Case, record: Record | None) -> bool:
    """Whether a decline may close a case: not in the middle of a switch, which nothing else can then go on with.

    Args:
        record: The activation record; None when it could not be read: then an act of the case may have been its epoch.
    """
    if record is None:
        return not case.begun
    return record.state == "steady" or (record.case != case.name and not case.begun)


def idle(case: Case, record: Record | None) -> bool:
    """Whether nothing of an open case is in force: not begun yet, or taken back by hand. A refusal then closes it."""
    if record is None or record.state != "steady":
        return False
    wanted = (case.intent.framework, case.intent.target)
    return (record.active, record.data) != wanted or not case.intent.switches
