"""Bubble: the dormant framework works on a copy of the database, within walls; production is not touched.

The target of its intent is the region that is active and stays so. Sources: Genesys, "Disaster Recovery / Business
Continuity" (DrBc), asks for no drill; it isolates by a firewall what is started as a clone (Deploying, step 6).
What it adds: docs/decisions/0025.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.bubble import building, leaving, taking_lock
from model.steps.switch import ending_steady
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class BubblePlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done."""

    take_epoch: Steps
    raise_walls: Steps
    try_walls: Steps
    copy_database: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    message_servers: Steps
    commit_inside: Steps
    leave_bubble: Steps
    drop_copy: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_lock(view, "target_has_primary", "source_streams"),
        **building(view),
        **leaving(view),
        "steady": (ending_steady(view, "bubble_is_empty", "source_streams"),),
    }
