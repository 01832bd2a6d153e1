"""The dormant framework at work on a copy of the database, within walls; and taking all of it down again."""

from collections.abc import Iterable

from model.conditions.bubble import copy_port
from model.environment.document import Host
from model.observation import Power
from model.step import Step, Verb
from model.steps.parts import part_of
from model.view import View

DRILLS = "state=drill"  # the record stays as it is, but for the lock
GONE = "nothing is left to undo: it dies with a reboot as well"


def taking_lock(view: View, *needs: str) -> dict[str, Iterable[Step]]:
    """Return the swap that takes the epoch, and moves nothing."""
    swap = Step(
        stage="epoch",
        verb=Verb.TAKE_EPOCH,
        host=view.environment.writer.name,
        command=f"update {view.environment.record_name} TXT: epoch + 1, {DRILLS} active={view.home}",
        needs=needs,
        proves=("epoch_is_ours",),
        undo="swap the record back to steady",
    )
    return {"take_epoch": (swap,)}


def building(view: View) -> dict[str, Iterable[Step]]:
    """Return what makes the bubble and proves what works in it, in order: nothing starts before the walls are tried."""
    primary, backup = pair = view.environment.framework(view.away)
    return {
        "raise_walls": [_raise(view, host, other) for host, other in ((primary, backup), (backup, primary))],
        "try_walls": [_try(host) for host in pair],
        "copy_database": (_copy(view),),
        "start_lca": [_start(host, "lca", "walls_tried", must=host is primary) for host in pair],
        "start_primary": (_start(primary, "confserv", "lca_inside", proves="leads_inside"),),
        "start_backup": (_start(backup, "confserv", "leads_inside", "lca_inside", must=False),),
        "start_scs": [_start(host, "scs", "leads_inside", "lca_inside", must=host is primary) for host in pair],
        "message_servers": [_message_server(host) for host in pair],
        "commit_inside": (_commit(view),),
    }


def leaving(view: View) -> dict[str, Iterable[Step]]:
    """Return what takes the bubble down once it is proven."""
    pair, database = view.environment.framework(view.away), view.environment.dbms(view.away)
    return {
        "leave_bubble": [_leave(host, "committed_inside", must=True) for host in pair],
        "drop_copy": (_drop(database, "committed_inside", must=True),),
    }


def discarding(view: View) -> dict[str, Iterable[Step]]:
    """Return what takes bubbles down, whatever they have proven: where one may stand, and where one was left."""
    known = view.environment
    pairs = (*known.framework(view.away), *(host for host in known.framework(view.home) if _in_bubble(view, host)))
    rests = view.host(known.dbms(view.away).name).power is Power.OFF
    databases = [] if rests else [known.dbms(view.away)]
    databases += [known.dbms(view.home)] if _has_copy(view) else []
    return {
        "leave_bubble": [_leave(host, must=True) for host in pairs],
        "drop_copy": [_drop(host, must=True) for host in databases],
    }


def bursting(view: View) -> dict[str, Iterable[Step]]:
    """Return what takes a bubble down that stands where a region takes over; nothing where no host says so."""
    primary, backup = view.environment.framework(view.home)
    standing = [host for host in (primary, backup) if _in_bubble(view, host)]
    return {
        "leave_bubble": [_leave(host, must=host is primary) for host in standing],
        "drop_copy": [_drop(view.environment.dbms(view.home), must=False)] if _has_copy(view) else [],
    }


def _has_copy(view: View) -> bool:
    copy = view.host(view.environment.dbms(view.home).name).copy
    return copy is not None and copy.case != ""


def _in_bubble(view: View, host: Host) -> bool:
    walls = view.host(host.name).walls
    return walls is not None and walls.case != ""


def _raise(view: View, host: Host, other: Host) -> Step:
    known = view.environment
    own, production = known.dbms(view.away).address, known.dbms(view.home).address
    words = f"{known.control.address} {other.address} {own} {production} {known.database.port}"
    return Step(
        stage="fence",
        verb=Verb.RAISE_WALLS,
        host=host.name,
        command=f"gdr-host EPOCH bubble-enter CASE {words}",
        needs=("host_answers", "rests_or_inside"),
        proves=("walled",),
        undo=f"gdr-host EPOCH bubble-leave, on {host.name}; or restart it",
    )


def _try(host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.TRY_WALLS,
        host=host.name,
        command="gdr-host reach PLACE..., from it to production, from another host to it, and as a control to the same",
        needs=("walled",),
        proves=("walls_tried",),
        undo="nothing was changed",
    )


def _copy(view: View) -> Step:
    known, database = view.environment, view.environment.dbms(view.away)
    pair = " ".join(str(host.address) for host in known.framework(view.away))
    what = f"base backup of the standby, primary on port {copy_port(known)}"
    return Step(
        stage="database",
        verb=Verb.COPY_DATABASE,
        host=database.name,
        command=f"gdr-host EPOCH bubble-copy CASE {pair}: {what}",
        needs=("source_streams", "closed_to_framework", "room_for_copy"),
        proves=("copy_serves",),
        undo="gdr-host EPOCH bubble-drop",
    )


def _start(host: Host, kind: str, *needs: str, must: bool = True, proves: str = "runs_inside") -> Step:
    unit = part_of(host, kind).unit
    return Step(
        stage="framework",
        verb=Verb.START,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-start {unit}",
        needs=("walled", "copy_serves", *needs),
        proves=(proves,),
        undo=f"gdr-host EPOCH component-stop {unit}",
        must=must,
    )


def _message_server(host: Host) -> Step:
    part = part_of(host, "message_server")
    waits = part.started_by == "management_layer"
    by_hand = f"gdr-host EPOCH component-start {part.unit}"
    return Step(
        stage="framework",
        verb=Verb.AWAIT if waits else Verb.START,
        host=host.name,
        unit="message_server",
        command=f"wait for the Management Layer; if it has not, {by_hand}" if waits else by_hand,
        needs=("walled", "copy_serves", "leads_inside"),
        proves=("runs_inside",),
        undo=f"gdr-host EPOCH component-stop {part.unit}",
        must=False,
    )


def _commit(view: View) -> Step:
    return Step(
        stage="prove",
        verb=Verb.COMMIT_INSIDE,
        host=view.environment.dbms(view.away).name,
        command="gdr-host EPOCH bubble-commit CASE: a row of the case in the copy, as the account",
        needs=("copy_serves", "leads_inside"),
        proves=("committed_inside",),
        undo="nothing to undo: the copy is dropped",
    )


def _leave(host: Host, *proves: str, must: bool) -> Step:
    return Step(
        stage="prove" if proves else "fence",
        verb=Verb.LEAVE_BUBBLE,
        host=host.name,
        command="gdr-host EPOCH bubble-leave: stop all that runs within, then take the walls down",
        needs=("host_answers",),
        proves=(*proves, "out_of_bubble"),
        undo=GONE,
        must=must,
    )


def _drop(database: Host, *proves: str, must: bool) -> Step:
    return Step(
        stage="prove" if proves else "fence",
        verb=Verb.DROP_COPY,
        host=database.name,
        command="gdr-host EPOCH bubble-drop",
        needs=("host_answers",),
        proves=(*proves, "no_copy"),
        undo="none: it was a copy",
        must=must,
    )
