"""What only a former primary has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """What a former primary has and the present one never received, as its host exported it.

    Attributes:
        timeline: Its own timeline.
        primary_timeline: The one of the primary that it was compared with.
        fork: Where the two part, as PostgreSQL writes a position; what lies from there to `end` is stranded.
        commits: Transactions committed beyond it.
        deletes: Rows they deleted: those are in the log only.
        rows: Rows they wrote, exported one by one.
        folder: Where on that host.
        drops: Files of tables and indexes they removed, by DROP or TRUNCATE: of those nothing is left but the log.
        fits: Whether the cluster is still as it was when that was exported, by its own host.
    """

    timeline: int
    primary_timeline: int
    fork: str
    end: str
    commits: int
    deletes: int
    rows: int
    folder: str
    drops: int = 0
    fits: bool = False
