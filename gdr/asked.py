"""The words that name a runbook and what it needs to be told."""

from typing import Literal, cast

from gdr.answer import BadInput
from model.environment.document import RegionKey
from model.step import Mode, Name

Runbook = Literal["full-failover", "reprotect", "failback"]
Planned = Literal["full-failover", "reprotect"]  # a failback is made of these
NEEDS = {"full-failover": {"--target", "--mode"}, "reprotect": set[str](), "failback": {"--target"}}


def name_of(runbook: Planned) -> Name:
    """Return the name by which the model knows a runbook."""
    return cast("Name", runbook.replace("-", "_"))


def require_switch(runbook: Runbook, target: RegionKey | None, mode: Mode | None) -> None:
    """Require the words that a switch needs, and that another runbook has no use for.

    Raises:
        BadInput: A word is missing, or one too many.
    """
    given = {word for word, said in (("--target", target), ("--mode", mode)) if said is not None}
    if missing := NEEDS[runbook] - given:
        raise BadInput(f"{', '.join(sorted(missing))}: missing: {runbook} must be told")
    if beyond := given - NEEDS[runbook]:
        raise BadInput(f"{', '.join(sorted(beyond))}: {runbook} takes no such word")
