"""Partial failover of the DBMS: the other region's takes over, the framework stays where it is and follows its alias.

The source of its intent is the region of the DBMS that is given up, the target that of the one that takes over; the
framework stays in `home`.

Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Partial Failover, DBMS failover. The page does not
say how a running Configuration Server finds its database elsewhere: it rests, an alias is moved, and it starts again
(docs/decisions/0017).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.apart import proving_again, renewing, repointing, resting
from model.steps.database import promoting
from model.steps.fence import fencing
from model.steps.logs import logging, written
from model.steps.stop import stopping_database
from model.steps.switch import ending_steady, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class DbmsFailoverPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done, or not needed in this mode."""

    take_epoch: Steps
    rest_scs: Steps
    rest_backup: Steps
    rest_primary: Steps
    close_database: Steps
    end_sessions: Steps
    stop_database: Steps
    drain: Steps
    power_off: Steps
    block_replication: Steps
    waive: Steps
    promote: Steps
    release_sync: Steps
    open_database: Steps
    move_alias: Steps
    see_alias: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    reconnect: Steps
    restart_first: Steps
    restart_second: Steps
    serve: Steps
    canary: Steps
    move_log_name: Steps
    log_secondaries: Steps
    flush_log_resolvers: Steps
    flush_log_hosts: Steps
    see_log_name: Steps
    log_servers: Steps
    log_rows: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "target_can_take_over"),
        **resting(view),
        **stopping_database(view),
        **fencing(view),
        **promoting(view),
        **repointing(view),
        **renewing(view),
        **proving_again(view),
        **logging(view),
        **written(view),
        "steady": (ending_steady(view, "target_has_primary", "source_fenced", "canary_committed"),),
    }
