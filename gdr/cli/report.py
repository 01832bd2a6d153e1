"""`gdr report`: the report of a case, for the morning shift, an auditor, or a program."""

from pathlib import Path

from rich.text import Text

from gdr.answer import Answer
from gdr.report.page import html as html_page
from model.report.document import document
from model.report.markdown import page
from tasks import evidence
from tasks.drill_files import put
from tasks.reports import path, report_of


def report(case: str, /, *, html: bool = False, to: Path | None = None) -> Answer:
    """Print the report of a case; of one still open, as its evidence stands. `--json` is the same as data.

    Args:
        case: Name of a case of this control host.
        html: As one HTML file that needs nothing else.
        to: Write it there instead.
    """
    known = report_of(case)
    text = html_page(known) if html else _markdown(case, page(known))
    if to is not None:
        put(to, text)
    shown = f"{to}: {known.title}: {known.outcome}" if to else text.rstrip("\n")
    return Answer(data=document(known), text=Text(shown))


def _markdown(case: str, as_it_stands: str) -> str:
    """Return what was published when the case was closed."""
    file = path(case)
    return file.read_text() if file.exists() and evidence.case_of(case).outcome else as_it_stands
