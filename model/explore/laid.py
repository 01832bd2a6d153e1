"""What a host has of a deployment, in the explorer's world."""

from typing import Literal, NamedTuple

Cluster = Literal["empty", "begun", "made", "somebody's"]
Logs = Literal["none", "begun", "made", "somebody's"]
Side = Literal["absent", "partly", "earlier", "another", "same"]


class Laid(NamedTuple):
    """What a host has of a deployment; by default it is bare.

    Attributes:
        side: The host side: as shipped, of an earlier release whose account may deploy again, or somebody else's.
        pinned: Its own hosts file has the framework's names.
        installed: Kinds of components whose installer has ended well.
        torn: Kinds of which nobody knows how their installer ended.
        configured: Kinds whose files are as rendered.
        noted: Its pair was seen to switch over and back.
        cluster: The databases of its DBMS: none, begun by us, made by us, or somebody's.
        settings: The files of its DBMS: not as rendered, but for who may log in, not yet taken up, or as rendered.
        logs: Its log database: none, begun by us, made by us, or tables of somebody's on a log server of its own.
        led: Its Configuration Server has been Primary.
        strange: What is not as deploy would have it, and it leaves alone: a `folder` or a `listener` of somebody's, an
            `account` under which its components run, `names` in an application host's file, `objects` that are missing;
            `late` if it came after it was judged.
    """

    side: Side = "absent"
    pinned: bool = False
    installed: frozenset[str] = frozenset()
    torn: frozenset[str] = frozenset()
    configured: frozenset[str] = frozenset()
    noted: bool = False
    cluster: Cluster = "empty"
    settings: Literal["none", "logins", "pending", "same"] = "none"
    logs: Logs = "none"
    led: bool = False
    strange: frozenset[str] = frozenset()

    @property
    def tells(self) -> bool:
        """Whether its host side answers for itself; one that was cut off in the middle is not relied upon."""
        return self.side in ("earlier", "same")

    @property
    def guarded(self) -> bool:
        """Whether the unit of its DBMS asks the guard."""
        return self.settings != "none"


BARE = Laid()
