"""What a case is held against: the objectives of its own day, kept in its first record."""

from collections.abc import Sequence

from model.environment.document import Objectives
from model.environment.environment import Environment
from model.evidence import Entry


def kept(environment: Environment) -> dict[str, dict[str, float]]:
    """Return what the record that opens a case keeps of the environment file's objectives."""
    asked = environment.objectives
    return {"objectives": {"rpo_s": asked.rpo_s, "rto_s": asked.rto_s}}


def objectives(entries: Sequence[Entry]) -> Objectives | None:
    """Return what a case is held against; None in journals of before 2026-11-23, which have the file's digest only."""
    found = entries[0].data.get("objectives") if entries else None
    return Objectives(rpo_s=found["rpo_s"], rto_s=found["rto_s"]) if found else None
