"""An observation for people: what runs where, what is broken, and where that stands in the legal-state matrix."""

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from model.case import Case
from model.environment.document import RegionKey
from model.environment.environment import Environment, other
from model.invariants import breaches
from model.loss import lag_s
from model.matrix import classify, situation
from model.observation import Observation
from model.sheets import Sheet, meaning, sheets
from model.step import Intent
from model.view import View


def neutral_view(known: Environment, seen: Observation, case: Case | None) -> View:
    """Judge an observation where nobody has said what is wanted: by the open case, else as if the passive side were."""
    record = seen.record
    target: RegionKey = "region2" if record is None else other(record.active)
    if record is not None and record.is_switching:
        target = record.target
    intent = case.intent if case else Intent(runbook="full_failover", target=target, mode="unplanned", reason="")
    waived = case.waived if case else frozenset()
    return View(environment=known, seen=seen, intent=intent, case=case.name if case else "-", waived=waived)


def data(view: View, case: Case | None) -> dict[str, Any]:
    """Write everything that was seen, and what it means, as plain data."""
    from tasks.evidence import dump  # noqa: PLC0415  (the data layer of the journal)

    place = situation(view)
    verdict, way = classify(place)
    return {
        "environment": view.environment.name,
        "open_case": case.name if case else None,
        "situation": asdict(place),
        "verdict": verdict,
        "way_on": way,
        "breaches": list(breaches(view)),
        "lag_s": lag_s(view.seen, view.target),
        "observation": dump(view.seen),
    }


def page(view: View) -> RenderableType:
    """Write the same for a terminal."""
    tables = [part for sheet in sheets(view) for part in (_table(sheet), Text())]
    return Group(*tables, Text("\n".join(f"{of:<10} {said}" for of, said in meaning(view))))


def _table(sheet: Sheet) -> Table:
    table = Table(*sheet.titles, box=None, pad_edge=False, title_justify="left")
    for row in sheet.rows:
        table.add_row(*row)
    return table
