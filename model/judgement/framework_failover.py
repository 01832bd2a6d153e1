"""When a partial failover of the framework, whose database stays, must not begin, or go on."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.judgement import full_failover
from model.judgement.shared import is_ours, unwritable, without_alias
from model.matrix import classify, situation
from model.observation import DatabaseRole
from model.view import View


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: the database must work and stay, and the new framework must find it."""
    return (*without_alias(view), *full_failover.refusals(view), *_unusable(view))


def before_begun(view: View) -> tuple[str, ...]:
    """Say why it must not begin: planned, the framework is stopped in order; unplanned, it must be what is lost."""
    verdict, way = classify(situation(view))
    forbidden = (f"the present state is forbidden: {way}",) if verdict == "forbidden" else ()
    return (*forbidden, *_there(view), *(_planned(view) if view.intent.mode == "planned" else _unneeded(view)))


def _unusable(view: View) -> Iterator[str]:
    """Say why no framework of the other region could commit to the database that stays."""
    database, name = view.seen.database(view.target), view.environment.dbms(view.target).name
    if database.role is not DatabaseRole.PRIMARY and is_ours(view):
        instead = replace(view.intent, runbook="full_failover", mode="unplanned", target=view.source, home=None)
        way = commands.run(view.environment.name, instead)
        yield f"{name}: is lost, and no framework may start without it: give it up as well: `{way}`"
    if database.role is DatabaseRole.STANDBY:
        yield f"{name}: is a standby: nothing that stays could be used: use full_failover"
    if database.sync_names:
        way = "clear them, or let the database go along: database=move, or full_failover, mode planned"
        yield f"{name}: commits wait for synchronous_standby_names = {database.sync_names!r}: {way}"


def _there(view: View) -> Iterator[str]:
    record = view.seen.record
    if record is not None and record.active == view.home and not full_failover.done(view):
        yield f"{view.home} is already the region of the framework: start it; a failover to it is no remedy"


def _planned(view: View) -> Iterator[str]:
    for host in view.writers:
        if not view.host(host.name).answers:
            yield f"{host.name}: does not answer; a planned move stops it in order: use mode unplanned"
    yield from unwritable(view)


def _unneeded(view: View) -> Iterator[str]:
    """S3: a single lost member of an HA pair is the pair's business; a framework that works is moved in order."""
    if not view.primary(view.away):
        return
    lost = [host.name for host in view.environment.framework(view.away) if not view.runs(host.name, "confserv")]
    if lost:
        what = f"lost, but {view.away} still has its Primary"
        yield f"{', '.join(lost)}: {what}: that is the HA pair's business, do not fail over"
        return
    instead = commands.run(view.environment.name, replace(view.intent, mode="planned"))
    yield f"{view.away}: its Primary works: use mode planned: `{instead}`"
