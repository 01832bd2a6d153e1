"""The words that name a runbook and what it needs to be told."""

from typing import Literal, cast

from gdr.answer import BadInput
from model.drill import Kind
from model.environment.document import RegionKey
from model.step import Mode, Name

Runbook = Literal["full-failover", "partial-failover", "reprotect", "failback", "return-guard", "drill", "deploy"]
Planned = Literal[
    "full-failover", "partial-failover", "reprotect", "return-guard", "deploy"
]  # the others are made of these
NEEDS: dict[Runbook, set[str]] = {
    "full-failover": {"--target", "--mode"},
    "partial-failover": {"--target"},
    "reprotect": set(),
    "failback": {"--target"},
    "return-guard": set(),
    "drill": {"--kind"},
    "deploy": {"--target"},
}
MODES: dict[Runbook, Mode] = {
    "full-failover": "planned",
    "partial-failover": "unplanned",
    "reprotect": "planned",
    "failback": "planned",
    "return-guard": "unplanned",
    "drill": "planned",
    "deploy": "planned",
}


def name_of(runbook: Planned) -> Name:
    """Return the name by which the model knows a runbook."""
    return cast("Name", runbook.replace("-", "_"))


def require_words(runbook: Runbook, target: RegionKey | None, mode: Mode | None, kind: Kind | None = None) -> None:
    """Require the words that a runbook needs, and that another has no use for.

    Raises:
        BadInput: A word is missing, or one too many.
    """
    given = {word for word, said in (("--target", target), ("--mode", mode), ("--kind", kind)) if said is not None}
    if missing := NEEDS[runbook] - given:
        raise BadInput(f"{', '.join(sorted(missing))}: missing: {runbook} must be told")
    if beyond := given - NEEDS[runbook]:
        raise BadInput(f"{', '.join(sorted(beyond))}: {runbook} takes no such word")
