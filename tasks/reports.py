"""Reports as plain data, from the journals that are kept here. Needs no Prefect."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from model.case import is_guards
from model.errors import Refused
from model.evidence import read
from model.report.facts import Past, Report, past, report
from tasks import evidence
from tasks.drill_files import drills, put
from tasks.run import environment, state

KEPT = 12  # three years of quarters


def path(case: str, kind: str = "md") -> Path:
    """Return where a case's report lies."""
    return state() / "reports" / f"{case}.{kind}"


def write(known: Report, **forms: str) -> None:
    """Keep a report in one or more forms."""
    path(known.case).parent.mkdir(parents=True, exist_ok=True)
    for kind, text in forms.items():
        put(path(known.case, kind), text)


def report_of(case: str) -> Report:
    """Return the report of a case, as its evidence stands; with the switches made here before and after."""
    name = evidence.case_of(case).environment
    return report(evidence.entries(case), environment(name).objectives, trend(name))


def trend(name: str) -> tuple[Past, ...]:
    """Return the newest switches of an environment, oldest first, each with the drill it was a part of."""
    return tuple(islice(_switches(name), KEPT))[::-1]


def _switches(name: str) -> Iterator[Past]:
    """Yield switches, newest first: no more journals are read than are wanted."""
    walked = tuple(_drills(name))
    for file in reversed([file for file in evidence.journals(name) if not is_guards(file.stem)]):
        try:
            entries = read(file.read_bytes(), str(file))
            part_of = (drill for drill, began, ended in walked if began <= entries[0].at <= ended)
            found = past(entries, next(part_of, ""))
        except (Refused, AttributeError, LookupError, TypeError, ValueError):
            continue  # `gdr cases` names what cannot be read
        if found is not None:
            yield found


def _drills(name: str) -> Iterator[tuple[str, float, float]]:
    try:
        for drill in drills(name):
            yield drill.name, drill.began, float("inf") if drill.ended is None else drill.ended
    except Refused:
        return  # readiness names a drill that cannot be read
