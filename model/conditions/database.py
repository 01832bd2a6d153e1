"""What must hold of the database that takes over."""

from model.conditions.registry import condition
from model.observation import DatabaseRole
from model.step import Step
from model.view import View


@condition("target database")
def target_is_primary(view: View, _step: Step) -> str | None:
    """The target's DBMS is primary."""
    database = view.seen.database(view.target)
    if database.role is DatabaseRole.PRIMARY:
        return None
    return f"{view.environment.dbms(view.target).name}: is {database.role} {database.fault}".rstrip()


@condition("target database")
def restore_point_made(view: View, _step: Step) -> str | None:
    """A restore point names the moment of the promotion, noted by its host."""
    if view.seen.database(view.target).marked:
        return None
    return f"{view.environment.dbms(view.target).name}: the promotion's restore point is not made, or that is unknown"


@condition("target database")
def no_commit_waits(view: View, _step: Step) -> str | None:
    """`synchronous_standby_names` of the new primary names nobody: a lost name would hang every commit."""
    names = view.seen.database(view.target).sync_names
    return None if names == "" else f"{view.environment.dbms(view.target).name}: synchronous_standby_names is {names!r}"


@condition("target database", "source database")
def commits_return(view: View, _step: Step) -> str | None:
    """No commit of the target's DBMS waits for ever: it waits for nobody, or the other one streams."""
    names = view.seen.database(view.target).sync_names
    if names == "" or (names is not None and view.seen.database(view.source).streaming):
        return None
    name = view.environment.dbms(view.target).name
    return f"{name}: commits wait for synchronous_standby_names = {names!r}, and nobody streams"


@condition("host")
def open_to_target(view: View, step: Step) -> str | None:
    """The DBMS port is open to the target's framework hosts, seen in its host's own rules."""
    seen = view.host(step.host)
    if not seen.answers:
        return f"{step.host}: does not answer: {seen.fault}"
    ours = {str(host.address) for host in view.environment.framework(view.home)}
    shut = seen.shut_out(view.environment.database.port)
    if shut is None:
        return f"{step.host}: whom its rules shut out is unknown"
    closed = ours & shut
    return f"{step.host}: still closed to {', '.join(sorted(closed))}" if closed else None
