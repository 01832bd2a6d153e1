"""Deploy: two regions are made of bare hosts; one becomes the active one, the other follows it behind its guard.

The target of its intent is the region that is active in the end, and when the record is there already.

Sources: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Deploying Genesys Components; "Redundant (HA)
Configuration Servers". What the vendor calls deployed is proven here (docs/decisions/0018).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.clients import proving
from model.steps.deploy import (
    first_logs,
    first_start,
    installing,
    laying,
    making_database,
    replicating,
    starting_sites,
    switching,
    verifying,
)
from model.steps.logs import copied, logging, written
from model.steps.switch import ending_steady, moving_names, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done."""

    take_epoch: Steps
    lay_host_side: Steps
    pin_names: Steps
    close_database: Steps
    stop_dormant: Steps
    configure_database: Steps
    create_database: Steps
    create_log_database: Steps
    create_slot: Steps
    configure_standby: Steps
    seed: Steps
    start_standby: Steps
    catch_up: Steps
    install: Steps
    configure: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    message_servers: Steps
    switch_over: Steps
    switch_back: Steps
    secondaries: Steps
    start_site_lca: Steps
    start_site_proxy: Steps
    start_site_scs: Steps
    verify: Steps
    canary: Steps
    move_log_name: Steps
    log_secondaries: Steps
    flush_log_resolvers: Steps
    flush_log_hosts: Steps
    see_log_name: Steps
    start_log_servers: Steps
    log_servers: Steps
    log_rows: Steps
    log_copies: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "record_made_or_ours"),
        **laying(view),
        **making_database(view),
        **replicating(view),
        **installing(view),
        **first_start(view),
        **switching(view),
        "secondaries": moving_names(view)["secondaries"],
        **starting_sites(view),
        "verify": verifying(view),
        "canary": proving(view)["canary"],
        **logging(view, bare=True),
        **first_logs(view),
        **written(view, bare=True),
        "log_copies": copied(view),
        "steady": (ending_steady(view, "target_has_primary", "source_streams", "canary_committed"),),
    }
