"""A step of a plan: what is done to whom, what must hold before, and what proves it afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from model.environment.document import RegionKey
from model.environment.environment import other

Mode = Literal["planned", "unplanned"]
Name = Literal[
    "full_failover",
    "partial_failover",
    "dbms_failover",
    "framework_failover",
    "reprotect",
    "return_guard",
    "deploy",
    "clone_and_isolate",
    "abort",
    "bubble",
    "discard",
]
SWITCHES: tuple[Name, ...] = ("full_failover", "partial_failover", "dbms_failover", "framework_failover")
IN_BUBBLE: tuple[Name, ...] = ("bubble", "discard")
"""The runbooks that hold the record as a drill, and move nothing in it."""
STAGES = ("observe", "declare", "epoch", "fence", "database", "framework", "names", "prove", "report")


def numbered(stage: str) -> str:
    """Name a stage with its place among all, as a list of task runs has it."""
    return f"{STAGES.index(stage) + 1}/{len(STAGES)} {stage}"


class Verb(StrEnum):
    """What can be done. The value stands in the evidence and in the approval."""

    TAKE_EPOCH = "take-epoch"
    STOP = "stop"
    CLOSE_DATABASE = "close-database"
    END_SESSIONS = "end-sessions"
    STOP_DATABASE = "stop-database"
    DRAIN = "drain"
    POWER_OFF = "power-off"
    BLOCK_REPLICATION = "block-replication"
    WAIVE = "waive"
    PROMOTE = "promote"
    RELEASE_SYNC = "release-sync"
    OPEN_DATABASE = "open-database"
    START = "start"
    AWAIT = "await"
    MOVE_NAMES = "move-names"
    MOVE_ALIAS = "move-alias"
    RESOLVE = "resolve"
    AGREE = "agree"
    FLUSH = "flush"
    RESTART = "restart"
    RECONNECT = "reconnect"
    SERVE = "serve"
    CANARY = "canary"
    MOVE_LOG_NAME = "move-log-name"
    SEE_ROWS = "see-rows"
    SEE_COPIES = "see-copies"
    STEADY = "steady"
    POWER_ON = "power-on"
    POWER_DOWN = "power-down"
    OPEN_REPLICATION = "open-replication"
    CREATE_SLOT = "create-slot"
    EXPORT = "export"
    FOLLOW = "follow"
    CATCH_UP = "catch-up"
    LAY_HOST_SIDE = "lay-host-side"
    PIN_NAMES = "pin-names"
    CONFIGURE_DATABASE = "configure-database"
    CREATE_DATABASE = "create-database"
    CREATE_LOG_DATABASE = "create-log-database"
    CONFIGURE_STANDBY = "configure-standby"
    SEED = "seed"
    INSTALL = "install"
    CONFIGURE = "configure"
    SWITCH_OVER = "switch-over"
    SWITCH_BACK = "switch-back"
    VERIFY = "verify"
    UNPLUG = "unplug"
    CLONE = "clone"
    ISOLATE = "isolate"
    PLUG = "plug"
    CUT_OFF = "cut-off"
    ADOPT = "adopt"
    JOIN = "join"
    STREAM = "stream"
    RAISE_WALLS = "raise-walls"
    TRY_WALLS = "try-walls"
    COPY_DATABASE = "copy-database"
    COMMIT_INSIDE = "commit-inside"
    LEAVE_BUBBLE = "leave-bubble"
    DROP_COPY = "drop-copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        host: The machine on which it is done, or which it is about; a DNS server or region where there is no machine.
        unit: The component's kind, for steps about one component.
        command: The exact command or call, as the runbook prints it.
        needs: Names of conditions (model/conditions.py) that must hold before.
        proves: Names of conditions that must hold afterwards; while they hold, the step is done.
        undo: How to take it back, or "cannot be undone".
        must: False: its failure is a recorded debt, never a reason to stop.
        no_return: From here on the case cannot be aborted.
    """

    stage: str
    verb: Verb
    host: str
    command: str
    needs: tuple[str, ...]
    proves: tuple[str, ...]
    undo: str
    unit: str = ""
    must: bool = True
    no_return: bool = False

    @property
    def id(self) -> str:
        """Name the step in evidence, approvals and the UI: stable over resumes."""
        return f"{self.verb}:{self.host}" + (f"/{self.unit}" if self.unit else "")

    @property
    def label(self) -> str:
        """Name the step as a person reads it in a list of task runs."""
        return f"{numbered(self.stage)}: {self.verb} {self.host} {self.unit}".rstrip()


Steps = tuple[Step, ...]


def digest(steps: Iterable[Step]) -> str:
    """Name a plan by its steps in their order, and by what each does: SHA-256, its first 16 hex digits, for eyes."""
    return sha256("\n".join(f"{step.id} {step.must} {step.command}" for step in steps).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the operator wants.

    Attributes:
        target: The region of the database in the end; of the framework as well, unless `home` names another.
        reason: His own words, for the auditor.
        home: The region of the framework in the end, where the database is not with it.
        undoes: Of an abort: the switch that goes back.
    """

    runbook: Name
    target: RegionKey
    mode: Mode
    reason: str
    home: RegionKey | None = None
    undoes: Name | None = None

    @property
    def framework(self) -> RegionKey:
        """The region of the framework in the end."""
        return self.home or self.target

    @property
    def moves_to(self) -> RegionKey:
        """The region that an operator names: where that goes which moves."""
        return self.framework if "framework_failover" in (self.runbook, self.undoes) else self.target

    @property
    def back(self) -> "Intent":
        """The abort of this switch; an abort is its own."""
        return self if self.runbook == "abort" else self._turned("abort", self.runbook)

    @property
    def forth(self) -> "Intent":
        """The switch that an abort undoes; any other is its own."""
        return self._turned(self.undoes or "full_failover", None) if self.runbook == "abort" else self

    def _turned(self, runbook: Name, undoes: Name | None) -> "Intent":
        """Return the intent under which everything that a switch moves is in the other region in the end."""
        moves = undoes or runbook
        target = self.target if moves == "framework_failover" else other(self.target)
        framework = self.framework if moves == "dbms_failover" else other(self.framework)
        home = None if framework == target else framework
        return replace(self, runbook=runbook, undoes=undoes, target=target, home=home)

    @property
    def switches(self) -> bool:
        """Whether the framework, or the database, is in another region in the end."""
        return self.runbook in SWITCHES

    @property
    def bursts(self) -> bool:
        """Whether it takes a bubble over, and down before anything else."""
        return (self.runbook, self.mode) == ("full_failover", "unplanned")

    @property
    def asks(self) -> bool:
        """Whether a person must say go: to keep out what must not run, nobody need."""
        return self.runbook != "return_guard"

    @property
    def drains(self) -> bool:
        """Whether the source's DBMS works and is stopped in order."""
        return self.keeps and self.runbook != "framework_failover"

    @property
    def keeps(self) -> bool:
        """Whether nothing that was committed may be lost: the DBMS that has it works, and is drained or stays."""
        return self.mode == "planned" or self.runbook in ("partial_failover", "framework_failover")
