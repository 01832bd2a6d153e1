"""A process that died while it ran a runbook: what is told of it. That nothing is begun again is a person's matter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from model import commands
from model.case import Case
from model.evidence import Entry

DIED = "attempt.died"
GUARD = "return-guard"
TAKEN_OVER = "superseded"  # an outcome that finishes nothing: another case goes on
Known = Iterable[tuple[Case, Sequence[Entry]]]
"""The cases of an environment, oldest first, each with its records."""


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
        ran = f"{_process(self.process)}, which ran {self.runbook}"
        return f"{ran}, is dead: last known alive at {moment}; {self._server()}"

    def _server(self) -> str:
        if not self.run:
            return "the Prefect server has no part in it"
        if self.server is None:
            return f"what the Prefect server says of run {self.run} is not known: it does not answer"
        return f"the Prefect server calls run {self.run} {self.server}"

    def is_of(self, case: Case) -> bool:
        """Whether it concerns a case: it lived while that was open.

        A return guard stands back from one that people are asked about.
        """
        return self._is_like(case) and self.alive_at >= case.opened_at

    def _is_like(self, case: Case) -> bool:
        return case.intent.asks == (self.runbook != GUARD)

    def overtaken(self, case: Case | None, known: Known) -> str:
        """Say what was done since, by which its command is not the next move any more; empty where nothing was.

        Args:
            case: The open one.
        """
        mine = [(one, entries) for one, entries in known if self._is_like(one)]
        if case is not None and self._is_like(case):
            if not self.is_of(case):
                return f"Case {case.name} was opened since"
            others = [entry for one, entries in mine if one.name == case.name for entry in self._begun(entries)]
            gone_on = f"Case {case.name} stays open, and {{}} has begun to go on with it since"
            return gone_on.format(_process(others[-1].attempt)) if others else ""
        ended = [one for one, entries in mine if one.outcome not in (None, TAKEN_OVER) and self._closed(entries)]
        return f"Case {ended[-1].name} was closed since: {ended[-1].outcome}" if ended else ""

    def _begun(self, entries: Sequence[Entry]) -> list[Entry]:
        return [entry for entry in entries if entry.kind == "attempt.started" and entry.at > self.alive_at]

    def _closed(self, entries: Sequence[Entry]) -> bool:
        """Whether a case was closed since, also by this process itself: that it had done before it died."""
        return any(entry.kind == "case.closed" and entry.at >= self.alive_at for entry in entries)

    def data(self, case: Case, overtaken: str) -> dict[str, Any]:
        """Write it as plain data for the evidence of the open case."""
        known = {"process": self.process, "runbook": self.runbook, "run": self.run, "server": self.server}
        what = f"{self}. {overtaken}" if overtaken else str(self)
        way = commands.look(case.environment) if overtaken else self.way(case.environment, case)
        return {**known, "alive_at": self.alive_at, "what": what, "way": way}

    def way(self, environment: str, case: Case | None) -> str:
        """Return the one command that goes on.

        Args:
            case: The open one.
        """
        return commands.again(environment, self.runbook, self.words, case.intent if case else None)

    def notice(self, environment: str, case: Case | None, overtaken: str, fault: str) -> str:
        """Say it to people.

        Args:
            case: The open one.
            overtaken: What was done since.
            fault: Why it is not in the evidence; empty where nothing is wrong.
        """
        stands = overtaken or (f"Case {case.name} stays open" if case else "No case is open")
        way = f"go on with `{self.way(environment, case)}`, or start its deployment anew"
        if overtaken:
            way = f"nothing need be on its account: look with `{commands.look(environment)}`"
        return f"{environment}: {self}. {stands}; nothing was begun again: {way}.{fault and f' {fault}.'}"


def _process(attempt: str) -> str:
    """Say which process an attempt is, by host, process number, moment."""
    host, _, pid = attempt.rpartition("-")[0].rpartition("-")
    return f"process {pid} on {host}"
