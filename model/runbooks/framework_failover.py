"""Partial failover of the framework: the other region's takes over, the database stays where it is.

The target of its intent is the region of the database, which does not move; the framework goes to `home`.

Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Partial Failover, Framework VMs failover. The page
says that the other region's framework connects to the active DBMS, not how: an alias is moved before it starts
(docs/decisions/0019).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.clients import arriving, serving
from model.steps.database import opening
from model.steps.fence import switching_off
from model.steps.framework import starting, starting_logs
from model.steps.logs import logging, written
from model.steps.power import powering_down, waking
from model.steps.stop import shutting_out, stopping_framework, stopping_logs
from model.steps.switch import ending_steady, moving_names, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkFailoverPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done, or not needed in this mode."""

    take_epoch: Steps
    stop_scs: Steps
    stop_message_servers: Steps
    stop_backup: Steps
    stop_primary: Steps
    stop_lca: Steps
    power_off: Steps
    waive: Steps
    shut_out: Steps
    end_frozen: Steps
    open_database: Steps
    move_alias: Steps
    power_on_framework: Steps
    see_alias: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    message_servers: Steps
    move_names: Steps
    secondaries: Steps
    flush_resolvers: Steps
    flush_hosts: Steps
    reconnect: Steps
    serve: Steps
    canary: Steps
    stop_log_servers: Steps
    move_log_name: Steps
    log_secondaries: Steps
    flush_log_resolvers: Steps
    flush_log_hosts: Steps
    see_log_name: Steps
    start_log_servers: Steps
    log_servers: Steps
    log_rows: Steps
    power_off_framework: Steps
    steady: Steps


def leaving(view: View) -> dict[str, Iterable[Step]]:
    """Return the move of the names: until then a planned move goes back as an abort, from then on as another move."""
    steps, planned = moving_names(view), view.intent.mode == "planned"
    return {**steps, "move_names": [replace(step, no_return=planned) for step in steps["move_names"]]}


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "target_is_primary"),
        **stopping_framework(view),
        **switching_off(view),
        **shutting_out(view),
        **opening(view),
        **waking(view),
        **starting(view),
        **leaving(view),
        **arriving(view),
        **serving(view),
        **stopping_logs(view),
        **logging(view),
        **starting_logs(view),
        **written(view),
        **powering_down(view),
        "steady": (ending_steady(view, "target_has_primary", "source_fenced", "canary_committed"),),
    }
