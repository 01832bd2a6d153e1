"""Making the source's DBMS a standby of the target's again, and giving the source its power back."""

from collections.abc import Iterable

from model.environment.document import Host
from model.step import Step, Verb
from model.steps.parts import part_of, slot_of
from model.view import View

KEPT = "/var/lib/genesys-dr/stranded"


def powering_on(
    host: Host, stage: str, *needs: str, must: bool, proves: tuple[str, ...] = ("host_answers",)
) -> tuple[Step, ...]:
    """Return the step that gives a host its power back; none where no power source has it."""
    if host.hypervisor.power is None:
        return ()
    step = Step(
        stage=stage,
        verb=Verb.POWER_ON,
        host=host.name,
        command=f"gdr-host EPOCH power-on {host.name}, on {host.hypervisor.power}",
        needs=needs,
        proves=proves,
        undo=f"gdr-host EPOCH power-off {host.name}",
        must=must,
    )
    return (step,)


def protecting(view: View) -> dict[str, Iterable[Step]]:
    """Return what makes the source's DBMS a standby, in order; what it alone has is exported before it is rewound."""
    source, target = view.environment.dbms(view.source), view.environment.dbms(view.target)
    return {
        "close_database": (_close(view, source),),
        "open_replication": (_open_replication(view, source, target),),
        "create_slot": (_create_slot(source, target),),
        "stop_standby": (_stop_standby(source),),
        "export": (_export(source, target),),
        "follow": (_follow(source, target),),
        "start_standby": (_start_standby(source),),
        "catch_up": (_catch_up(source),),
    }


def _close(view: View, source: Host) -> Step:
    rule = f"{view.environment.database.port} {' '.join(view.environment.framework_addresses())}"
    return Step(
        stage="fence",
        verb=Verb.CLOSE_DATABASE,
        host=source.name,
        command=f"gdr-host EPOCH firewall-block {rule}",
        needs=("target_is_primary", "host_answers"),
        proves=("source_closed",),
        undo=f"gdr-host EPOCH firewall-open {rule}",
    )


def _open_replication(view: View, source: Host, target: Host) -> Step:
    rule = f"{view.environment.database.port} {source.address}"
    return Step(
        stage="database",
        verb=Verb.OPEN_REPLICATION,
        host=target.name,
        command=f"gdr-host EPOCH firewall-open {rule}",
        needs=("source_silenced",),
        proves=("replication_open",),
        undo=f"gdr-host EPOCH firewall-block {rule}",
    )


def _create_slot(source: Host, target: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.CREATE_SLOT,
        host=target.name,
        command=f"gdr-host EPOCH pg-slot-create {slot_of(source)}",
        needs=("target_is_primary",),
        proves=("slot_exists",),
        undo=f"SELECT pg_drop_replication_slot('{slot_of(source)}')",
    )


def _stop_standby(source: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.STOP_DATABASE,
        host=source.name,
        command="gdr-host EPOCH pg-stop",
        needs=("target_is_primary",),
        proves=("no_standby_cut_off",),
        undo=f"gdr-host EPOCH component-start {part_of(source, 'dbms').unit}",
    )


def _export(source: Host, target: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.EXPORT,
        host=source.name,
        command=f"gdr-host EPOCH pg-export {target.address}: WAL and rows beyond the switch point, into {KEPT}",
        needs=("source_database_stopped", "replication_open"),
        proves=("stranded_exported",),
        undo="nothing was changed that the server would not have changed at its next start",
    )


def _follow(source: Host, target: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.FOLLOW,
        host=source.name,
        command=f"gdr-host EPOCH pg-follow {target.address} {slot_of(source)}: pg_rewind, or pg_basebackup",
        needs=(
            "stranded_exported",
            "source_closed",
            "source_database_rests",
            "replication_open",
            "slot_exists",
            "target_is_primary",
        ),
        proves=("follows_target",),
        undo=f"cannot be undone: what only this DBMS had is in {KEPT}",
    )


def _start_standby(source: Host) -> Step:
    unit = part_of(source, "dbms").unit
    return Step(
        stage="database",
        verb=Verb.START,
        host=source.name,
        unit="dbms",
        command=f"gdr-host EPOCH component-start {unit}",
        needs=("follows_target", "replication_open"),
        proves=("source_streams",),
        undo="gdr-host EPOCH pg-stop",
    )


def _catch_up(source: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.CATCH_UP,
        host=source.name,
        command="observe: pg_last_wal_receive_lsn() is less than a segment behind the primary",
        needs=("source_streams",),
        proves=("source_caught_up",),
        undo="nothing was changed",
    )
