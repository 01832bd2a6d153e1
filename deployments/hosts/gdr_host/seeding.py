"""A new region's DBMS is made a standby: a base backup takes the place of a cluster that nobody has used."""

from gdr_host.cluster import Cluster, read_control, require_stopped
from gdr_host.components import place
from gdr_host.follow import COPIED, FOLLOWED, Way, keep_note, of_standby, runs_as_told, tidy
from gdr_host.host import FAILED, USAGE, Facts, Fault
from gdr_host.passfile import lines, passfile
from gdr_host.primary import Primary, ask, require_slot
from gdr_host.standby import configured
from gdr_host.survey import databases_of_users
from gdr_host.swap import begin, replace, reseeding, settle, unfinished


def pg_seed(facts: Facts, address: str, slot: str) -> None:
    """Copy the primary at this address in place of an empty cluster. The server is not started.

    One that is a standby of it already goes on, or is copied anew where the primary no longer has the log for it.

    Raises:
        Fault: A server runs on it, a user has a database in it, or the primary keeps no log for it.
    """
    cluster = Cluster.of(facts)
    if runs_as_told(cluster, address, slot):
        tidy(cluster)
        print(f"already a standby of {address} through {slot}, and not down")
        return
    require_stopped(cluster)
    settle(cluster)
    again = reseeding(cluster) or configured(cluster, address, slot)
    if not again and (theirs := databases_of_users(facts)):
        raise Fault(FAILED, f"{cluster.data}: holds databases {', '.join(theirs)}: only an empty cluster is replaced")
    require_slot(cluster, address, slot)
    primary = ask(cluster, address)
    way = _way(facts, cluster, primary, slot)
    if way.done == COPIED:
        marker = begin(cluster, *way, breaks=False)
        replace(cluster, primary, slot, marker["files"])
    keep_note(way, primary, slot, again=way.done == FOLLOWED)


def _way(facts: Facts, cluster: Cluster, primary: Primary, slot: str) -> Way:
    if unfinished() or not configured(cluster, primary.address, slot):
        return Way(COPIED, "a new region")
    return of_standby(cluster, read_control(facts), primary)


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
