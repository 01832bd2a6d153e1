"""A bubble: dormant framework hosts at work on a copy of the database, walled off from all else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What a framework host says of the walls around it.

    Attributes:
        case: Whose bubble it stands in; empty where it stands in none.
        epoch: Of the process that raised them: once a younger one has acted on the host, nothing inside starts.
        whole: The host's kernel enforces all of them, and has been asked.
        permit: The framework may start within them: they are neither being raised nor taken down, and not hours old.
    """

    case: str = ""
    epoch: int | None = None
    whole: bool = False
    permit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What a DBMS host says of a copy beside its own cluster.

    Attributes:
        case: Whose copy it is; empty where there is none.
        serves: It is up, and a primary of its own.
        sessions: Addresses of its client sessions.
        proven: The newest case that has committed in a copy here; this stays when the copy is dropped.
    """

    case: str = ""
    serves: bool = False
    sessions: frozenset[str] = frozenset()
    proven: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Whether a copy has room beside a cluster; None is unknown.

    Attributes:
        port_free: Nothing listens on the port that the copy would have.
        one_disk: The folder beside the cluster, in which the copy is made, is on the cluster's own file system.
        plain: The cluster lies in one folder: it has no tablespaces.
    """

    size_bytes: int | None = None
    free_bytes: int | None = None
    port_free: bool | None = None
    one_disk: bool | None = None
    plain: bool | None = None
    fault: str = ""


UNTRIED = Room(fault="not asked")
SPARE_BYTES = 256 * 1024 * 1024  # what must be left to the DBMS itself


def needed(size_bytes: int) -> int:
    """Return the free bytes that a copy needs: its own size, half of it again for its log, and what must be left."""
    return size_bytes * 3 // 2 + SPARE_BYTES
