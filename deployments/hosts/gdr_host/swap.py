"""A base backup takes the cluster's place by renames: whenever it is killed, the old or the new cluster is there.

What is under way is kept in a marker, for of the files alone nobody can tell a cluster that was half rewound.
"""

import json
import math

from gdr_host.cluster import Cluster, move, must, read, remove
from gdr_host.epoch import write_atomically
from gdr_host.host import FAILED, VAR, Facts, Fault
from gdr_host.primary import Primary, address_of
from gdr_host.standby import configure

MARKER = VAR / "reseeding.json"
OWN_FILES = ("postgresql.auto.conf", "postgresql.conf", "pg_hba.conf", "pg_ident.conf")
NEW, OLD = "new", "old"


def unfinished() -> Facts:
    """Return what is under way; nothing, where nothing is."""
    try:
        marker: Facts = json.loads(MARKER.read_text())
    except FileNotFoundError:
        return {}
    return marker


def reseeding(cluster: Cluster) -> bool:
    """Whether a reseed was begun and has not ended."""
    return bool(unfinished()) or any(cluster.sibling(what).exists() for what in (NEW, OLD))


def beyond_repair(cluster: Cluster) -> bool:
    """Whether the cluster was rewound in part, or is between two renames: nothing can be read in it any more.

    What stands ready as a standby is whole: only a former primary is rewound, and that file comes last.
    """
    between = not cluster.data.exists() and any(cluster.sibling(what).exists() for what in (NEW, OLD))
    return between or (bool(unfinished().get("broken")) and not cluster.standby)


def begin(cluster: Cluster, done: str, why: str, *, breaks: bool) -> Facts:
    """Write down what is begun, and with it this cluster's own settings: the primary's will lie in their place."""
    before = unfinished()
    broken = bool(before.get("broken"))
    files = before["files"] if broken else own_files(cluster)
    marker = {"done": done, "why": why, "broken": broken or breaks, "files": files}
    write_atomically(MARKER, json.dumps(marker) + "\n", 0o600)
    return marker


def own_files(cluster: Cluster) -> dict[str, str]:
    """Read the settings that lie in the cluster itself."""
    return {name: read(cluster.data / name) for name in OWN_FILES if (cluster.data / name).exists()}


def replace(cluster: Cluster, primary: Primary, slot: str, files: dict[str, str]) -> None:
    """Put a base backup of the primary in the cluster's place, once it is whole and would start as a standby."""
    if cluster.data.is_mount():
        raise Fault(FAILED, f"{cluster.data}: is a mount point, which cannot be renamed: copy it by hand")
    new = cluster.sibling(NEW)
    source = ("-d", address_of(cluster, primary.address), "-S", slot, "-X", "stream", "-c", "fast", "-w")
    must("pg_basebackup", "-D", str(new), *source, within=math.inf)
    configure(cluster, new, files, primary.address, slot)
    move(cluster.data, cluster.sibling(OLD))
    settle(cluster)


def settle(cluster: Cluster) -> None:
    """Carry on what a kill cut short.

    Only where no cluster is in its place does another take it: beside one, nobody knows how old a copy is, nor what
    was written since.
    """
    new, old = cluster.sibling(NEW), cluster.sibling(OLD)
    if not cluster.data.exists() and (new.exists() or old.exists()):
        move(new if new.exists() else old, cluster.data)
    if cluster.data.exists():
        remove(new, old)
