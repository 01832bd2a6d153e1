"""The log databases that deploy makes: on which hosts, and whose they are.

Under `replica` and `site1` it is one of the active DBMS. Under `cross` each region has a log server of its own: one on
another port of its DBMS host is made there; of one on a machine that the file has not, the tables are the site's.
"""

from collections.abc import Iterator

from model.environment.document import Host
from model.environment.environment import REGION_KEYS
from model.survey import LogSurvey
from model.view import View


def made_on(view: View) -> tuple[Host, ...]:
    """Return the hosts on which deploy makes a log database."""
    known = view.environment
    if not known.makes_logs:
        return ()
    if not known.is_crossed:
        return (known.dbms(view.target),)
    return tuple(host for key in REGION_KEYS if (host := known.log_host(key)))


def found_on(view: View, host: str) -> LogSurvey | None:
    """Return what a host says of the log database that is made there; None where nobody can tell, or there is none."""
    survey = view.seen.survey(host)
    if view.environment.is_crossed:
        return survey.log
    return survey.database.log if survey.database else None


def of_others(view: View, host: Host) -> Iterator[str]:
    """Name a log database of another deployment."""
    name, known, found = view.environment.name, view.environment.database.log, found_on(view, host.name)
    if known is not None and found is not None and found.mark not in (None, name):
        yield f"{host.name}: {known.database} is of deployment {found.mark}, not of {name}: name another"


def unmarked(view: View, host: str) -> str | None:
    """Name a log database that the site has filled by itself; rows that came by its replication have a mark of ours."""
    known, found = view.environment.database.log, found_on(view, host)
    if known is None or found is None or found.mark is not None or not found.tables:
        return None
    return f"{host}: {known.database} has {found.tables} tables that deploy did not make"


def filled(view: View) -> Iterator[str]:
    """Name the log servers that the site has filled: deploy begins beside none of them."""
    for host in made_on(view) if view.environment.is_crossed else ():
        if reason := unmarked(view, host.name):
            yield f"{reason}: move them away, or, to adopt it, mark it (docs/operate.md, Deploying)"
