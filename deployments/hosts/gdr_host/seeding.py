"""A new region's DBMS is made a standby: a base backup takes the place of a cluster that nobody has used."""

from gdr_host.beyond import log_end
from gdr_host.cluster import Cluster, Control, read_control, require_stopped
from gdr_host.components import place
from gdr_host.follow import COPIED, FOLLOWED, Way, keep_note, of_standby, runs_as_told, tidy
from gdr_host.host import FAILED, USAGE, Facts, Fault
from gdr_host.passfile import lines, passfile
from gdr_host.primary import BY_HAND, Primary, ask, require_same_system, require_slot
from gdr_host.standby import configured
from gdr_host.survey import databases_of_users
from gdr_host.swap import begin, replace, settle, unfinished
from gdr_host.wal import written


def pg_seed(facts: Facts, address: str, slot: str) -> None:
    """Copy the primary at this address in place of an empty cluster. The server is not started.

    One that is a standby of it already goes on, or is copied anew where the primary no longer has the log for it.
    Whatever else holds a user's data may be the only copy of it, even where a reseed was begun in its place.

    Raises:
        Fault: A server runs on it, a user has data in it and it is no standby of this primary's cluster, it has more
            than the primary, or the primary keeps no log for it.
    """
    cluster = Cluster.of(facts)
    if runs_as_told(cluster, address, slot):
        tidy(cluster)
        print(f"already a standby of {address} through {slot}, and not down")
        return
    require_stopped(cluster)
    settle(cluster)
    if not configured(cluster, address, slot) and (theirs := databases_of_users(facts)):
        raise Fault(FAILED, f"{cluster.data}: holds databases {', '.join(theirs)}: only an empty cluster is replaced")
    require_slot(cluster, address, slot)
    primary = ask(cluster, address)
    way = _way(facts, cluster, primary, slot)
    if way.done == COPIED:
        marker = begin(cluster, *way, breaks=False)
        replace(cluster, primary, slot, marker["files"])
    keep_note(way, primary, slot, again=way.done == FOLLOWED)


def _way(facts: Facts, cluster: Cluster, primary: Primary, slot: str) -> Way:
    if not configured(cluster, primary.address, slot):
        return Way(COPIED, "a new region")
    control = read_control(facts)
    require_same_system(control, primary)
    _require_no_more(cluster, control, primary)
    return Way(COPIED, "a new region") if unfinished() else of_standby(cluster, control, primary)


def _require_no_more(cluster: Cluster, control: Control, primary: Primary) -> None:
    """Refuse a primary that is behind its standby, as one that came back from a backup: the newer copy is here."""
    end = primary.end if control.timeline == primary.timeline else primary.left.get(control.timeline)
    if end is None:
        what = f"its history, on timeline {primary.timeline}, does not know timeline {control.timeline} of this standby"
        raise Fault(FAILED, f"{primary.address}: {what}: {BY_HAND}")
    held = log_end(cluster, control, max(control.checkpoint, control.ends))
    if held > end or (held == end and held != control.ends):  # what is found there is where a record begins
        what = f"has timeline {control.timeline} up to {written(end)}, and this standby up to {written(held)}"
        raise Fault(FAILED, f"{primary.address}: {what}: the newer copy is here: {BY_HAND}")


def pg_passfile(facts: Facts, logins: dict[str, str]) -> None:
    """Let this server's account log in at its peer, whichever of the two is primary; other lines stay.

    Raises:
        Fault: There is no password, or the file is not that account's own.
    """
    known = facts["database"]
    if not logins["replica_password"]:
        raise Fault(
            USAGE, "replica_password: is empty: give it in the block of the database while this site is deployed"
        )
    file = passfile(facts)
    prefix = f"*:{known['port']}:*:{known['replication_user']}:"
    kept = [line for line in lines(file) if not line.startswith(prefix)]
    text = "".join(f"{line}\n" for line in [*kept, prefix + escaped(logins["replica_password"])])
    place(file.path, text, mode=0o600, owner=file.owner.pw_uid, group=file.owner.pw_gid)


def escaped(password: str) -> str:
    """Write a password as libpq reads it from a file."""
    return password.replace("\\", "\\\\").replace(":", "\\:")
