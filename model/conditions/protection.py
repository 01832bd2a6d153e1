"""What must hold before and after the source's DBMS is made a standby of the target's."""

from model.conditions.fence import no_framework_sessions, not_closed
from model.conditions.registry import condition
from model.environment.document import Host
from model.environment.environment import other
from model.observation import DatabaseRole, DatabaseSeen
from model.step import Step
from model.steps.parts import slot_of
from model.view import WRITING_PARTS, Fence, View

CUT_OFF = "its slot is lost, or younger than what it has received: it is made to follow anew"
SEGMENT_BYTES = 16 * 1024 * 1024  # of WAL: what a standby that streams may have under way


@condition("source framework", "source database")
def source_silenced(view: View, _step: Step) -> str | None:
    """No framework runs in the source and its DBMS is no primary; nothing of it is waived."""
    proven = (Fence.POWERED_OFF, Fence.STOPPED)
    open_ = [host.name for host in view.environment.framework(view.away) if view.fence_level(host) not in proven]
    database = view.environment.dbms(view.source)
    if view.seen.database(view.source).role not in (DatabaseRole.STOPPED, DatabaseRole.STANDBY):
        open_.append(database.name)
    return f"{', '.join(open_)}: not proven stopped" if open_ else None


@condition("source database")
def source_database_stopped(view: View, _step: Step) -> str | None:
    """The source's DBMS does not run, and its host answers."""
    name, database = view.environment.dbms(view.source).name, view.seen.database(view.source)
    if database.role is DatabaseRole.STOPPED and view.host(name).answers:
        return None
    return f"{name}: is {database.role}, not proven stopped {view.host(name).fault}".rstrip()


@condition("source database")
def source_writes_nothing(view: View, _step: Step) -> str | None:
    """The source's DBMS is stopped, or a standby, be it one that starts just now."""
    name, database = view.environment.dbms(view.source).name, view.seen.database(view.source)
    if database.role in (DatabaseRole.STOPPED, DatabaseRole.STANDBY) or _is_no_primary(database):
        return None
    return f"{name}: is {database.role}, not proven harmless {database.fault}".rstrip()


def _is_no_primary(database: DatabaseSeen) -> bool:
    return database.role is DatabaseRole.UNKNOWN and database.follows is not None


@condition("source database")
def source_sessions_ended(view: View, step: Step) -> str | None:
    """No framework host holds a session of the source's DBMS, where that writes."""
    return source_writes_nothing(view, step) and no_framework_sessions(view, step)


@condition("source framework", "source database")
def answering_source_harmless(view: View, step: Step) -> str | None:
    """Nothing runs on the writers of the source that answer, but a DBMS that writes nothing."""
    hosts = [host for host in view.environment.framework(view.away) if view.host(host.name).answers]
    open_ = [f"{host.name}: {kind}" for host in hosts for kind in WRITING_PARTS if _may_run(view, host, kind)]
    database = view.environment.dbms(view.source).name
    writes = source_writes_nothing(view, step) if view.host(database).answers else None
    faults = [f"{', '.join(open_)} not proven stopped"] if open_ else []
    return "; ".join([*faults, *([writes] if writes else [])]) or None


def _may_run(view: View, host: Host, kind: str) -> bool:
    return host.component(kind) is not None and view.runs(host.name, kind) is not False


@condition("source database", "target database host")
def source_kept_out(view: View, _step: Step) -> str | None:
    """The active DBMS is closed to the source, where the source's is a primary too; a standby is the protection."""
    if view.seen.database(view.source).role is not DatabaseRole.PRIMARY:
        return None
    source = frozenset(str(host.address) for host in view.keeps_out)
    return not_closed(view, view.environment.dbms(view.target).name, source)


@condition("source database")
def source_database_rests(view: View, step: Step) -> str | None:
    """The source's DBMS does not run, or runs as the target's standby and has but the rest of a reseed beside it."""
    database = view.seen.database(view.source)
    tidies = database.role is DatabaseRole.STANDBY and database.reseeding and _is_standby_of_target(view)
    return None if tidies else source_database_stopped(view, step)


@condition("source database")
def source_closed(view: View, _step: Step) -> str | None:
    """The source's DBMS port is closed to all four framework hosts, seen in its host's own rules; off is not enough."""
    return not_closed(view, view.environment.dbms(view.source).name, frozenset(view.environment.framework_addresses()))


@condition("target database host")
def replication_open(view: View, _step: Step) -> str | None:
    """The target's DBMS port is open to the source's DBMS."""
    name, port = view.environment.dbms(view.target).name, view.environment.database.port
    shut, peer = view.host(name).shut_out(port), view.environment.dbms(view.source)
    if shut is None:
        return f"{name}: whom its rules shut out of {port}/tcp is unknown"
    return f"{name}: {port}/tcp is closed to {peer.name}" if str(peer.address) in shut else None


