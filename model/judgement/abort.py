"""When an abort must not begin, or go on: what was promoted is never taken back, and unknown is not unpromoted."""

from collections.abc import Iterator

from model import commands
from model.case import Case
from model.environment.document import Host, RegionKey
from model.environment.environment import other
from model.judgement.shared import half_made
from model.observation import DatabaseRole, Power
from model.step import Mode
from model.view import View

NONE_OPEN = "no case is open: there is no switch to abort"


def against(case: Case, view: View) -> tuple[str, ...]:
    """Say why the open case cannot be aborted, or not any more: by its own records, and by what is seen."""
    if case.intent.runbook == "abort":
        return tuple(_promoted(view, "unplanned"))
    if not case.can_abort:
        way = f"only a planned full failover can be aborted: go on with it: `{_command(case)}`"
        return (f"case {case.name}: {case.intent.mode} {case.intent.runbook}: {way}",)
    if case.promoting:
        begun = "its promotion was begun, and whether it took effect, or yet will, nobody can rule out"
        return (f"case {case.name}: {begun}: {_forward(_command(case), view, case.intent.target)}",)
    if view.seen.record is not None and view.seen.record.state == "steady":
        way = f"decline it where it asks, or run it again and decline: `{_command(case)}`"
        return (f"case {case.name}: nothing of it is in force: there is nothing to take back: {way}",)
    return tuple(_promoted(view, case.intent.mode, to=case.intent.target))


def _command(case: Case) -> str:
    return commands.run(case.environment, case.intent)


def _forward(switch: str, view: View, target: RegionKey) -> str:
    """Name the legal way from behind the point of no return."""
    back = commands.failback(view.environment.name, other(target), view.intent.reason)
    return f"finish the switch: `{switch}`; then fail back: `{back}`"


def _promoted(view: View, mode: Mode, to: RegionKey | None = None) -> Iterator[str]:
    """Say that the point of no return is behind."""
    target = to or view.source
    record, name = view.seen.record, view.environment.dbms(target).name
    way = _forward(commands.switch(view.environment.name, target, mode, view.intent.reason), view, target)
    if view.seen.database(target).role is DatabaseRole.PRIMARY:
        yield f"{name}: is primary: {way}"
    elif record is not None and record.active == target:
        yield f"{view.environment.record_name}: {target} is active, the names have moved: {way}"


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
    if mine.role is DatabaseRole.STANDBY or mine.follows is not None:
        yield f"{name}: is a standby: the database was in {view.source} before the switch: finish it: {_finish(view)}"
    elif theirs.follows is None and not view.host(name).answers:
        yield f"{name}: whether it was the primary is not known: give it power, or reach {peer}"


def _finish(view: View) -> str:
    return f"`{commands.switch(view.environment.name, view.source, 'planned', view.intent.reason)}`"


def _lost(view: View) -> Iterator[str]:
    """Name what the region that is gone back to cannot do without."""
    primary, _ = view.environment.framework(view.home)
    for host in (view.environment.dbms(view.target), primary):
        if not view.host(host.name).answers and not _can_be_woken(view, host):
            why = f"{view.home} cannot work without it: reach it, or give {view.home} up: "
            escalated = commands.switch(view.environment.name, view.source, "unplanned", view.intent.reason)
            yield f"{host.name}: does not answer: {why}`{escalated}` {view.host(host.name).fault}".rstrip()


def _can_be_woken(view: View, host: Host) -> bool:
    return view.host(host.name).power is Power.OFF and host.hypervisor.power is not None
