"""What must hold of the log database's name, and of the log message servers that write into it."""

from model.conditions.registry import condition
from model.environment.document import Host, RegionKey
from model.environment.environment import other
from model.logs import FRAMEWORK, behind, is_late, log_address, log_pair, regions_in_use, replicated_by, said
from model.step import Step
from model.view import View

KIND = "log_message_server"


@condition("writer")
def log_name_moved(view: View, _step: Step) -> str | None:
    """The writing server answers the target's DBMS for the name of the log database."""
    writer = view.environment.writer.name
    seen, name = view.seen.server(writer), view.environment.log_name or ""
    found = seen.aliases.get(name)
    return None if found == _target(view) else f"{writer}: {name} answers {_said(found)} {seen.fault}".rstrip()


@condition("server")
def log_name_known(view: View, step: Step) -> str | None:
    """The secondary answers the target's DBMS for the name of the log database: a cache behind it may be emptied."""
    seen, name = view.seen.server(step.host), view.environment.log_name or ""
    found = seen.aliases.get(name)
    return None if found == _target(view) else f"{step.host}: {name} answers {_said(found)} {seen.fault}".rstrip()


@condition("heard", "own log")
def log_name_resolves(view: View, step: Step) -> str | None:
    """The host's own resolver answers the log database in use there for its name."""
    seen, name = view.host(step.host), view.environment.log_name or ""
    found = seen.aliases.get(name)
    if answers_one(found, _wanted(view, step.host)):
        return None
    return f"{step.host}: {name} resolves to {_said(found)} {seen.fault}".rstrip()


@condition("host", "own log")
def log_server_connected(view: View, step: Step) -> str | None:
    """The log message server runs, and its connection is to the log database in use; a Backup may have none."""
    return connected(view, view.environment.host(step.host), _wanted(view, step.host))


def connected(view: View, host: Host, wanted: tuple[str, ...]) -> str | None:
    """Say why a host's log message server is not connected to the DBMS that it should be."""
    seen = view.host(host.name)
    part, peers = seen.component(KIND), seen.log_peers
    if not part.running:
        return f"{host.name}: its log message server {'does not run' if part.running is False else 'is not seen'}"
    if peers is None:
        return f"{host.name}: to which DBMS its log message server is connected is unknown {seen.fault}".rstrip()
    if answers_one(tuple(peers), wanted) or (not peers and part.run_mode == "Backup"):
        return None
    return (
        f"{host.name}: its log message server is connected to {_said(tuple(sorted(peers)))}, not {' or '.join(wanted)}"
    )


def answers_one(found: tuple[str, ...] | None, wanted: tuple[str, ...]) -> bool:
    """Whether one address was found, and it is one that may be."""
    return found is not None and len(found) == 1 and found[0] in wanted


@condition("region")
def other_log_servers_run(view: View, step: Step) -> str | None:
    """Another log message server of the same clients runs; or this one is down itself, or no other answers."""
    region = view.environment.region_of(step.host)
    whose = "" if view.environment.host(step.host).role == "application" else FRAMEWORK
    pair = log_pair(view.environment, region, whose)
    others = [host for host in pair if host.name != step.host and view.host(host.name).answers]
    down = view.runs(step.host, KIND) is False
    if down or not others or any(view.runs(host.name, KIND) for host in others):
        return None
    return f"{region}: no other log message server runs while {step.host} restarts"


@condition("target log", "logs")
def region_logs(view: View, step: Step) -> str | None:
    """One of the region's log message servers has written into the log database in use since it connected to it."""
    region: RegionKey = step.host  # type: ignore[assignment]  # the step's host is a region
    hosts = log_pair(view.environment, region, step.unit)
    places = regions_in_use(view.environment, view.target, region, view.seen.log(region))
    logs = {place: view.seen.log(place) for place in places}
    if any(seen.writable and seen.written_by(host) for seen in logs.values() for host in hosts):
        return None
    place, seen = next(iter(logs.items()))
    if seen.fault:
        return f"{region}: who writes into the log database of {place} is unknown: {seen.fault}"
    why = "no row of its hosts is younger than their sessions" if seen.writable else "it takes no rows"
    return f"{region}: log database of {place}: {why}"


@condition("logs")
def region_copied(view: View, step: Step) -> str | None:
    """What the region's hosts log arrives at the other region's log server, no later than the file allows."""
    region: RegionKey = step.host  # type: ignore[assignment]  # the step's host is a region
    found = behind(view.environment, view.seen.logs, region, view.seen.at)
    if found is None:
        faults = [seen.fault for key in (region, other(region)) if (seen := view.seen.log(key)).fault]
        return f"{region}: {'; '.join(faults) or 'its hosts have written no row in the last hour'}"
    way = f"set up, start or mend what carries them, now that the tables are made: {replicated_by(view.environment)}"
    return f"{region}: {said(found, other(region))}: {way}" if is_late(view.environment, found) else None


def _target(view: View) -> tuple[str, ...]:
    return (log_address(view.environment, view.target),)


def _wanted(view: View, host: str) -> tuple[str, ...]:
    if not view.environment.is_crossed:
        return _target(view)
    region = view.environment.region_of(host)
    places = regions_in_use(view.environment, view.target, region, view.seen.log(region))
    return tuple(log_address(view.environment, place) for place in places)


def _said(found: tuple[str, ...] | None) -> str:
    return ", ".join(found or ()) or "nothing"
