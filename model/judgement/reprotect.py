"""When a reprotect must not begin, or go on."""

from collections.abc import Iterator

from model.environment.document import Host
from model.observation import DatabaseRole, Power
from model.view import View

WRITES = ("confserv", "scs")


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: the active region must work, and nothing of the other may be unknown."""
    return (*_active(view), *_unseen(view), *_source_framework(view), *_source_database(view))


def done(view: View) -> bool:
    """Whether the other region's DBMS follows already and is closed, and the record steady: nothing to do."""
    record = view.seen.record
    steady = (
        record is not None and (record.state, record.active) == ("steady", view.home) and record.data == view.target
    )
    return steady and follows(view) and _closed(view)


def follows(view: View) -> bool:
    """Whether the source's DBMS is a standby that streams."""
    database = view.seen.database(view.source)
    return database.role is DatabaseRole.STANDBY and bool(database.streaming)


def _closed(view: View) -> bool:
    shut = view.host(view.environment.dbms(view.source).name).shut_out(view.environment.database.port)
    return shut is not None and shut >= set(view.environment.framework_addresses())


def _active(view: View) -> Iterator[str]:
    record, database = view.seen.record, view.seen.database(view.target)
    if record is not None and (record.active, record.data) != (view.home, view.target):
        yield f"{view.target}: is not the active region: reprotect protects the one that is"
    if database.role is not DatabaseRole.PRIMARY:
        name = view.environment.dbms(view.target).name
        yield f"{name}: is {database.role}, not the primary that could be followed {database.fault}".rstrip()
    if not view.primary(view.home):
        yield f"{view.home}: no Configuration Server is proven Primary: mend the active region first"


def _unseen(view: View) -> Iterator[str]:
    """Name writers of the source that nobody can see: a waiver is not enough to reseed."""
    for host in view.writers:
        seen = view.host(host.name)
        if not seen.answers and seen.power is not Power.OFF:
            yield f"{host.name}: does not answer and is not proven off: reach it or power it off {seen.fault}".rstrip()


def _source_framework(view: View) -> Iterator[str]:
    for host in view.environment.framework(view.away):
        for kind in WRITES:
            if view.runs(host.name, kind):
                yield f"{host.name}: {kind} runs although {view.home} is active: stop it at once (V1, V7)"


def _source_database(view: View) -> Iterator[str]:
    host, database = view.environment.dbms(view.source), view.seen.database(view.source)
    if database.role is DatabaseRole.PRIMARY:
        yield f"{host.name}: is primary, too: two writable databases: stop it at once (V2)"
    if database.role is DatabaseRole.UNKNOWN and view.host(host.name).answers:
        yield f"{host.name}: its DBMS is neither proven stopped nor a standby {database.fault}".rstrip()
    yield from _other_standby(view, host)


def _other_standby(view: View, host: Host) -> Iterator[str]:
    """Name a standby of somebody else: whether it is still needed there, no runbook knows."""
    database, primary = view.seen.database(view.source), view.environment.dbms(view.target)
    if database.follows is None and database.role is DatabaseRole.STANDBY:
        yield f"{host.name}: is a standby of nobody known, not of {primary.name}: stop it first"
    elif database.follows not in (None, str(primary.address)):
        way = f"if it is not needed there, stop it and let its primary_conninfo name {primary.address}"
        yield f"{host.name}: is a standby of {database.follows}, not of {primary.name}: {way}"
