"""Fencing what cannot be stopped in order, and keeping the source out of the survivor."""

from collections.abc import Iterable

from model.environment.document import Host
from model.step import Step, Verb
from model.view import Fence, View


def fencing(view: View) -> dict[str, Iterable[Step]]:
    """Return what is switched off, kept out or waived."""
    off, survivor = switching_off(view), view.environment.dbms(view.target)
    return {
        "power_off": off["power_off"],
        "block_replication": [_block_replication(view, survivor)],
        "waive": off["waive"],
    }


def switching_off(view: View) -> dict[str, Iterable[Step]]:
    """Return what is switched off, or waived where nobody can see it."""
    writers = view.writers
    return {
        "power_off": [_power_off(view, host) for host in writers if view.promised_level(host) is Fence.POWERED_OFF],
        "waive": [_waive(host) for host in writers if view.promised_level(host) is Fence.WAIVED],
    }


def _power_off(view: View, host: Host) -> Step:
    drained = ("standby_has_all",) if view.intent.drains else ()
    return Step(
        stage="fence",
        verb=Verb.POWER_OFF,
        host=host.name,
        command=f"gdr-host EPOCH power-off {host.name}, on {host.hypervisor.power}",
        needs=("target_can_take_over", *drained),
        proves=("host_is_off",),
        undo=f"gdr-host EPOCH power-on {host.name}",
    )


def _block_replication(view: View, survivor: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.BLOCK_REPLICATION,
        host=survivor.name,
        command=f"gdr-host EPOCH firewall-block {view.environment.database.port} {_source_addresses(view)}",
        needs=("host_answers", *(("standby_has_all",) if view.intent.drains else ())),
        proves=("replication_blocked", "closed_to_source"),
        undo=f"gdr-host EPOCH firewall-open {view.environment.database.port} ...",
    )


def _source_addresses(view: View) -> str:
    return " ".join(str(host.address) for host in view.keeps_out)


def _waive(host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.WAIVE,
        host=host.name,
        command="none: the approval names this host as not fenced",
        needs=(),
        proves=("fence_waived",),
        undo="nothing was changed",
    )
