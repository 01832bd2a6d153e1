"""What the steps share."""

from model.environment.document import Component, Host
from model.environment.environment import Environment, other

NO_UNDO = "cannot be undone: reprotect and fail back"
LOG_SERVER = "log_message_server"


def part_of(host: Host, kind: str) -> Component:
    """Return a component a judged environment certainly has."""
    part = host.component(kind)
    if part is None:
        raise LookupError(f"{host.name}: {kind}: the environment file was not judged")
    return part


def slot_of(standby: Host) -> str:
    """Name the replication slot through which a standby is fed; PostgreSQL allows no `-` in it."""
    return standby.name.replace("-", "_")


def counterpart(environment: Environment, name: str) -> Host:
    """Return the framework host of the other region that has the same place in its pair."""
    region = environment.region_of(name)
    pairs = zip(environment.framework(region), environment.framework(other(region)), strict=True)
    return next(there for here, there in pairs if here.name == name)
