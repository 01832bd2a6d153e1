"""Clone and isolate: the dormant framework hosts become copies of the active ones, cut off until they are themselves.

The target of its intent is the region that is active and stays so; its hosts are copied while they work.

Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Deploying Genesys Components, step 6. The vendor
isolates by a firewall alone; here the hypervisor takes the cable out first, and what is claimed is tried
(docs/decisions/0021).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.clone import cloning
from model.steps.power import powering_down
from model.steps.switch import ending_steady, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneAndIsolatePlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done, or not needed."""

    take_epoch: Steps
    unplug: Steps
    switch_off: Steps
    clone: Steps
    switch_on: Steps
    isolate: Steps
    plug: Steps
    cut_off: Steps
    adopt: Steps
    pin_names: Steps
    configure: Steps
    join: Steps
    power_off_framework: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "serves_or_copied"),
        **cloning(view),
        **powering_down(view),
        "steady": (ending_steady(view, "target_has_primary"),),
    }
