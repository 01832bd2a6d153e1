"""Discard: what is there of a bubble is taken down, whatever it has proven; production is not touched.

The target of its intent is the region that is active and stays so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.bubble import discarding, taking_lock
from model.steps.switch import ending_steady
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done."""

    take_epoch: Steps
    leave_bubble: Steps
    drop_copy: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_lock(view),
        **discarding(view),
        "steady": (ending_steady(view, "bubbles_are_gone"),),
    }
