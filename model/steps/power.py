"""Framework hosts that have no power while their region is dormant: given it at a failover, and switched off again.

Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc): the dormant Framework VMs are stopped clones, started
at Operation and at Full Failover; what is installed on them are services that start with the VM.
"""

from collections.abc import Iterable

from model.environment.document import Host
from model.step import Step, Verb
from model.steps.apart import repointing
from model.steps.protect import powering_on
from model.view import View


def waking(view: View) -> dict[str, Iterable[Step]]:
    """Return the move of the alias, and then the power of what takes over, which starts as its guard is open."""
    alias, pair = repointing(view), view.environment.framework(view.home)
    off = [host for host in pair if view.environment.rests_off(host)]
    return {
        "move_alias": alias["move_alias"],
        "power_on_framework": [step for host in off for step in _waking(view, host, must=host is pair[0])],
        "see_alias": alias["see_alias"],
    }


def _waking(view: View, host: Host, *, must: bool) -> tuple[Step, ...]:
    """Return the step for one host: it needs what the start of a Primary needs, for that is what becomes of it."""
    repointed = ("alias_moved",) if view.environment.alias(view.home) else ()
    needs = (
        "target_is_primary",
        "source_fenced",
        "closed_to_source",
        "no_commit_waits",
        "given_up_holds_no_session",
        *repointed,
    )
    return powering_on(host, "database", *needs, must=must, proves=("host_is_up",))


def powering_down(view: View) -> dict[str, Iterable[Step]]:
    """Return the end of what was stopped in order: last, for until then each host says itself that nothing runs."""
    planned = view.intent.mode == "planned"
    off = [host for host in view.environment.framework(view.away) if planned and view.environment.rests_off(host)]
    return {"power_off_framework": [_power_down(host) for host in off]}


def _power_down(host: Host) -> Step:
    return Step(
        stage="prove",
        verb=Verb.POWER_DOWN,
        host=host.name,
        command=f"gdr-host EPOCH power-off {host.name}, on {host.hypervisor.power}",
        needs=("names_moved", "target_has_primary", "rests_behind_guard"),
        proves=("host_is_off",),
        undo=f"gdr-host EPOCH power-on {host.name}",
        must=False,
    )
