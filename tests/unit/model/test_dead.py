"""What is told of a process that died: what is dead, since when, and the one command that goes on."""

from dataclasses import replace
from typing import Any

import pytest

from model.case import Case
from model.dead import Dead
from model.step import Intent

PLANNED = Intent(runbook="full_failover", target="region2", mode="planned", reason="maintenance")
WORDS = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "maintenance"}
AGAIN = "gdr run full-failover lab --target region2 --mode planned --reason=maintenance"
DEAD = Dead(
    process="third-site-712-1795465200000",
    runbook="full-failover",
    words=WORDS,
    run="5f1c",
    server="Running",
    alive_at=1795464000.0,
)


def case(intent: Intent = PLANNED) -> Case:
    return Case(name="lab-1", opened_at=0, environment="lab", digest="", intent=intent)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "the Prefect server calls run 5f1c Running"),
        ({"server": None}, "what the Prefect server says of run 5f1c is not known: it does not answer"),
        ({"run": "", "server": None}, "the Prefect server has no part in it"),
    ],
)
def test_what_is_dead_and_since_when_and_what_the_server_makes_of_it(changes: dict[str, Any], said: str) -> None:
    dead = "process 712 on third-site, which ran full-failover, is dead: last known alive at 2026-11-23 20:00:00 UTC"
    assert str(replace(DEAD, **changes)) == f"{dead}; {said}"


def test_a_run_that_no_process_has_is_called_by_its_own_number() -> None:
    lost = replace(DEAD, process="", server="Pending")
    assert (
        str(lost) == "run 5f1c of full-failover has been Pending since 2026-11-23 20:00:00 UTC, and no process has it"
    )


def test_people_are_told_the_case_the_command_and_that_nothing_was_begun() -> None:
    way = f"nothing was begun again: go on with `{AGAIN}`, or start its deployment anew."
    assert DEAD.notice("lab", case(), "") == f"lab: {DEAD}. Case lab-1 stays open; {way}"
    assert DEAD.notice("lab", None, "no room") == f"lab: {DEAD}. No case is open; {way} no room."


def test_the_evidence_has_all_of_it() -> None:
    known = {"process": DEAD.process, "runbook": "full-failover", "run": "5f1c", "server": "Running"}
    assert DEAD.data(case()) == {**known, "alive_at": 1795464000.0, "what": str(DEAD), "way": AGAIN}


def test_a_guard_is_no_part_of_what_people_are_asked_about() -> None:
    guard, guards = replace(DEAD, runbook="return-guard"), case(replace(PLANNED, runbook="return_guard"))
    assert (DEAD.is_of(case()), guard.is_of(guards)) == (True, True)
    assert (DEAD.is_of(guards), guard.is_of(case())) == (False, False)
