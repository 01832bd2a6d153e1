"""Which runbooks a line stands in the way of.

Those that would stop there, miss the business's objective, or take a far longer way. A failback is a reprotect, a
planned failover and a reprotect: what blocks the planned one blocks it as well, unless the reprotect before it is the
very cure.
"""

from typing import Literal, get_args

from model.environment.document import Host, RegionKey
from model.observation import Power
from model.view import View

Runbook = Literal[
    "full_failover planned",
    "full_failover unplanned",
    "partial_failover",
    "framework_failover",
    "dbms_failover",
    "reprotect",
    "failback",
    "clone_and_isolate",
    "bubble",
    "deploy",
    "return_guard",
    "discard",
    "abort",
]
Blocks = tuple[Runbook, ...]

ALL: Blocks = get_args(Runbook)
EVERY, OTHERS = ALL[:7], ALL[7:]  # of the others, their own rules alone are asked: no emergency waits for them
PLANNED, UNPLANNED, PARTIAL, FRAMEWORK, DBMS, REPROTECT, FAILBACK = EVERY
CLONE, BUBBLE, DEPLOY, RETURN_GUARD, DISCARD, ABORT = OTHERS
FAILOVERS: Blocks = (PLANNED, UNPLANNED, PARTIAL, FRAMEWORK, DBMS, FAILBACK)
PROMOTING: Blocks = (PLANNED, UNPLANNED, PARTIAL, DBMS, FAILBACK)
WAKING: Blocks = (PLANNED, UNPLANNED, PARTIAL, FRAMEWORK, FAILBACK)  # those that start the dormant framework
CURABLE: Blocks = (PLANNED, UNPLANNED, PARTIAL, DBMS)  # by a reprotect, with which a failback begins
IN_ORDER: Blocks = (PLANNED, PARTIAL)  # those that drain the active DBMS, and lose nothing
LIVING: Blocks = (PLANNED, REPROTECT, FAILBACK)  # those that need an active region that works
FORCED: Blocks = (UNPLANNED, PARTIAL)  # those that fence what is lost
WAY_BACK: Blocks = (REPROTECT, FAILBACK)
NOTHING: Blocks = ()  # a debt, or wrong without being in the way


def data_in(view: View) -> RegionKey:
    """Return the region of the database, as the record names it: not always that of the active framework."""
    return view.seen.record.data if view.seen.record else view.source


def needing(view: View, name: str) -> Blocks:
    """Return the runbooks that cannot do without this host: they stop it, start it or want to hear from it.

    Without a record nobody knows which region is active: then every runbook may need a writer.
    """
    writers = {host.name: host for key in (view.source, view.target) for host in view.environment.writers(key)}
    if name not in writers:
        return NOTHING
    if view.seen.record is None:
        return EVERY
    if view.environment.region_of(name) == view.source:
        return (PLANNED, PARTIAL, FRAMEWORK, *WAY_BACK) if writers[name].role == "dbms" else (PLANNED, DBMS, *WAY_BACK)
    return unless_off(view, name, _of_dormant(writers[name]))


def _of_dormant(host: Host) -> Blocks:
    """Return what needs a host of the dormant region: the backup host is started as a debt, but never left unseen."""
    if host.role == "framework_backup":
        return WAY_BACK
    stays = FRAMEWORK if host.role == "dbms" else DBMS
    return tuple(runbook for runbook in EVERY if runbook != stays)


def unless_off(view: View, name: str, blocks: Blocks) -> Blocks:
    """Return what is blocked by something that is not seen of a host: a reprotect gives power to one that is off."""
    off = view.host(name).power is Power.OFF
    return tuple(runbook for runbook in blocks if not off or runbook not in WAY_BACK)


def worded(blocks: Blocks) -> str:
    """Write them as a line does."""
    return "every failover and way back" if blocks == EVERY else ", ".join(blocks) or "no runbook now"
