"""A planned switch asks, before anything is changed, whether the two regions are still alike; nothing else asks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import failback as way_back
from flows import full_failover, partial_failover
from model.environment.document import RegionKey
from model.errors import Unverified
from model.inventory import Inventory
from model.observation import Observation
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Mode, Name
from tasks import evidence
from tests.flow.recorders import BEFOREHAND, FIELDS, Fixed, Recorder, plan_of_names
from tests.unit.model.builders import planned_world, view
from tests.unit.model.steady import confserv, part, steady
from tests.unit.model.test_drifted import SWITCHES

WORDS: dict[Name, dict[str, str]] = {
    "dbms_failover": {"lost": "dbms", "mode": "planned"},
    "framework_failover": {"lost": "framework", "database": "stay", "mode": "planned"},
}
MEND = "make both alike, or list it in expected_differences of the environment file"


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr(full_failover, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    return Recorder()


@pytest.fixture
def finds(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Let the runbooks see this and find that installed; return the times they asked for it."""

    def install(installed: Observation, seen: Callable[[], Observation] = steady) -> list[int]:
        asked: list[int] = []

        def counted() -> Observation:
            asked.append(len(evidence.cases("lab")))
            return installed

        for module in (full_failover, partial_failover):
            recorder.install(monkeypatch, seen, module, counted)
        return asked

    return install


async def run(runbook: Name = "full_failover", mode: Mode = "planned") -> State[str]:
    said: dict[str, Any] = {"environment": "lab", "target": "region2", "reason": "a test", "beforehand": BEFOREHAND}
    ended: Any = (
        full_failover.full_failover(**said, mode=mode, return_state=True)
        if runbook == "full_failover"
        else partial_failover.partial_failover(**said, **WORDS[runbook], return_state=True)
    )
    state: State[str] = await ended
    return state


def drifted(runbook: Name) -> tuple[Observation, str]:
    """Return a region 2 that has drifted where this runbook would feel it, and what is to be said."""
    if runbook == "dbms_failover":
        return part("r2-db", "dbms", unit="pg"), "r1-db and r2-db dbms: regions alike: red: unit: "
    option = "r1-fw-p and r2-fw-p confserv: regions alike: red: server/addp-timeout: (none) and 5: "
    return confserv("r2-fw-p", "confserv", addp_timeout="5"), option


@pytest.mark.parametrize("runbook", SWITCHES)
async def test_a_planned_switch_to_a_region_that_has_drifted_is_refused_before_anything_is_changed(
    recorder: Recorder, finds: Callable[..., list[int]], runbook: Name
) -> None:
    installed, says = drifted(runbook)
    asked = finds(installed, lambda: replace(installed, inventories={}))
    state = await run(runbook)
    message = str(state.message)
    assert state.name == "Refused", message
    assert says in message
    assert MEND in message
    assert "`gdr readiness lab` shows all; if region1 is lost, mode unplanned does not ask: `gdr run " in message
    assert message.endswith("No case is open.")
    assert (recorder.lines, evidence.cases("lab"), asked) == ([], (), [0])


async def test_a_planned_switch_to_a_region_of_which_nobody_knows_is_refused_likewise(
    recorder: Recorder, finds: Callable[..., list[int]]
) -> None:
    known = steady()
    finds(replace(known, inventories={**known.inventories, "r2-fw-b": Inventory(fault="no answer within 1 s")}))
    state = await run()
    assert (state.name, recorder.lines, evidence.cases("lab")) == ("Refused", [], ())
    message = str(state.message)
    assert message.startswith("r1-fw-b and r2-fw-b lca, r1-fw-b and r2-fw-b confserv, ")
    assert ": regions alike: unknown: r2-fw-b: no answer within 1 s: make it answer, then judge again; " in message


async def test_what_differs_only_as_expected_is_gone_on_with_and_stands_in_the_evidence(
    recorder: Recorder, finds: Callable[..., list[int]]
) -> None:
    asked = finds(steady())
    state = await run()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    (case,) = evidence.cases("lab")
    (began,) = (entry.data for entry in evidence.entries(case.name) if entry.kind == "attempt.started")
    expected = {
        "name": "regions alike",
        "subject": "r1-fw-p and r2-fw-p confserv",
        "found": "alike, but as expected for dbserver/dbserver, log/all",
    }
    assert expected in began["alike"]
    assert asked == [0]


async def test_in_unplanned_mode_nobody_asks(recorder: Recorder, finds: Callable[..., list[int]]) -> None:
    installed, _ = drifted("full_failover")
    asked = finds(installed, lambda: view(planned_world("unplanned")).seen)
    state = await run(mode="unplanned")
    assert state.name == "Completed", state.message
    assert (recorder.lines[-1], asked) == ("after prove", [])
    (case,) = evidence.cases("lab")
    assert not [entry for entry in evidence.entries(case.name) if "alike" in entry.data]


async def test_a_case_that_is_open_goes_on_whatever_has_drifted_meanwhile(
    recorder: Recorder, finds: Callable[..., list[int]]
) -> None:
    finds(steady())
    recorder.fails["promote"] = Unverified("nobody knows")
    assert (await run()).name == "Held"
    recorder.fails.clear()
    asked = finds(drifted("full_failover")[0])
    state = await run()
    assert state.name == "Completed", state.message
    (case,) = evidence.cases("lab")
    began = [entry.data for entry in evidence.entries(case.name) if entry.kind == "attempt.started"]
    assert (asked, ["alike" in data for data in began]) == ([], [True, False])


async def test_what_is_refused_anyway_or_done_already_waits_for_no_inventory(
    recorder: Recorder, finds: Callable[..., list[int]]
) -> None:
    asked = finds(steady(), lambda: replace(steady(), sample=None))
    assert "lag is unknown" in str((await run()).message)
    asked += finds(steady(), lambda: steady("region2"))
    assert (await run()).name == "Not needed"
    assert (recorder.lines, asked) == ([], [])


async def test_a_failback_asks_before_its_switch(
    recorder: Recorder, finds: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def active(_name: str) -> RegionKey:
        return "region2"

    async def together(_name: str) -> None:
        return None

    installed, says = drifted("full_failover")
    asked = finds(installed, lambda: steady("region2"))
    monkeypatch.setattr(way_back, "active", active)
    monkeypatch.setattr(way_back, "require_together", together)
    monkeypatch.setattr("tasks.cases.done", lambda known: known.intent.runbook == "reprotect")
    ended: Any = way_back.failback(
        environment="lab", target="region1", reason="a test", beforehand=BEFOREHAND, return_state=True
    )
    state: State[str] = await ended
    assert state.name == "Refused"
    assert says in str(state.message)
    assert (recorder.lines, evidence.cases("lab"), asked) == ([], (), [0])
