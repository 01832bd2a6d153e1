"""The activation record: which region is active, and which process may act.

TXT `_genesys-dr.<zone>` beside the A records, for instance
`v=1 epoch=12 state=steady active=region1 target=region1 case=- head=-`. Every change of it is one RFC 2136 update whose
prerequisite is the text it replaces: a compare-and-swap. Where the database is in another region than the framework, a
last field says so: `database=region2`.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self, get_args

from model.environment.document import RegionKey
from model.errors import Refused

State = Literal["steady", "switching", "resting", "drill"]
KEYS = ("v", "epoch", "state", "active", "target", "case", "head")
APART = (*KEYS, "database")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record's fields. `case` and `head` (of the evidence chain) are `-` when there is none.

    Attributes:
        state: resting: as switching, and no framework may start in either region, for its database is being moved.
            drill: as steady, but a case holds it; a full failover of mode unplanned takes it over at once.
        active: The region of the framework.
        database: The region of the database, where that is not the framework's: not `target`'s while switching, nor
            `active`'s otherwise.
    """

    epoch: int
    state: State
    active: RegionKey
    target: RegionKey
    case: str = "-"
    head: str = "-"
    database: RegionKey | None = None

    @property
    def data(self) -> RegionKey:
        """The region whose DBMS may be primary, by this record."""
        return self.database or (self.target if self.is_switching else self.active)

    @property
    def framework(self) -> RegionKey | None:
        """The region whose framework may start, by this record; None while it rests."""
        return None if self.state == "resting" else self.target if self.state == "switching" else self.active

    @property
    def is_switching(self) -> bool:
        """Whether a case is at work that has taken an epoch."""
        return self.state in ("switching", "resting")

    @property
    def is_held(self) -> bool:
        """Whether a case has taken an epoch, to switch or to drill."""
        return self.state != "steady"

    def text(self) -> str:
        """Write the record as the TXT string it is."""
        return (
            f"v=1 epoch={self.epoch} state={self.state} active={self.active} target={self.target}"
            f" case={self.case} head={self.head}{f' database={self.database}' if self.database else ''}"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a TXT string.

        Raises:
            Refused: The text is not exactly what this version writes.
        """
        fields = dict(part.partition("=")[::2] for part in text.split(" "))
        if tuple(fields) not in (KEYS, APART) or fields["v"] != "1" or not fields["epoch"].isdecimal():
            raise Refused(f"activation record: {text!r}: not a record of version 1; restore it from the last case")
        for key, allowed in (
            ("state", get_args(State)),
            ("active", get_args(RegionKey)),
            ("target", get_args(RegionKey)),
            ("database", get_args(RegionKey)),
        ):
            if fields.get(key, allowed[0]) not in allowed:
                raise Refused(f"activation record: {key}={fields[key]}: must be one of {', '.join(allowed)}")
        return cls(
            epoch=int(fields["epoch"]),
            state=fields["state"],  # type: ignore[arg-type]  # judged above
            active=fields["active"],  # type: ignore[arg-type]
            target=fields["target"],  # type: ignore[arg-type]
            case=fields["case"],
            head=fields["head"],
            database=fields.get("database"),  # type: ignore[arg-type]
        )

    def taken(
        self, *, target: RegionKey, case: str, head: str, database: RegionKey | None = None, rests: bool = False
    ) -> Self:
        """Return the record of the process that acts next: one epoch higher, switching to `target`.

        Args:
            database: The region of the database in the end; that of the framework, unless given.
            rests: The framework may not start until its alias is moved; once the same case has moved it, it may.
        """
        apart = None if database == target else database
        moved = (self.state, self.case, self.target) == ("switching", case, target)
        state: State = "resting" if rests and not moved else "switching"
        return replace(self, epoch=self.epoch + 1, state=state, target=target, case=case, head=head, database=apart)

    def drilled(self, *, case: str, head: str) -> Self:
        """Return the record of the process that drills next: one epoch higher, and nothing else moves."""
        return replace(self, epoch=self.epoch + 1, state="drill", target=self.active, case=case, head=head)

    def repointed(self, head: str) -> Self:
        """Return the record once the alias answers the database's new host: the framework may start."""
        return replace(self, state="switching", head=head)

    def moved(self, head: str) -> Self:
        """Return the record once the names answer the target; still switching."""
        return replace(self, active=self.target, head=head)

    def steady(self, head: str) -> Self:
        """Return the record at the end: nobody acts, the case is closed; `active` is the target since it was moved."""
        return replace(self, state="steady", target=self.active, case="-", head=head)

    def opened(self, case: str) -> Self:
        """Return the record that names an open case and changes nothing else."""
        return replace(self, case=case)
