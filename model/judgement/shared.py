"""What refuses every runbook."""

from collections.abc import Iterable, Iterator

from model.environment.document import Host
from model.environment.environment import Environment
from model.evidence import FIRST
from model.record import Record
from model.step import Intent
from model.view import View


def is_ours(view: View) -> bool:
    """Whether this case has already taken an epoch: then what was seen is its own work."""
    record = view.seen.record
    return record is not None and record.is_held and record.case == view.case != FIRST


def preempts(intent: Intent, record: Record) -> bool:
    """Whether an intent takes a drill's record over at once, whoever drills: an emergency, or what takes it down."""
    at_once = (("full_failover", "unplanned"), ("discard", "unplanned"))
    return record.state == "drill" and (intent.runbook, intent.mode) in at_once


def unmade(view: View) -> bool:
    """Whether the writing server has answered that there is no activation record yet."""
    server = view.seen.server(view.environment.writer.name)
    return server.answers and server.record is None


def unnamed(environment: Environment, hosts: Iterable[Host]) -> Iterator[str]:
    """Name the kinds of these hosts for which the environment file has no installer: nothing is rendered for them."""
    known = environment.deploy.components if environment.deploy else {}
    for kind in dict.fromkeys(part.kind for host in hosts for part in host.components):
        if kind not in known and kind != "dbms":
            yield f"{environment.name}: deploy.components.{kind}: no installer: name the site's command in install"


def half_made(view: View) -> Iterator[str]:
    """Name what answers in the place of a host of the framework that takes over, and is not that host yet."""
    for host in view.environment.framework(view.home):
        if stranger := view.host(host.name).stranger:
            way = "make it whole with clone-and-isolate, or, with nothing left to copy from, restore the host"
            yield f"{host.name}: {stranger}: {way}"


def unwritable(view: View) -> Iterator[str]:
    """Say that the last proof, a row written as the Configuration Server account, could not come about."""
    seen, name = view.seen.database(view.target), view.environment.dbms(view.target).name
    if seen.barred:
        way = "create gdr_canary on the primary, or correct the account's login"
        yield f"{name}: the Configuration Server account cannot read gdr_canary, the last proof: {seen.fault}: {way}"


def without_alias(view: View) -> Iterator[str]:
    """Say that the framework could not find a database of the other region."""
    if view.environment.alias(view.home) is None:
        why = "without it a Configuration Server knows the DBMS of its own region only"
        yield f"{view.environment.name}: database.aliases: not given: {why}; add it, or use full_failover"


def record_refusals(view: View) -> tuple[str, ...]:
    """Say why nothing can begin with this activation record."""
    record, writer = view.seen.record, view.environment.writer
    if record is None and view.intent.runbook == "deploy" and unmade(view):
        return ()
    if record is None:
        way = "naming another DNS writer (stage authority) is not yet supported: restore this one"
        return (f"{writer.name}: no activation record: {view.seen.record_fault}; {way}",)
    mine = is_ours(view) or record.case == view.superseded or preempts(view.intent, record)
    if record.state != "steady" and not mine:
        name = view.environment.name
        way = f": `gdr run discard {name} --reason='...'` takes it down" if record.state == "drill" else ""
        where = view.environment.record_name
        return (f"{where}: case {record.case} is open ({record.state} to {record.target}){way}",)
    return ()
