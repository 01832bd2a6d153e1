"""The report as a JSON document; `tasks/schemas/report.json` says what is in it."""

from dataclasses import asdict, dataclass
from typing import Any

from model.report.facts import Report
from model.report.standards import Field, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Report):
    """A report, and what it answers of what regulator and standard ask."""

    standards: tuple[Field, ...]


def document(known: Report) -> dict[str, Any]:
    """Write the report as plain data."""
    return asdict(known) | {"standards": [asdict(field) for field in fields(known)]}
