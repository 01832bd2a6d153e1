"""What the steps share."""

from model.environment.document import Component, Host

NO_UNDO = "cannot be undone: reprotect and fail back"


def part_of(host: Host, kind: str) -> Component:
    """Return a component a judged environment certainly has."""
    part = host.component(kind)
    if part is None:
        raise LookupError(f"{host.name}: {kind}: the environment file was not judged")
    return part


def slot_of(standby: Host) -> str:
    """Name the replication slot through which a standby is fed; PostgreSQL allows no `-` in it."""
    return standby.name.replace("-", "_")
