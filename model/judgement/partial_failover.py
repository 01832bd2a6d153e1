"""When a partial failover of the framework must not begin; when it must not go on, a full one must not either."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.judgement.full_failover import behind, forbidden
from model.observation import DatabaseRole
from model.view import View


def before_begun(view: View) -> tuple[str, ...]:
    """Say why it must not begin: it is for a region whose framework is lost and whose DBMS works."""
    return (*forbidden(view), *_unfit(view), *behind(view))


def _unfit(view: View) -> Iterator[str]:
    name, database = view.environment.dbms(view.source).name, view.seen.database(view.source)
    if database.role is not DatabaseRole.PRIMARY or not view.host(name).answers:
        found = f"{database.role} {database.fault or view.host(name).fault}".rstrip()
        instead = commands.run(view.environment.name, replace(view.intent, runbook="full_failover", mode="unplanned"))
        yield f"{name}: is {found}: it cannot be stopped in order: use full_failover, mode unplanned: `{instead}`"
    if view.primary(view.source):
        yield f"{view.source}: its Primary works: use full_failover, mode planned"
