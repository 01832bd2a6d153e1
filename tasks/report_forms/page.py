"""The report as one HTML file: styles and pictures within, no script, nothing fetched."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from model.moment import second
from model.report.facts import Report, has_objectives
from model.report.markdown import FOUND, fence, rpo, rto, shown_loss
from model.report.standards import fields
from model.report.timeline import PEOPLE, folded
from tasks.report_forms.chart import span, timeline, trend


def html(known: Report) -> str:
    """Write the report of a case as HTML."""
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            known=known,
            measured=has_objectives(known),
            chart=timeline(known),
            trend=trend(known.trend, known.rto_s),
            critical=folded([part for part in known.timeline.critical if part.what != PEOPLE]),
            found=FOUND,
            standards=tuple(fields(known)),
            words={"rto": rto(known), "rpo": rpo(known), "loss": shown_loss(known), "fence": fence(known.fence)},
        )
    )


def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"span": span, "code": code, "utc": utc, "px": px, "date": date}
    return found


def code(text: str) -> Markup:
    """Set what stands between backquotes as what it is: something to type."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def utc(at: float | None) -> str:
    """Write a moment; None is one that has not come."""
    return "still open" if at is None else second(at)


def date(at: float) -> str:
    """Write the day of a moment."""
    return utc(at)[:10]


def px(value: float) -> str:
    """Write a length: a tenth of a pixel is fine enough."""
    return f"{value:.1f}"
