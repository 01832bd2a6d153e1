"""The activation record: which region is active, and which process may act.

TXT `_genesys-dr.<zone>` beside the A records, for instance
`v=1 epoch=12 state=steady active=region1 target=region1 case=- head=-`. Every change of it is one RFC 2136 update whose
prerequisite is the text it replaces: a compare-and-swap.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self, get_args

from model.environment.document import RegionKey
from model.errors import Refused

State = Literal["steady", "switching", "drill"]
KEYS = ("v", "epoch", "state", "active", "target", "case", "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record's fields. `case` and `head` (of the evidence chain) are `-` when there is none."""

    epoch: int
    state: State
    active: RegionKey
    target: RegionKey
    case: str = "-"
    head: str = "-"

    def text(self) -> str:
        """Write the record as the TXT string it is."""
        return (
            f"v=1 epoch={self.epoch} state={self.state} active={self.active} target={self.target}"
            f" case={self.case} head={self.head}"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a TXT string.

        Raises:
            Refused: The text is not exactly what this version writes.
        """
        fields = dict(part.partition("=")[::2] for part in text.split(" "))
        if tuple(fields) != KEYS or fields["v"] != "1" or not fields["epoch"].isdecimal():
            raise Refused(f"activation record: {text!r}: not a record of version 1; restore it from the last case")
        for key, allowed in (
            ("state", get_args(State)),
            ("active", get_args(RegionKey)),
            ("target", get_args(RegionKey)),
        ):
            if fields[key] not in allowed:
                raise Refused(f"activation record: {key}={fields[key]}: must be one of {', '.join(allowed)}")
        return cls(
            epoch=int(fields["epoch"]),
            state=fields["state"],  # type: ignore[arg-type]  # judged above
            active=fields["active"],  # type: ignore[arg-type]
            target=fields["target"],  # type: ignore[arg-type]
            case=fields["case"],
            head=fields["head"],
        )

    def taken(self, *, target: RegionKey, case: str, head: str) -> Self:
        """Return the record of the process that acts next: one epoch higher, switching to `target`."""
        return replace(self, epoch=self.epoch + 1, state="switching", target=target, case=case, head=head)

    def moved(self, head: str) -> Self:
        """Return the record once the names answer the target; still switching."""
        return replace(self, active=self.target, head=head)

    def steady(self, head: str) -> Self:
        """Return the record at the end: nobody acts, the case is closed."""
        return replace(self, state="steady", target=self.active, case="-", head=head)

    def opened(self, case: str) -> Self:
        """Return the record that names an open case and changes nothing else."""
        return replace(self, case=case)
