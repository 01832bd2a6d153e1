"""`gdr cases`: the cases of an environment, and one of them record by record."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.table import Table

from gdr.answer import Answer, BadInput
from model.case import Case
from model.evidence import Entry
from tasks import evidence
from tasks.run import environment_file

SAYS = ("step", "stage", "outcome", "target", "approver", "reason", "reasons", "what")


def cases(name: str, case: str | None = None, /) -> Answer:
    """List the cases of an environment, or one of them record by record.

    Args:
        name: Name of the environment file that lies beside the code.
        case: Name of one case.
    """
    environment_file(name)
    known = evidence.cases(name)
    if case is None:
        bad = evidence.unreadable(name)
        data = {"environment": name, "cases": [_data(each) for each in known], "unreadable": bad}
        return Answer(data=data, text=_list(known, bad))
    if case not in {each.name for each in known}:
        raise BadInput(f"{case}: no case of {name}; there are: {', '.join(each.name for each in known) or 'none'}")
    entries = evidence.entries(case)
    return Answer(data={"case": case, "records": [entry.plain() for entry in entries]}, text=_records(entries))


def _data(case: Case) -> dict[str, Any]:
    return {
        "case": case.name,
        "opened_at": case.opened_at,
        "intent": asdict(case.intent),
        "processes": case.attempts,
        "outcome": case.outcome,
        "head": case.head,
    }


def _list(known: tuple[Case, ...], unreadable: Mapping[str, str]) -> Table:
    table = Table("case", "opened (UTC)", "intent", "processes", "outcome", box=None)
    for case in known:
        intent = f"{case.intent.mode} {case.intent.runbook} to {case.intent.moves_to}: {case.intent.reason}"
        table.add_row(case.name, _utc(case.opened_at), intent, str(case.attempts), case.outcome or "OPEN")
    for name, fault in unreadable.items():
        table.add_row(name, "", fault, "", "UNREADABLE")
    return table


def _records(entries: tuple[Entry, ...]) -> Table:
    table = Table("n", "at (UTC)", "record", "", box=None)
    for entry in entries:
        said = "; ".join(str(entry.data[key]) for key in SAYS if entry.data.get(key))
        table.add_row(str(entry.n), _utc(entry.at), entry.kind, said)
    return table


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
