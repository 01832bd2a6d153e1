"""Many environments on one Prefect server: copies of the laboratory's, whose readiness is due at one moment."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.api import Lab
from lab.errors import LabError

EVERY_S = 0.5  # a call now and then: more of them would be load of their own
DEPLOYMENT = "readiness/readiness"
STATE, ENVIRONMENTS = "var/lib/genesys-dr", "etc/genesys-dr/environments"
VERDICTS = ("Ready", "Red")
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
FIRING = {
    "name": "bench: a verdict",
    "enabled": True,
    "trigger": {
        "type": "event",
        "posture": "Reactive",
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "expect": [f"prefect.flow-run.{name}" for name in VERDICTS],
        "for_each": ["prefect.resource.id"],
        "threshold": 1,
        "within": 0,
    },
    "actions": [{"type": "do-nothing"}],
}
# A run's own rows and events, each counted; an automation that fired names the event that it fired for.
TOLD = """\
select json_agg(r) from (
  select f.id, f.parameters->>'environment' as environment, f.state_name as ended, f.run_count,
    extract(epoch from f.expected_start_time) as due, extract(epoch from f.start_time) as begun,
    extract(epoch from f.end_time) as over,
    (select count(*) from events e where e.resource_id = 'prefect.flow-run.' || f.id
       and e.event = 'prefect.flow-run.Running') as running,
    (select count(*) from events e where e.resource_id = 'prefect.flow-run.' || f.id
       and e.event in ('prefect.flow-run.Ready', 'prefect.flow-run.Red')) as verdicts,
    (select count(*) from events e where e.event = 'prefect.automation.triggered'
       and e.payload::text like '%' || f.id || '%') as fired
  from flow_run f where extract(epoch from f.expected_start_time) = {due}
    and f.parameters->>'environment' like 'site-%') as r;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the server's database says of one run.

    Attributes:
        ended: The name of its last state.
        run_count: How often it was started.
        running: Events that say so.
        verdicts: Events that say how it ended.
        fired: How often an automation fired for that.
    """

    id: str
    environment: str
    ended: str
    run_count: int
    due: float
    begun: float | None
    over: float | None
    running: int
    verdicts: int
    fired: int

    def once(self) -> bool:
        """Tell whether it was started, ended and told of exactly once."""
        return self.ended in VERDICTS and (self.run_count, self.running, self.verdicts, self.fired) == (1, 1, 1, 1)


class Fleet:
    """Copies of the laboratory's environment; they share its hosts, its blocks and its sampler."""

    def __init__(self, lab: Lab, count: int) -> None:
        disk = lab.identity.disk("ctl")
        self._lab, self._api = lab, lab.http(60)
        self.names = [f"site-{number:02}" for number in range(1, count + 1)]
        text = lab.topology.file.read_text()
        for name in self.names:
            (disk / ENVIRONMENTS / f"{name}.yaml").write_text(text.replace("\nname: lab\n", f"\nname: {name}\n"))
            for kind in ("jsonl", "watch", "day"):
                (disk / STATE / f"samples/{name}.{kind}").symlink_to(f"lab.{kind}")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask the server that the laboratory's port leads to."""
        answer = self._api.request(method, path, json=body)
        if answer.is_error:
            raise LabError(f"Prefect server: {method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def watch_verdicts(self) -> None:
        """Have an automation fire for each verdict, and do nothing."""
        self.call("POST", "/automations/", FIRING)

    def due(self, in_s: float, at_once: int) -> tuple[int, list[str]]:
        """Make one run of each, all for one moment; return that moment and the runs, once all are known."""
        deployment = self.call("GET", f"/deployments/name/{DEPLOYMENT}")["id"]
        self.call("PATCH", f"/deployments/{deployment}", {"concurrency_limit": at_once})
        due = int(time.time() + in_s)
        details = {"scheduled_time": datetime.fromtimestamp(due, UTC).isoformat()}
        state = {"type": "SCHEDULED", "state_details": details}
        made = [
            self.call(
                "POST",
                f"/deployments/{deployment}/create_flow_run",
                {"parameters": {"environment": name}, "state": state},
            )["id"]
            for name in self.names
        ]
        return due, made

    def told(self, due: int) -> list[Told]:
        """Return what the database has of the runs of one moment."""
        query = ["psql", "-XqAt", "-d", "prefect", "-c", TOLD.format(due=due)]
        found = self._lab.exec("ctl", query, "postgres", check=True).stdout.strip()
        return [Told(**row) for row in json.loads(found or "[]")]


class Watched:
    """Calls of the API while runs are due: how many have ended, and how long each answer took."""

    def __init__(self, fleet: Fleet, runs: Sequence[str]) -> None:
        self._fleet = fleet
        self._ended = {"flow_runs": {"id": {"any_": list(runs)}, "state": {"type": {"any_": ENDED}}}}
        self._wanted = len(runs)
        self.seconds: list[float] = []

    def until_the_end(self, longest_s: float) -> None:
        """Ask now and then until all have ended.

        Raises:
            LabError: They have not by then.
        """
        end = time.monotonic() + longest_s
        while (ended := self._ask()) < self._wanted:
            if time.monotonic() > end:
                raise LabError(f"{ended} of {self._wanted} runs have ended: not all within {longest_s:g} s")
            time.sleep(EVERY_S)

    def _ask(self) -> int:
        begun = time.monotonic()
        ended = int(self._fleet.call("POST", "/flow_runs/count", self._ended))
        self.seconds.append(time.monotonic() - begun)
        return ended
