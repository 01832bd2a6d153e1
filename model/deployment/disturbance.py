"""What a deploy would restart, stop or switch over although somebody works with it, each with the way around it.

A reload disturbs nobody. What nobody has used yet, a bare region beside one that is in use, may be stopped.
"""

from collections.abc import Iterable, Iterator

from model.deployment.database import settings_path
from model.observation import DatabaseRole
from model.step import Step, Verb
from model.survey import DBMS, PartSurvey, Survey
from model.view import View

DATABASE = (Verb.CONFIGURE_DATABASE, Verb.CONFIGURE_STANDBY)
PARTS = (Verb.INSTALL, Verb.CONFIGURE)
PAIR = (Verb.SWITCH_OVER, Verb.SWITCH_BACK)


def in_use(view: View) -> bool:
    """Whether what is deployed is in production: a Primary answers, or a record says that its region is active."""
    record = view.seen.record
    return bool(view.primary(view.target)) or (record is not None and record.state == "steady")


def disturbed(view: View, steps: Iterable[Step]) -> Iterator[str]:
    """Yield what these steps would disturb; a host that does not answer is refused as such."""
    for step in steps:
        if not view.seen.survey(step.host).answers:
            continue
        if step.verb in DATABASE:
            yield from _restarted(view, step)
        elif step.verb is Verb.STOP_DATABASE:
            yield from _stopped(view, step)
        elif step.verb in PARTS:
            yield from _overwritten(view, step)
        elif step.verb in PAIR:
            yield from _switched(view, step)


def _restarted(view: View, step: Step) -> Iterator[str]:
    survey, path = view.seen.survey(step.host), settings_path(view.environment)
    if not _serves(view, step, survey):
        return
    way = "in a maintenance window put it right by hand and restart the server, then deploy again"
    if path in survey.differing.get(DBMS, ()):
        yield f"{step.id}: {path} is not as rendered, and what runs would be restarted: {way}"
    elif survey.database is not None and survey.database.pending:
        left = "pg_file_settings, pg_hba_file_rules or pg_settings.pending_restart"
        way = f"reload it, mend what {left} still name, then deploy again"
        yield f"{step.id}: what runs has not taken up all that its files say: {way}"


def _stopped(view: View, step: Step) -> Iterator[str]:
    if _serves(view, step, view.seen.survey(step.host)):
        way = "see what it is; where it was to follow, `gdr run reprotect`"
        yield f"{step.id}: its server is no standby that is seen to follow, and would be stopped: {way}"


def _serves(view: View, step: Step, survey: Survey) -> bool:
    """Whether a DBMS runs, or may run, that is not proven empty."""
    role = view.seen.database(view.environment.region_of(step.host)).role
    return survey.used is not False and (survey.database is not None or role is not DatabaseRole.STOPPED)


def _overwritten(view: View, step: Step) -> Iterator[str]:
    survey = view.seen.survey(step.host)
    part = view.environment.host(step.host).component(step.unit)
    unit = part.unit if part else ""
    told = step.verb is Verb.CONFIGURE and survey.state(unit) == "other"  # refused as foreign
    if survey.parts.get(unit, PartSurvey()).account is not None and not told:
        yield f"{step.id}: runs, and would be written over: stop it in a maintenance window, then deploy again"


def _switched(view: View, step: Step) -> Iterator[str]:
    """Say that a pair in use would be switched over; one whose first already leads is noted, and no more."""
    pair, back = view.environment.framework(view.target), step.verb is Verb.SWITCH_BACK
    if back and view.is_primary(pair[0]):
        return
    units = [(host.name, part.unit) for host in pair if (part := host.component("confserv"))]
    if any(view.seen.survey(name).parts.get(unit, PartSurvey()).account is not None for name, unit in units):
        way = "stop both in a maintenance window: deploy starts them in order"
        by_hand = "switch it by hand in a quiet hour, or " if back else ""
        yield f"{step.id}: the pair serves, and would be switched over: {by_hand}{way}"
