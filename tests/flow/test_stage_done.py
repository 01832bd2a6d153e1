"""What is recorded after a stage: what broke, what nobody could see, and how each writer is fenced."""

from dataclasses import replace
from typing import Any

import pytest
from prefect.runtime import task_run

from model.observation import HostSeen, Observation, Power
from model.step import Intent
from tasks import cases, evidence
from tasks.run import Run
from tests.unit.model.steady import lost_database, steady

INTENT = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="the roof leaks")
WRITERS = ("r1-fw-p", "r1-fw-b", "r1-db")


def dark(power: Power) -> Observation:
    """Return the laboratory with no writer of region 1 answering."""
    gone = dict.fromkeys(WRITERS, HostSeen(fault="no answer", power=power))
    return replace(lost_database("region1"), hosts={**steady().hosts, **gone})


async def recorded(seen: Observation, monkeypatch: pytest.MonkeyPatch, waived: frozenset[str] = frozenset()) -> Any:
    async def look(*_: Any) -> Observation:
        return seen

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(cases, "look", look)
    monkeypatch.setattr(cases, "advance", nothing)
    run = Run(environment="lab", case="lab-1", attempt="a1", intent=INTENT, waived=waived)
    await cases.stage_done.fn(run, "fence")  # type: ignore[attr-defined]
    return evidence.entries("lab-1")[-1].data


async def test_its_task_run_is_named_by_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    async def look(*_: Any) -> Observation:
        names.append(str(task_run.name))
        return steady()

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(cases, "look", look)
    monkeypatch.setattr(cases, "advance", nothing)
    run = Run(environment="lab", case="lab-1", attempt="a1", intent=INTENT)
    await cases.stage_done(run, "fence")
    await cases.observed(run)
    assert names == ["4/9 fence: see that it holds", "2/9 declare: look at everything again"]


async def test_a_stage_after_which_all_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    data = await recorded(steady(), monkeypatch)
    assert (data["breaches"], data["unseen"]) == ([], [])
    assert data["fence"] == dict.fromkeys(WRITERS)


async def test_a_waived_region_is_not_seen_and_the_record_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = await recorded(dark(Power.UNKNOWN), monkeypatch, frozenset(WRITERS))
    assert set(data["unseen"]) == set(WRITERS)
    assert data["fence"] == dict.fromkeys(WRITERS, 5)


async def test_a_region_that_is_powered_off_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    data = await recorded(dark(Power.OFF), monkeypatch)
    assert data["unseen"] == []
    assert data["fence"] == dict.fromkeys(WRITERS, 1)
