"""What a host has of a deployment: nothing yet, all of it as it was rendered, or something that is not ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["absent", "partly", "same", "other"]
HOST, DBMS = "host", "dbms"  # the groups of files that belong to no component


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSurvey:
    """The folder of one component.

    Attributes:
        mark: The deployment that has begun to install it; None where nobody has left a mark.
        installed: The site's installer has ended well.
        unknown: It was begun, left something, and nobody knows how it ended; nor is it under way.
        entries: How many files and folders are in it, the mark not counted.
        account: Who runs the process that listens on its port; None where nothing listens.
    """

    mark: str | None = None
    installed: bool = False
    unknown: bool = False
    entries: int = 0
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSurvey:
    """The log database of one server: who has made it, whether the scripts ended well, how many tables are in it.

    Under `cross` `made` says, too, that its login is there and may write: tables and mark may have come by replication.
    """

    mark: str | None = None
    made: bool = False
    tables: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSurvey:
    """The Configuration Database of one server, and what is beside it.

    Attributes:
        mark: The deployment whose tables these are; None where no such mark is in it.
        made: The init scripts have ended well.
        tables: How many tables are in it, ours not counted.
        pending: What runs has not taken up all its files: unread, refused, or in need of a restart.
        primary: Whether it takes writes; None where that is unknown.
        others: Databases beside it that initdb has not made, and initdb's own where tables are in it; None is unknown.
        objects: Rows of the Configuration Database that a pair cannot do without, by what they say.
        log: The log database that is to be made; None where there is to be none, or nobody can tell: it is not proven.
    """

    mark: str | None = None
    made: bool = False
    tables: int = 0
    pending: bool = False
    primary: bool | None = None
    others: tuple[str, ...] | None = ()
    objects: frozenset[str] = frozenset()
    log: LogSurvey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One host.

    Attributes:
        answers: Whether it could be looked at, bare as it may be.
        states: Rendered files by group: the host side, the DBMS, and each unit.
        differing: Paths that are not as rendered, by group.
        parts: Components by unit.
        narrow: Whether the account may run nothing but gdr-host.
        used: Whether its cluster has databases or tables that initdb has not made, be the server up or down.
        follows: The host that its cluster is a standby of, be the server up or down.
        reseeding: Whether a copy of its peer was begun in its cluster's place, and has not ended.
        passfile: Whether a DBMS has the password with which it follows its peer.
        log: The log database of its log server (`cross`); None where none is to be made, or nobody can tell.
        pair: The deployment in which its pair was seen to switch over and back; None where it was not.
    """

    answers: bool = False
    fault: str = ""
    states: Mapping[str, State] = field(default_factory=dict)
    differing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, PartSurvey] = field(default_factory=dict)
    database: DatabaseSurvey | None = None
    log: LogSurvey | None = None
    narrow: bool | None = None
    pair: str | None = None
    passfile: bool | None = None
    used: bool | None = None
    follows: str | None = None
    reseeding: bool | None = None

    def state(self, group: str) -> State | None:
        """Return the state of a group of files; None where it is unknown."""
        return self.states.get(group) if self.answers else None


UNSURVEYED = Survey(fault="not asked")
