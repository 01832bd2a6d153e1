"""The report in each form it is kept and handed out in: the same facts, for a browser, for people, for programs."""

import json

from model.report.document import document
from model.report.facts import Report
from model.report.markdown import page
from tasks.report_forms.page import html


def forms(known: Report) -> dict[str, str]:
    """Write a report in every form, each by the ending of its file."""
    return {"html": html(known), **texts(known)}


def texts(known: Report) -> dict[str, str]:
    """Write it in the forms that no template has a part in."""
    return {"md": page(known), "json": json.dumps(document(known), indent=1) + "\n"}
