"""Return guard: a region that was given up is kept from doing harm as soon as it answers again.

The target of its intent is the region that is active and stays so; the source is the one that was given up. It asks
nobody, for it only fences what must not run. No claim of safety rests on it: that is the boot guards' and the active
region's own blocks (docs/decisions/0008).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from model.runbooks.runbook import Plan
from model.step import Step, Steps
from model.steps.guard import guarding, quieting, settling
from model.steps.switch import ending_steady, taking_epoch
from model.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnGuardPlan(Plan):
    """One field per line of the runbook, in its order. An empty one is already done, or its host does not answer."""

    take_epoch: Steps
    block_replication: Steps
    close_database: Steps
    stop_scs: Steps
    stop_message_server: Steps
    stop_confserv: Steps
    stop_lca: Steps
    end_sessions: Steps
    stop_database: Steps
    flush_resolvers: Steps
    flush_hosts: Steps
    reconnect: Steps
    restart_first: Steps
    restart_second: Steps
    stop_log_servers: Steps
    steady: Steps


def lines(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines of the runbook, in order."""
    return {
        **taking_epoch(view, "target_is_primary"),
        **guarding(view),
        **settling(view),
        **quieting(view),
        "steady": (ending_steady(view, "answering_source_harmless"),),
    }
