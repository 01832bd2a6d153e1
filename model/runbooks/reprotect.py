"""Reprotect: the region that was given up follows the active one again, so that it can take over, or back.

The target of its intent is the region that is active and stays so; the source is the one that was given up.

Sources: PostgreSQL, pg_rewind and Log-Shipping Standby Servers; Genesys, "Disaster Recovery Using Oracle GoldenGate",
failback. The vendor's pages take a healthy replica for granted: exporting what is stranded is our addition
(docs/decisions/0012).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.power import powering_down
from model.steps.protect import powering_on, protecting
from model.steps.stop import stopping, stopping_logs
from model.steps.switch import ending_steady, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprotectPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done, or not needed."""

    take_epoch: Steps
    stop_message_servers: Steps
    stop_lca: Steps
    power_on_database: Steps
    close_database: Steps
    open_replication: Steps
    create_slot: Steps
    stop_standby: Steps
    export: Steps
    follow: Steps
    start_standby: Steps
    catch_up: Steps
    power_on_hosts: Steps
    stop_log_servers: Steps
    power_off_framework: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    environment = view.environment
    stops = stopping(view)
    pair = [host for host in environment.framework(view.away) if not environment.rests_off(host)]
    others = (*pair, *environment.hosts(view.source, "application"))
    return {
        **taking_epoch(view, "target_is_primary"),
        "stop_message_servers": stops["stop_message_servers"],
        "stop_lca": stops["stop_lca"],
        "power_on_database": powering_on(environment.dbms(view.source), "fence", "names_moved", must=True),
        **protecting(view),
        "power_on_hosts": [
            step for host in others for step in powering_on(host, "framework", "names_moved", must=False)
        ],
        **stopping_logs(view),
        **powering_down(view),
        "steady": (ending_steady(view, "target_has_primary", "source_streams"),),
    }