@condition("host")
def other_database_let_in(view: View, step: Step) -> str | None:
    """The host's DBMS port is open to the other region's DBMS."""
    port, seen = view.environment.database.port, view.host(step.host)
    peer, shut = view.environment.dbms(other(view.environment.region_of(step.host))), seen.shut_out(port)
    if shut is None:
        return f"{step.host}: whom its rules shut out of {port}/tcp is unknown {seen.fault}".rstrip()
    return f"{step.host}: {port}/tcp is closed to {peer.name}" if str(peer.address) in shut else None


@condition("target database")
def slot_exists(view: View, _step: Step) -> str | None:
    """The target's DBMS keeps what the source's will need, by a replication slot."""
    name, slot = view.environment.dbms(view.target).name, slot_of(view.environment.dbms(view.source))
    if slot in (view.seen.database(view.target).slots or ()):
        return None
    return f"{name}: replication slot {slot} is not there, or that is unknown"


@condition("source database", "target database")
def stranded_exported(view: View, _step: Step) -> str | None:
    """What only the source's DBMS has is exported, compared with the target's present timeline."""
    if _goes_on(view):
        return None
    stranded, now = view.seen.database(view.source).stranded, view.seen.database(view.target).timeline
    if stranded is not None and stranded.fits and stranded.primary_timeline == now is not None:
        return None
    name = view.environment.dbms(view.source).name
    return f"{name}: what only it has is not exported against timeline {now} of {view.target}"


@condition("source database", "target database")
def follows_target(view: View, _step: Step) -> str | None:
    """The source's DBMS is a standby of the target's and can go on as one, and no reseed is half done."""
    name, database = view.environment.dbms(view.source).name, view.seen.database(view.source)
    if database.reseeding is not False or not _is_standby_of_target(view):
        who = f"follows {database.follows or 'nobody'}, reseed {_half(database.reseeding)}"
        return f"{name}: {who} {database.fault}".rstrip()
    if _goes_on(view) or (database.role is DatabaseRole.STOPPED and database.ready == view.epoch is not None):
        return None
    if database.role is DatabaseRole.STANDBY:
        return f"{name}: {CUT_OFF}"
    return f"{name}: is {database.role}; whether it can go on was not looked at in this epoch {database.fault}".rstrip()


@condition("source database", "target database")
def no_standby_cut_off(view: View, _step: Step) -> str | None:
    """The source's DBMS does not run as a standby whose slot is lost or too young: it could never go on."""
    return f"{view.environment.dbms(view.source).name}: {CUT_OFF}" if _cut_off(view) else None


def _goes_on(view: View) -> bool:
    """Whether the source's DBMS runs as a standby of the target's, and streams, or will catch up by itself."""
    runs = view.seen.database(view.source).role is DatabaseRole.STANDBY
    return runs and _is_standby_of_target(view) and not _cut_off(view)


def _is_standby_of_target(view: View) -> bool:
    return view.seen.database(view.source).follows == str(view.environment.dbms(view.target).address)


def _cut_off(view: View) -> bool:
    """Whether the target's DBMS no longer keeps for certain what a running standby needs: known, never guessed.

    One that streams is served; one that was merely not connected for a while is kept for by its slot.
    """
    standby, primary = view.seen.database(view.source), view.seen.database(view.target)
    if standby.role is not DatabaseRole.STANDBY or standby.streaming or primary.slots is None:
        return False
    slot = slot_of(view.environment.dbms(view.source))
    kept = primary.keeps_from.get(slot)
    return slot not in primary.slots or (kept is not None and standby.wants is not None and kept > standby.wants)


def _half(reseeding: bool | None) -> str:  # noqa: FBT001  (private, one caller)
    return {True: "half done", False: "not under way", None: "unknown"}[reseeding]


@condition("source database")
def source_streams(view: View, _step: Step) -> str | None:
    """The source's DBMS is a standby and streams."""
    name, database = view.environment.dbms(view.source).name, view.seen.database(view.source)
    if database.role is DatabaseRole.STANDBY and database.streaming:
        return None
    return f"{name}: is {database.role}, not proven to stream {database.fault}".rstrip()


@condition("source database", "target database")
def source_caught_up(view: View, _step: Step) -> str | None:
    """The source's DBMS is behind by less than one segment of WAL."""
    mine, theirs = view.seen.database(view.source).received, view.seen.database(view.target).received
    name = view.environment.dbms(view.source).name
    if mine is None or theirs is None:
        return f"{name}: received {mine}, the primary is at {theirs}: unknown is not enough"
    behind = theirs - mine
    return f"{name}: {behind} bytes behind" if behind >= SEGMENT_BYTES else None
