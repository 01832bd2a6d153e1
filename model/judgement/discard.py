"""When what is left of a bubble must not be taken down, and when nothing is left."""

from model.conditions.bubble import bubbles_are_gone
from model.judgement.bubble import refusals
from model.record import Record
from model.runbooks import DISCARD
from model.view import View

__all__ = ["done", "refusals"]


def done(view: View) -> bool:
    """Whether nothing is left of a bubble, and no drill holds the record."""
    (step, *_) = DISCARD.whole(view).steady
    return _is_steady(view.seen.record) and bubbles_are_gone(view, step) is None


def _is_steady(record: Record | None) -> bool:
    return record is not None and record.state == "steady"
