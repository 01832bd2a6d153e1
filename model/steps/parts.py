"""What the steps share."""

from model.environment.document import Component, Host

NO_UNDO = "cannot be undone: reprotect and fail back"


def part_of(host: Host, kind: str) -> Component:
    """Return a component a judged environment certainly has."""
    part = host.component(kind)
    if part is None:
        raise LookupError(f"{host.name}: {kind}: the environment file was not judged")
    return part
