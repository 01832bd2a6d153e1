"""What deploy leaves alone: anything on a host that is not of this deployment."""

from collections.abc import Iterator

from model.deployment import logs
from model.environment.document import Host, RegionKey
from model.environment.environment import Environment
from model.observation import Power, ServerSeen
from model.survey import DBMS, HOST, DatabaseSurvey
from model.view import View


def foreign(view: View, host: Host) -> Iterator[str]:
    """Yield what stands on a host that deploy did not put there, each with its remedy."""
    survey, name = view.seen.survey(host.name), view.environment.name
    if not survey.answers:
        yield _silent(view, host)
        return
    if survey.state(HOST) == "other" and survey.narrow:
        what = ", ".join(survey.differing.get(HOST, ())[:3])
        yield f"{host.name}: another host side ({what}): grant the account its right to deploy again, or remove it"
    yield from _parts(view, host, name)
    yield from _database(view, host, name)
    yield from logs.of_others(view, host)


def _silent(view: View, host: Host) -> str:
    """Say that a host cannot be looked at; deploy gives no power to one that rests without."""
    power, fault, known = view.host(host.name).power, view.seen.survey(host.name).fault, view.environment
    silent = f"{host.name}: does not answer, and a host nobody can see is not deployed: {fault}"
    if power is Power.ON or not known.rests_off(host) or known.region_of(host.name) != view.away:
        return silent
    way = f"switch it on at {host.hypervisor.power} for the deploy, and off again once readiness has looked at it"
    if power is Power.OFF:
        return f"{host.name}: has no power, as dormant: powered_off of its region has it: {way}"
    return f"{silent}; it may have no power, as dormant: powered_off of its region has it: {way}"


def names_of_others(environment: Environment, target: RegionKey, server: ServerSeen) -> Iterator[str]:
    """Yield what the writing server answers for our names, where that is neither nothing nor the target's address."""
    wanted = {**environment.addresses(target), **environment.alias_addresses(), **environment.log_addresses(target)}
    for name, found in {**server.addresses, **server.aliases}.items():
        if found not in ((), (wanted.get(name),)):
            what = f"{name} answers {', '.join(found)}, and there is no activation record"
            yield f"{environment.writer.name}: {what}: whose name is it?"


def _copied_over(view: View, host: Host) -> Iterator[str]:
    """Yield what a copy would destroy on the DBMS that is to follow; one that follows already may be copied anew."""
    survey, told = view.seen.survey(host.name), view.seen.database(view.source)
    target = view.environment.dbms(view.target)
    follows = str(target.address) in (told.follows, survey.follows)
    if survey.used is None and not (follows or told.reseeding or survey.reseeding):
        yield f"{host.name}: nobody can say whether its cluster holds databases: mount its data directory"
    elif survey.used and not follows:
        way = "empty its cluster, or, where it was primary before a failover, `gdr run reprotect`"
        yield f"{host.name}: its cluster holds somebody's databases and follows nobody: {way}"
    elif survey.used is not False and not _has_the_data(view, target):
        what = f"its cluster holds databases, or may, and on {target.name} deploy has not made any"
        way = f"it may be the only copy: bring the data to {target.name} first, or empty this cluster"
        yield f"{host.name}: {what}: {way}"


def _has_the_data(view: View, target: Host) -> bool:
    """Whether deploy has made the database that is to be copied; a server that does not answer is refused itself."""
    found = view.seen.survey(target.name).database
    return found is None or (found.made and found.mark == view.environment.name)


def _parts(view: View, host: Host, name: str) -> Iterator[str]:
    survey = view.seen.survey(host.name)
    for unit, part in survey.parts.items():
        if part.mark not in (None, name):
            yield f"{host.name}: {unit}: is of deployment {part.mark}, not of {name}: move its folder away"
        elif part.unknown:
            what = "its installer was begun and nobody knows how it ended"
            yield f"{host.name}: {unit}: {what}: see what it has done, empty its folder, then deploy again"
        elif part.mark is None and part.entries:
            yield f"{host.name}: {unit}: its folder holds {part.entries} entries that deploy did not make: move it away"
        elif part.mark is None and part.account is not None:
            yield f"{host.name}: {unit}: something listens on its port as {part.account}: stop it, or correct the port"
        elif part.account is not None and survey.state(unit) == "other":
            what = ", ".join(survey.differing.get(unit, ()))
            yield f"{host.name}: {unit}: runs, and {what} is not as rendered: stop it, or correct the environment file"


def _database(view: View, host: Host, name: str) -> Iterator[str]:
    survey = view.seen.survey(host.name)
    if host.role != "dbms":
        return
    is_source = host.name == view.environment.dbms(view.source).name
    if is_source and (reasons := tuple(_copied_over(view, host))):
        yield from reasons
        return
    if survey.database is None and survey.state(HOST) == "same" and is_source:
        return  # its host side is ours, and so is what keeps it stopped
    if survey.database is None:
        yield f"{host.name}: its DBMS does not answer: install the server's packages and let it run, empty"
        return
    found, tables = survey.database, survey.database.tables
    if found.mark not in (None, name):
        yield f"{host.name}: its tables are of deployment {found.mark}, not of {name}: give it an empty database"
    elif found.mark is None and tables:
        where = view.environment.database.config_database
        yield f"{host.name}: {where} has {tables} tables that deploy did not make: give it an empty database"
    yield from _beside(view, host, found)


def _beside(view: View, host: Host, found: DatabaseSurvey) -> Iterator[str]:
    """Name what else is on the DBMS that is to be active: new settings and logins would take it from who uses it.

    Where everything stands as rendered they are rewritten no more: what was added since is the site's. An older host
    side does not tell; it is laid down anew first, and asked again.
    """
    stands = found.mark == view.environment.name and view.seen.survey(host.name).state(DBMS) == "same"
    if stands or host.name != view.environment.dbms(view.target).name:
        return
    if found.others is None and view.seen.survey(host.name).state(HOST) == "same":
        yield f"{host.name}: which databases are on its server is unknown: read the server's log"
    if others := _without_log(view, found):
        what = f"{', '.join(others)}: databases that deploy did not make"
        yield f"{host.name}: {what}: give it a server of its own"


def _without_log(view: View, found: DatabaseSurvey) -> list[str]:
    """List what is beside it; a host side that tells of no log database counts it among the others."""
    log = None if view.environment.is_crossed else view.environment.database.log
    return [name for name in found.others or () if log is None or name != log.database]
