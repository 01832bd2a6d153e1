"""When an abort must not begin, or go on: what was promoted is never taken back, and unknown is not unpromoted."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.case import BEYOND_IT, Case
from model.environment.document import Host
from model.judgement.shared import half_made
from model.observation import DatabaseRole, Power
from model.step import Mode
from model.view import View

NONE_OPEN = "no case is open: there is no switch to abort"


def against(case: Case, view: View) -> tuple[str, ...]:
    """Say why the open case cannot be aborted, or not any more: by its own records, and by what is seen."""
    switch = commands.run(case.environment, case.intent)
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
    name, reason = view.environment.name, view.intent.reason
    if view.intent.forth.runbook == "full_failover":
        return f"fail back: `{commands.failback(name, view.target, reason)}`"
    back = replace(view.intent, runbook=view.intent.forth.runbook, undoes=None)
    follows = replace(view.intent, runbook="reprotect", undoes=None)
    first = f"`{commands.run(name, follows)}`, then " if back.runbook == "dbms_failover" else ""
    return f"{first}move it back: `{commands.run(name, back)}`"


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on, by what is seen."""
    return (*_unseen(view), *_unproven(view), *half_made(view), *_lost(view))


def _unseen(view: View) -> Iterator[str]:
    """Say that nobody knows whether the other DBMS was promoted."""
    database, name = view.seen.database(view.source), view.environment.dbms(view.source).name
    if database.role is DatabaseRole.UNKNOWN and database.follows is None:
        why = "whether it was promoted is not known: reach it, or power it off"
        yield f"{name}: is not seen: {why} {database.fault}".rstrip()


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
    for host in (view.environment.dbms(view.target), primary):
        if not view.host(host.name).answers and not _can_be_woken(view, host):
            way = f"nothing works without it: reach it, or give it up: `{_without(view, host)}`"
            yield f"{host.name}: does not answer: {way} {view.host(host.name).fault}".rstrip()


def _without(view: View, host: Host) -> str:
    """Return the command that goes on without what does not come back: the half that was to move does, or both do."""
    name, forth = view.environment.name, view.intent.forth
    if forth.runbook == "full_failover" or (forth.runbook == "dbms_failover") is (host.role == "dbms"):
        return commands.run(name, replace(forth, mode="unplanned"))
    return commands.switch(name, view.source, "unplanned", view.intent.reason)


def _can_be_woken(view: View, host: Host) -> bool:
    return view.host(host.name).power is Power.OFF and host.hypervisor.power is not None
