"""`gdr report`: the report of a case."""

from rich.text import Text

from gdr.answer import Answer
from model.report import render
from tasks import evidence
from tasks.report import path
from tasks.run import environment


def report(case: str, /) -> Answer:
    """Print the report of a case; of one still open, as its evidence stands.

    Args:
        case: Name of a case of this control host.
    """
    known = evidence.case_of(case)
    file = path(case)
    text = file.read_text() if file.exists() and known.outcome else _as_it_stands(case, known.environment)
    return Answer(data={"case": case, "outcome": known.outcome, "report": text}, text=Text(text.rstrip("\n")))


def _as_it_stands(case: str, name: str) -> str:
    return render(evidence.entries(case), environment(name).objectives.rto_s)
