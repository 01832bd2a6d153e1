"""`gdr report`: the report of a case, for the morning shift, an auditor, or a program."""

import json
from pathlib import Path

from rich.text import Text

from gdr.answer import Answer
from tasks.drill_files import put
from tasks.report_forms.forms import forms
from tasks.reports import published, report_of


def report(case: str, /, *, html: bool = False, to: Path | None = None) -> Answer:
    """Print the report of a case: as it was published, or of one still open as its evidence stands. `--json` is data.

    Args:
        case: Name of a case of this control host.
        html: As one HTML file that needs nothing else.
        to: Write it there instead.
    """
    kind, told = "html" if html else "md", published(case)
    if kind not in told:
        told = forms(report_of(case)) | told
    data = json.loads(told["json"])
    if to is not None:
        put(to, told[kind])
    shown = f"{to}: {data['title']}: {data['outcome']}" if to else told[kind].rstrip("\n")
    return Answer(data=data, text=Text(shown))
