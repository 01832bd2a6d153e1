"""What must hold before and after one of the two is moved alone: the database, or the framework."""

from model.conditions.registry import condition
from model.observation import DatabaseRole
from model.step import Step
from model.view import View


@condition("writer")
def alias_moved(view: View, _step: Step) -> str | None:
    """The writing server answers the target's DBMS for the alias of the framework."""
    writer, alias = view.environment.writer.name, view.environment.alias(view.home) or ""
    found = view.seen.server(writer).aliases.get(alias)
    if found == _wanted(view):
        return None
    return f"{writer}: {alias} answers {_said(found)}, not {_wanted(view)[0]} {view.seen.server(writer).fault}".rstrip()


@condition("record")
def framework_may_start(view: View, _step: Step) -> str | None:
    """The record lets the framework start in the region where it is to be."""
    record = view.seen.record
    return (
        None
        if record is not None and record.framework == view.home
        else f"the record lets no framework of {view.home} start"
    )


@condition("heard")
def alias_resolves(view: View, step: Step) -> str | None:
    """The framework host's own resolver answers the target's DBMS for its alias."""
    alias, seen = view.environment.alias(view.home) or "", view.host(step.host)
    found = seen.aliases.get(alias)
    if found == _wanted(view):
        return None
    return f"{step.host}: {alias} resolves to {_said(found)}, not {_wanted(view)[0]} {seen.fault}".rstrip()


def _wanted(view: View) -> tuple[str, ...]:
    return (str(view.environment.dbms(view.target).address),)


def _said(found: tuple[str, ...] | None) -> str:
    return ", ".join(found or ()) or "nothing"


@condition("host", "power", "target database")
def rests_for_switch(view: View, step: Step) -> str | None:
    """The component does not run; or the target's DBMS is primary, and it was started since."""
    if view.seen.database(view.target).role is DatabaseRole.PRIMARY:
        return None
    return None if view.runs(step.host, step.unit) is False else f"{step.host}: {step.unit} is not proven stopped"


@condition("target framework")
def home_scs_rests(view: View, _step: Step) -> str | None:
    """No Solution Control Server of the framework that stays runs: it would restart what is stopped."""
    return _rests(view, "scs")


@condition("target framework")
def home_backup_rests(view: View, _step: Step) -> str | None:
    """The backup Configuration Server of the framework that stays is stopped: it would take over."""
    return _rests(view, "confserv", 1)


@condition("target framework")
def home_confserv_rests(view: View, _step: Step) -> str | None:
    """No Configuration Server of the framework that stays runs: what one remembers may be lost."""
    return _rests(view, "confserv")


def _rests(view: View, kind: str, first: int = 0) -> str | None:
    for host in view.environment.framework(view.home)[first:]:
        if view.runs(host.name, kind) is not False:
            return f"{host.name}: {kind} is not proven stopped"
    return None


@condition("target database")
def sessions_on_target(view: View, _step: Step) -> str | None:
    """A Configuration Server of the framework's region holds a session of the target's DBMS."""
    database = view.seen.database(view.target)
    ours = {str(host.address) for host in view.environment.framework(view.home)}
    if ours & (database.configuring or frozenset()):
        return None
    return f"{view.environment.dbms(view.target).name}: no session from {view.home} is seen {database.fault}".rstrip()
