"""The pair's Application objects: the backup's is there and named as such, and the options of both are the same.

Source: Genesys, "Redundant (HA) Configuration Servers": the backup's object must not be removed, and options are the
same but for those of logs. Both regions share the database: what is judged in the active copy holds after a failover.
"""

from collections.abc import Iterator

from model.applications import Applications, Backup, Option
from model.readiness.blocked import NOTHING, data_in
from model.readiness.line import Check, Line
from model.view import View

REMEDY = "let the primary's Application name it as its backup, and make the options of both the same"
PAIR = Check("pair's Application objects", "framework", REMEDY, NOTHING)
MOST = 5


def lines(view: View) -> Iterator[Line]:
    """Judge what the active DBMS has of them."""
    seen, subject = view.seen.applications, view.environment.dbms(data_in(view)).name
    if seen.foreign:
        found = f"this release has other columns: compare by hand: {seen.fault}"
        yield Line(name=PAIR.name, subject=subject, verdict="not_yet", found=found, stage=PAIR.stage)
    elif seen.found is None:
        yield PAIR.judged(subject, None, seen.fault)
    else:
        wrong = _wrong(seen, seen.found)
        found = wrong or f"{seen.name} is the backup of {seen.found[0].served}, and alike"
        yield PAIR.judged(subject, not wrong, found)


def _wrong(seen: Applications, found: tuple[Backup, ...]) -> str:
    if not found:
        return f"{seen.name}: there is no such Application, and the backup's configuration file is named so"
    (one, *others) = found
    if one.served is None:
        return f"{one.name}: no Application names it as its backup"
    if others:
        return f"{one.name}: the backup of {', '.join(str(each.served) for each in found)}"
    if not one.enabled:
        return f"{one.name}: its Application is disabled"
    named = [_worded(option) for option in one.differing]
    more = [f"and {len(named) - MOST} more"] if len(named) > MOST else []
    return "; ".join([f"{one.served} and {one.name} differ", *named[:MOST], *more]) if named else ""


def _worded(option: Option) -> str:
    where = f"{option.section}/{option.option}"
    if option.values is None:
        return f"{where} (not shown)"
    first, second = ("(none)" if value is None else value for value in option.values)
    return f"{where}: {first} and {second}"
