"""Abort: a planned switch, of both halves or of one, goes back before its point of no return.

The same case with what moves where it was: the target of its intent is the region of the database, `home` that of the
framework, which is active in the record throughout; the source is the other one, whose DBMS goes on following.

Source: the undo of each line of the switch, in the vendor's start order (Genesys DrBc, Operation). The pages describe
no way back (docs/decisions/0023, 0027).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.back import proving_back, quieting_back, restoring_database, restoring_framework, waking_none
from model.steps.framework import starting_logs
from model.steps.power import powering_down
from model.steps.switch import ending_steady, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is as it was already."""

    take_epoch: Steps
    stop_scs: Steps
    stop_message_server: Steps
    stop_confserv: Steps
    stop_lca: Steps
    power_back_database: Steps
    start_database: Steps
    shut_out: Steps
    end_frozen: Steps
    open_database: Steps
    let_in: Steps
    move_alias: Steps
    see_alias: Steps
    power_back_hosts: Steps
    start_lca: Steps
    start_primary: Steps
    start_backup: Steps
    start_scs: Steps
    message_servers: Steps
    reconnect: Steps
    serve: Steps
    canary: Steps
    stream: Steps
    stop_log_servers: Steps
    start_log_servers: Steps
    power_off_framework: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "source_writes_nothing"),
        **waking_none(view),
        **restoring_database(view),
        **restoring_framework(view),
        **proving_back(view),
        **quieting_back(view),
        **starting_logs(view),
        **powering_down(view),
        "steady": (ending_steady(view, "target_has_primary", "source_silenced", "canary_committed"),),
    }
