"""Reports as plain data, from the journals that are kept here. Needs no Prefect."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from model.case import is_guards
from model.errors import Refused
from model.evidence import read
from model.report.facts import Past, Report, has_objectives, past, report
from model.report.objectives import objectives
from tasks import evidence
from tasks.drill_files import drills, put
from tasks.run import digest, environment, state

KEPT = 12  # three years of quarters
FORMS = ("html", "md", "json")  # in this order: the last one says whether the case was closed when all were written
TODAYS = (
    "The objectives are those of today's environment file: it is not the one that the case was opened with, and the"
    " journal, of an older version, does not have that one's."
)


def path(case: str, kind: str = "md") -> Path:
    """Return where a case's report lies."""
    return state() / "reports" / f"{case}.{kind}"


def write(case: str, forms: Mapping[str, str]) -> None:
    """Keep a report in some forms, and no older one in any other."""
    path(case).parent.mkdir(parents=True, exist_ok=True)
    for kind in FORMS:
        if kind in forms:
            put(path(case, kind), forms[kind])
        else:
            path(case, kind).unlink(missing_ok=True)


def published(case: str) -> dict[str, str]:
    """Return what was published of a closed case, by form; what was written while it was open is not that.

    Raises:
        Refused: What was published is no report any more.
    """
    if evidence.case_of(case).outcome is None:
        return {}
    try:
        found = {kind: path(case, kind).read_text() for kind in FORMS if path(case, kind).is_file()}
        return found if "json" in found and json.loads(found["json"])["closed_at"] is not None else {}
    except (LookupError, TypeError, ValueError) as error:
        way = "take it away, and it is written from the journal"
        raise Refused(f"{path(case, 'json')}: no report: {error!r}: {way}") from None


def report_of(case: str) -> Report:
    """Return the report of a case, as its evidence stands; with the switches made here before and after.

    It is held against the objectives of the file that the case was opened with.
    """
    known, entries = evidence.case_of(case), evidence.entries(case)
    own = objectives(entries)
    told = report(entries, own or environment(known.environment).objectives, trend(known.environment))
    if own or not has_objectives(told) or digest(known.environment) == known.digest:
        return told
    return replace(told, warnings=(*told.warnings, TODAYS))


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
