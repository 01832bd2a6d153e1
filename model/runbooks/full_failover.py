"""Full failover: one region is given up, the other takes over.

Sources: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Operation and Full Failover; start and stop order:
genesys "Disaster Recovery Using DNS Failover". Deviations: docs/decisions/0004 (names move last), 0005 (firewall),
0008 (boot guard).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.bubble import bursting
from model.steps.clients import proving
from model.steps.database import promoting
from model.steps.fence import fencing
from model.steps.framework import starting, starting_logs
from model.steps.logs import logging, written
from model.steps.power import powering_down, waking
from model.steps.stop import ending_frozen, stopping, stopping_logs
from model.steps.switch import ending_steady, moving_names, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class FullFailoverPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done, or not needed in this mode."""

    take_epoch: Steps
    leave_bubble: Steps
    drop_copy: Steps
    stop_scs: Steps
    stop_message_servers: Steps
    stop_backup: Steps
    stop_primary: Steps
    stop_lca: Steps
    close_database: Steps
    end_sessions: Steps
    stop_database: Steps
    drain: Steps
    power_off: Steps
    block_replication: Steps
    end_frozen: Steps
    waive: Steps
    promote: Steps
    release_sync: Steps
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
    restart_first: Steps
    restart_second: Steps
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


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "target_can_take_over"),
        **bursting(view),
        **stopping(view),
        **fencing(view),
        **ending_frozen(view),
        **promoting(view),
        **waking(view),
        **starting(view),
        **moving_names(view),
        **proving(view),
        **stopping_logs(view),
        **logging(view),
        **starting_logs(view),
        **written(view),
        **powering_down(view),
        "steady": (ending_steady(view, "target_has_primary", "source_fenced", "canary_committed"),),
    }
