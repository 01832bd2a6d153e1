"""What is installed on a host, how two hosts differ, and which of their differences are as they should be.

Readiness compares what was found on two hosts; a deployment verifies what was found against what it wanted by the same
comparison.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

Sections = Mapping[str, Mapping[str, str]]
Between = Literal["regions", "pair"]
Facts = Mapping[str, str]
NONE = "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component as it is installed.

    Attributes:
        version: As the site's own command prints it; None where there is none, or no answer.
        config: Its configuration file without secrets; None where it was not read.
        fault: Why not; empty where the host knows of no file.
    """

    version: str | None = None
    config: Sections | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate; `ends` in seconds of the epoch, None where it could not be read, and `fault` says why."""

    path: str
    ends: float | None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a host's backup job has noted, in seconds of the epoch; `fault` says why it could not be read."""

    taken: float | None = None
    restored: float | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """One host.

    Attributes:
        parts: Components by kind.
        paths: What came of a connect to `address:port`: open, refused, rejected (by a firewall), silent, unreachable.
        backup: None where no backup job has noted anything.
        lifetimes: Seconds that its own resolver still keeps its answer, by name; absent is unknown.
        fault: Why nothing is known.
    """

    parts: Mapping[str, Part] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    backup: Backup | None = None
    lifetimes: Mapping[str, int] = field(default_factory=dict)
    fault: str = ""


UNASKED = Inventory(fault="not asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A difference that is as it should be.

    Attributes:
        fact: Pattern of a fact's name: `section/option` of the configuration file, or what `facts` calls it.
        between: Where: between the regions, or between the two of a pair.
    """

    fact: str
    between: tuple[Between, ...]
    why: str


EXPECTED: tuple[Expected, ...] = (
    Expected(fact="server section", between=("pair",), why="it is named after the Application of each"),
    Expected(fact="server/peer", between=("pair",), why="each of a pair names the other"),
    Expected(fact="*/dbserver", between=("regions",), why="each region's framework reads its own DBMS"),
    Expected(fact="log/*", between=("regions", "pair"), why="a host writes its logs where, and as loudly as, it wants"),
    Expected(fact="general/application", between=("regions", "pair"), why="an Application of its own stands for each"),
    Expected(fact="general/rank", between=("pair",), why="one of a pair is primary, the other backup"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact in which two hosts differ, and the reason if that is as it should be."""

    fact: str
    left: str
    right: str
    why: str = ""


def facts(part: Part) -> dict[str, str]:
    """Flatten a part into named facts. The server's own section, whatever its name, is called `server`."""
    found = {} if part.version is None else {"version": part.version}
    own = server_section(part.config or {})
    if own is not None:
        found["server section"] = own
    for section, options in (part.config or {}).items():
        found |= {f"{'server' if section == own else section}/{option}": text for option, text in options.items()}
    return found


def server_section(config: Sections) -> str | None:
    """Return the section that describes the server itself: the one whose option `server` names the database's."""
    return next((name for name, options in config.items() if options.get("server") in config), None)


def differences(
    left: Facts, right: Facts, between: Between, rules: Iterable[Expected] = EXPECTED
) -> Iterator[Difference]:
    """Compare two hosts, fact by fact; `rules` say what of it is expected."""
    known = tuple(rules)
    for fact in sorted({*left, *right}):
        one, two = left.get(fact, NONE), right.get(fact, NONE)
        if one != two:
            yield Difference(fact=fact, left=one, right=two, why=_why(fact, between, known))


def _why(fact: str, between: Between, rules: Iterable[Expected]) -> str:
    return next(
        (rule.why for rule in rules if between in rule.between and fnmatchcase(fact, rule.fact)),
        "",
    )
