"""How a writer is kept from writing now, as an approver reads it."""

from model.environment.document import Host
from model.observation import DatabaseRole
from model.view import View
from model.words import FENCE


def kept_out(view: View, host: Host) -> str:
    """Say it; what is not stopped yet is the plan's to stop, where it answers."""
    level = view.fence_level(host)
    if level is not None:
        return f"level {level} ({FENCE[level]})"
    if host.role == "dbms" and view.seen.database(view.source).role is DatabaseRole.STANDBY:
        return "runs as a standby, which writes nothing of its own"
    if not view.host(host.name).answers:
        return "**does not answer, and this run cannot stop it**: reach it, or power it off"
    return "not stopped yet: this run stops it"
