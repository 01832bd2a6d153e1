"""A process that died while it ran a runbook: what is told of it. That nothing is begun again is a person's matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from model import commands
from model.case import Case

DIED = "attempt.died"
GUARD = "return-guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """What is known of a death.

    Attributes:
        process: Names it in the evidence; empty where a run was handed out, and no process has taken it up.
        runbook: What it ran, by the name of its flow.
        words: What it was told: target, mode, reason and the like.
        run: Id of the run on the Prefect server; empty where it had none there.
        server: How the server calls that run's state; None where it does not answer.
        alive_at: When it was last known to live, or since when nobody has the run; seconds of the epoch.
    """

    process: str
    runbook: str
    words: Mapping[str, str]
    run: str
    server: str | None
    alive_at: float

    def __str__(self) -> str:
        """Say what is dead, since when, and what the Prefect server makes of it."""
        moment = datetime.fromtimestamp(self.alive_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        if not self.process:
            return f"run {self.run} of {self.runbook} has been {self.server} since {moment}, and no process has it"
        host, pid, _ = self.process.rsplit("-", 2)
        ran = f"process {pid} on {host}, which ran {self.runbook}"
        return f"{ran}, is dead: last known alive at {moment}; {self._server()}"

    def _server(self) -> str:
        if not self.run:
            return "the Prefect server has no part in it"
        if self.server is None:
            return f"what the Prefect server says of run {self.run} is not known: it does not answer"
        return f"the Prefect server calls run {self.run} {self.server}"

    def is_of(self, case: Case) -> bool:
        """Whether it concerns a case: a return guard stands back from one that people are asked about."""
        return case.intent.asks == (self.runbook != GUARD)

    def data(self, case: Case) -> dict[str, Any]:
        """Write it as plain data for the evidence of the open case."""
        known = {"process": self.process, "runbook": self.runbook, "run": self.run, "server": self.server}
        return {**known, "alive_at": self.alive_at, "what": str(self), "way": self.way(case.environment, case)}

    def way(self, environment: str, case: Case | None) -> str:
        """Return the one command that goes on.

        Args:
            case: The open one.
        """
        return commands.again(environment, self.runbook, self.words, case.intent if case else None)

    def notice(self, environment: str, case: Case | None, fault: str) -> str:
        """Say it to people.

        Args:
            case: The open one.
            fault: Why it is not in the evidence; empty where nothing is wrong.
        """
        stands = f"Case {case.name} stays open" if case else "No case is open"
        way = f"`{self.way(environment, case)}`, or start its deployment anew"
        return f"{environment}: {self}. {stands}; nothing was begun again: go on with {way}.{fault and f' {fault}.'}"
