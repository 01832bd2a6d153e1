"""When a partial failover of the DBMS must not begin, or go on."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.judgement import full_failover
from model.judgement.full_failover import behind, forbidden
from model.judgement.shared import unwritable, without_alias
from model.observation import DatabaseRole, Power
from model.view import View

RUNS = ("confserv", "scs")


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: one framework must work and be reached, and no other may."""
    return (*without_alias(view), *full_failover.refusals(view), *_two_frameworks(view), *_unrestful(view))


def before_begun(view: View) -> tuple[str, ...]:
    """Say why it must not begin: planned, nothing may be lost; unplanned, the DBMS must be what is lost."""
    return (*forbidden(view), *(_planned(view) if view.intent.mode == "planned" else _unneeded(view)))


def _two_frameworks(view: View) -> Iterator[str]:
    """Name what would write beside the framework that stays."""
    for host in view.environment.framework(view.away):
        for kind in (kind for kind in RUNS if view.runs(host.name, kind)):
            way = "two frameworks would write into one database: stop it at once (V1, V7)"
            yield f"{host.name}: {kind} runs although {view.home} is active: {way}"


def _unrestful(view: View) -> Iterator[str]:
    """Name what cannot be stopped before the database is moved, and would go on with what it remembers."""
    backup, seen = view.environment.framework(view.home)[1], view.seen.database(view.target)
    host = view.host(backup.name)
    if seen.role is not DatabaseRole.PRIMARY and not host.answers and host.power is not Power.OFF:
        way = "its Configuration Server cannot be stopped first: reach it, or power it off"
        yield f"{backup.name}: does not answer: {way} {host.fault}".rstrip()


def _planned(view: View) -> Iterator[str]:
    old = view.environment.dbms(view.source).name
    if not view.host(old).answers:
        yield f"{old}: does not answer; a planned switchover stops it in order: use mode unplanned"
    yield from (*behind(view), *unwritable(view))


def _unneeded(view: View) -> Iterator[str]:
    old = view.environment.dbms(view.source).name
    if view.seen.database(view.source).role is DatabaseRole.PRIMARY and view.host(old).answers:
        instead = commands.run(view.environment.name, replace(view.intent, mode="planned"))
        yield f"{old}: works: use mode planned, and lose nothing: `{instead}`"
