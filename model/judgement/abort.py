"""When an abort must not begin, or go on: what was promoted is never taken back, and unknown is not unpromoted."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.case import BEYOND_IT, Case
from model.environment.document import Host
from model.environment.environment import other
from model.judgement.shared import half_made
from model.observation import DatabaseRole, Power
from model.step import Mode
from model.steps.switch import rests
from model.view import View

UNSAID = "..."  # for the person to say
NONE_OPEN = "no case is open: there is no switch to abort"


def against(case: Case, view: View) -> tuple[str, ...]:
    """Say why the open case cannot be aborted, or not any more: by its own records, and by what is seen."""
    switch = commands.run(case.environment, case.intent)
    view = _giving(view, UNSAID if case.intent.runbook == "abort" else case.intent.reason)
    if case.intent.runbook == "abort":
        return tuple(_beyond(view, "unplanned"))
    if not case.can_abort:
        way = f"only a planned switch can be aborted: go on with it: `{switch}`"
        return (f"case {case.name}: {case.intent.mode} {case.intent.runbook}: {way}",)
    if case.no_return:
        begun = f"{BEYOND_IT} was begun, and whether that took effect, or yet will, nobody can rule out"
        return (f"case {case.name}: {begun}: {_forward(view, case.intent.mode)}",)
    if view.seen.record is not None and view.seen.record.state == "steady":
        way = f"decline it where it asks, or run it again and decline: `{switch}`"
        return (f"case {case.name}: nothing of it is in force: there is nothing to take back: {way}",)
    return tuple(_beyond(view, case.intent.mode))


def _giving(view: View, reason: str) -> View:
    """Return the view in whose commands a reason stands: an abort's own is none to finish the switch."""
    return replace(view, intent=replace(view.intent, reason=reason))


def _beyond(view: View, mode: Mode) -> Iterator[str]:
    """Say that the point of no return is behind."""
    record, name = view.seen.record, view.environment.dbms(view.source).name
    promotes = view.intent.forth.target == view.source
    if promotes and view.seen.database(view.source).role is DatabaseRole.PRIMARY:
        yield f"{name}: is primary: {_forward(view, mode)}"
    elif record is not None and record.active == view.away:
        yield f"{view.environment.record_name}: {view.away} is active, the names have moved: {_forward(view, mode)}"


def _forward(view: View, mode: Mode) -> str:
    """Name the legal way from behind the point of no return."""
    name, there = view.environment.name, replace(view.intent.forth, mode=mode)
    return f"finish the switch: `{commands.run(name, there)}`; then {_afterwards(view)}"


def _afterwards(view: View) -> str:
    """Name the way back from a switch that is finished."""
    name = view.environment.name
    if view.intent.forth.runbook == "full_failover":
        return f"fail back: `{commands.failback(name, view.target, UNSAID)}`"
    back = replace(view.intent, runbook=view.intent.forth.runbook, undoes=None, reason=UNSAID)
    follows = replace(back, runbook="reprotect")
    first = f"`{commands.run(name, follows)}`, then " if back.runbook == "dbms_failover" else ""
    return f"{first}move it back: `{commands.run(name, back)}`"


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on, by what is seen."""
    view = _giving(view, UNSAID)
    return (*_unseen(view), *_unproven(view), *half_made(view), *_lost(view), *_unstopped(view))


def _unseen(view: View) -> Iterator[str]:
    """Say that nobody knows whether the other DBMS was promoted."""
    database, name = view.seen.database(view.source), view.environment.dbms(view.source).name
    if database.role is DatabaseRole.UNKNOWN and database.follows is None:
        why = f"whether it was promoted is not known: reach it, or power it off{_unproven_home(view)}"
        yield f"{name}: is not seen: {why} {database.fault}".rstrip()


def _unstopped(view: View) -> Iterator[str]:
    """Name what may work on the very database that stays, and cannot be stopped: nothing could start beside it."""
    if not view.writers or not rests(view.environment, view.intent, view.seen.record):
        return
    if silent := _silent(view):
        names, where = ", ".join(host.name for host in silent), view.environment.dbms(view.target).name
        way = f"nothing may start beside it: reach it, or power it off{_unproven_home(view)}"
        yield f"{names}: does not answer, and may work on {where}: {way} {view.host(silent[0].name).fault}".rstrip()


def _silent(view: View) -> list[Host]:
    return [host for host in view.writers if not view.host(host.name).answers and view.fence_level(host) is None]


def _unproven_home(view: View) -> str:
    """Name the way back of a framework that needs no proof of what it left: it has moved no database."""
    if view.intent.undoes != "framework_failover":
        return ""
    stopped = [host.name for host in view.writers if view.host(host.name).answers] if _silent(view) else []
    if beside := [name for name in stopped if view.host(name).power is Power.UNKNOWN]:
        return f"; or power {', '.join(beside)} off as well, and ask again"  # a pair is not stopped by halves
    home = replace(view.intent, runbook="framework_failover", mode="unplanned", undoes=None)
    return f", or waive its proof: `{commands.run(view.environment.name, home)}`"


def _unproven(view: View) -> Iterator[str]:
    """Say that the DBMS that is gone back to is not seen to be the one that was used when the switch began."""
    mine, theirs = view.seen.database(view.target), view.seen.database(view.source)
    name, peer = view.environment.dbms(view.target).name, view.environment.dbms(view.source).name
    finish = commands.run(view.environment.name, view.intent.forth)
    if mine.role is DatabaseRole.STANDBY or mine.follows is not None:
        yield f"{name}: is a standby: the database was in {view.source} before the switch: finish it: `{finish}`"
    elif theirs.follows is None and not view.host(name).answers:
        yield f"{name}: whether it was the primary is not known: give it power, or reach {peer}"


def _lost(view: View) -> Iterator[str]:
    """Name what the region that is gone back to cannot do without."""
    primary, _ = view.environment.framework(view.home)
    for host in (view.environment.dbms(view.target), *(() if goes_back_first(view) else (primary,))):
        if lost(view, host):
            way = f"nothing works without it: reach it, or give it up: `{_without(view, host)}`"
            yield f"{host.name}: does not answer: {way} {view.host(host.name).fault}".rstrip()


def _without(view: View, host: Host) -> str:
    """Return the command that goes on without what does not come back: the half that was to move does, or both do."""
    name, forth = view.environment.name, view.intent.forth
    if forth.runbook == "full_failover" or (forth.runbook == "dbms_failover") is (host.role == "dbms"):
        return commands.run(name, replace(forth, mode="unplanned"))
    lost = view.target if host.role == "dbms" else view.home
    return commands.switch(name, other(lost), "unplanned", view.intent.reason)


def goes_back_first(view: View) -> bool:
    """Whether the database goes back before its framework is given up: only where it works can that be moved to it."""
    apart = view.intent.undoes == "dbms_failover" and view.home != view.target
    record, role = view.seen.record, view.seen.database(view.target).role
    back = record is not None and (record.is_switching, record.data, role) == (True, view.target, DatabaseRole.PRIMARY)
    return apart and not back


def lost(view: View, host: Host) -> bool:
    """Whether a host does not answer, and is not one that power would wake."""
    seen = view.host(host.name)
    return not seen.answers and not (seen.power is Power.OFF and host.hypervisor.power is not None)
