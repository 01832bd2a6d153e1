"""When a return guard must not begin, or go on."""

from collections.abc import Iterator

from model.observation import DatabaseRole
from model.runbooks import RETURN_GUARD
from model.view import View


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on."""
    return tuple(_against(view))


def _against(view: View) -> Iterator[str]:
    """Yield reasons: it fences one region only because the other one is active and has the writable DBMS."""
    record, database = view.seen.record, view.seen.database(view.target)
    if record is not None and (record.active, record.data) != (view.home, view.target):
        yield f"{view.target}: is not the active region: the return guard keeps the other one out"
    if database.role is not DatabaseRole.PRIMARY:
        name = view.environment.dbms(view.target).name
        yield f"{name}: is {database.role}, not primary: nothing is fenced by itself {database.fault}".rstrip()


def done(view: View) -> bool:
    """Whether nothing of the source that answers could do harm, or is owed anything, and the record is steady."""
    record = view.seen.record
    steady = (
        record is not None and (record.state, record.active) == ("steady", view.home) and record.data == view.target
    )
    return steady and not any(RETURN_GUARD.left(view).steps())
