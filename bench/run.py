"""One planned switchover of the laboratory from its checkpoint, by the product or by the baseline, and its moments."""

import json
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.commands import given
from bench.moments import Moment, of_journal, of_lines
from lab import leftovers, process
from lab.api import Lab
from lab.drill.proof import require_target
from lab.errors import LabError
from tests.lab.operator import Journal, Operator
from tests.lab.replayed import require_conformant

PROXIES = ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b")
LOOK_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run.

    Attributes:
        begun: When its command was started.
        probed: When the first look at a host had arrived there.
        worked: Processor seconds of everything in the laboratory until its end.
    """

    begun: float
    probed: float
    worked: float
    moments: list[Moment]
    commands: Counter[str] = field(default_factory=Counter)


class Probed(threading.Thread):
    """Wait for the first host that writes down that it was asked something."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(daemon=True)
        self._logs = [lab.identity.disk(host.name) / "var/log/sudo.log" for host in lab.topology.hosts]
        self._sizes = self._seen()
        self.at = 0.0
        self.start()

    def _seen(self) -> list[int]:
        return [log.stat().st_size if log.exists() else 0 for log in self._logs]

    def run(self) -> None:
        """Look until one has grown."""
        while self._seen() == self._sizes:
            time.sleep(LOOK_S)
        self.at = time.time()


class Start:
    """The checkpoint, and the moment at which a run begins from it."""

    def __init__(self, lab: Lab) -> None:
        lab.restore()
        self._lab = lab
        self._worked = worked(lab)
        self._probed = Probed(lab)
        self._begun = time.time()

    def ended(self, moments: list[Moment]) -> Ran:
        """Require that the target works and the model allows the run, and keep what was measured."""
        work = worked(self._lab) - self._worked
        require_target(self._lab, "region2", PROXIES)
        require_conformant(self._lab)
        return Ran(begun=self._begun, probed=self._probed.at, worked=work, moments=moments, commands=given(self._lab))


def worked(lab: Lab) -> float:
    """Return the processor seconds of all that carries the laboratory's name, and of what was waited for here."""
    return process.worked(leftovers.processes(lab.identity) | {os.getpid()})


def product(lab: Lab) -> Ran:
    """Let `gdr run` do it, as an operator on the control host does."""
    start = Start(lab)
    Operator(lab, "planned").require_reached()
    return start.ended(of_journal(Journal(lab).records()))


def baseline(lab: Lab) -> Ran:
    """Let the baseline do it, on the same host and account."""
    start = Start(lab)
    done = lab.control(["python", "-m", "bench.bare"])
    if done.returncode != 0:
        raise LabError(f"bench.bare: exit {done.returncode}: {done.stderr[-2000:]}")
    return start.ended(of_lines(map(json.loads, done.stdout.splitlines())))
