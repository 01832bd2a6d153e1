"""What is searched, and what a case remembers meanwhile."""

from typing import NamedTuple

from model.step import Mode, Name


class Memory(NamedTuple):
    """What a case remembers and nobody can observe.

    Attributes:
        opened: It is open. A closed one's waivers are remembered: people have answered for them.
        begun: It has set about to take an epoch.
        no_return: It has set about what it cannot go back from.
        broken: Rules that were broken before anything was done.
        undoes: Of an abort: the switch that goes back.
    """

    mode: Mode
    waived: frozenset[str] = frozenset()
    opened: bool = False
    begun: bool = False
    no_return: bool = False
    runbook: Name = "full_failover"
    broken: frozenset[str] = frozenset()
    undoes: Name | None = None

    def closed(self) -> "Memory":
        """Return what is remembered once the case is closed."""
        return self._replace(opened=False, begun=False, no_return=False)

    @property
    def keeps(self) -> bool:
        """Whether nothing that was committed may be lost."""
        return self.mode == "planned" or self.runbook in ("partial_failover", "framework_failover")


class Quest(NamedTuple):
    """What is searched: a runbook in one of its modes."""

    runbook: Name
    mode: Mode

    @property
    def family(self) -> Name:
        """The runbook whose lines it has: what a deletion is about."""
        return FAMILIES.get(self.runbook, self.runbook)


FAMILIES: dict[Name, Name] = {"partial_failover": "full_failover"}
QUESTS = (
    Quest("full_failover", "planned"),
    Quest("full_failover", "unplanned"),
    Quest("partial_failover", "unplanned"),
    Quest("dbms_failover", "planned"),
    Quest("dbms_failover", "unplanned"),
    Quest("framework_failover", "planned"),
    Quest("framework_failover", "unplanned"),
    Quest("reprotect", "planned"),
    Quest("return_guard", "unplanned"),
    Quest("abort", "planned"),
    Quest("bubble", "planned"),
    Quest("discard", "unplanned"),
    Quest("clone_and_isolate", "planned"),
    Quest("deploy", "planned"),
)


def rule_of(breach: str) -> str:
    """Return the number of the rule that a breach names."""
    return breach.partition(":")[0]
