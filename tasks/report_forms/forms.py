"""The report in each form it is kept and handed out in: the same facts, for people, for a browser, for programs."""

import json

from model.report.document import document
from model.report.facts import Report
from model.report.markdown import page
from tasks.report_forms.page import html


def forms(known: Report) -> dict[str, str]:
    """Write a report in every form, each by the ending of its file."""
    return {"md": page(known), "json": json.dumps(document(known), indent=1) + "\n", "html": html(known)}
