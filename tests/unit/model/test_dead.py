"""What is told of a process that died: what is dead, since when, and the one command that goes on."""

from dataclasses import replace
from typing import Any

import pytest

from model.case import Case
from model.dead import Dead
from model.evidence import Entry
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


ALIVE = DEAD.alive_at
GUARDS = Intent(runbook="return_guard", target="region1", mode="unplanned", reason="a minute is over")


def case(intent: Intent = PLANNED, name: str = "lab-1", opened_at: float = 0, outcome: str | None = None) -> Case:
    return Case(name=name, opened_at=opened_at, environment="lab", digest="", intent=intent, outcome=outcome)


def at(moment: float, kind: str, attempt: str = "third-site-9-1795464500000") -> Entry:
    return Entry(n=0, at=moment, case="lab-1", attempt=attempt, kind=kind, data={}, prev="-", hash="-")


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
    assert DEAD.notice("lab", case(), "", "") == f"lab: {DEAD}. Case lab-1 stays open; {way}"
    assert DEAD.notice("lab", None, "", "no room") == f"lab: {DEAD}. No case is open; {way} no room."


def test_where_something_was_done_since_no_command_is_told_that_would_do_anything() -> None:
    way = "Case lab-2 was opened since; nothing was begun again: nothing need be on its account"
    assert DEAD.notice("lab", case(), "Case lab-2 was opened since", "") == (
        f"lab: {DEAD}. {way}: look with `gdr observe lab`."
    )
    data = DEAD.data(case(), "Case lab-2 was opened since")
    assert (data["what"], data["way"]) == (f"{DEAD}. Case lab-2 was opened since", "gdr observe lab")


def test_the_evidence_has_all_of_it() -> None:
    known = {"process": DEAD.process, "runbook": "full-failover", "run": "5f1c", "server": "Running"}
    assert DEAD.data(case(), "") == {**known, "alive_at": 1795464000.0, "what": str(DEAD), "way": AGAIN}


def test_a_guard_is_no_part_of_what_people_are_asked_about() -> None:
    guard, guards = replace(DEAD, runbook="return-guard"), case(GUARDS)
    assert (DEAD.is_of(case()), guard.is_of(guards)) == (True, True)
    assert (DEAD.is_of(guards), guard.is_of(case())) == (False, False)


def test_who_was_last_alive_before_a_case_was_opened_is_no_part_of_it() -> None:
    assert DEAD.is_of(case(opened_at=ALIVE))
    later = case(replace(PLANNED, runbook="reprotect"), "lab-9", ALIVE + 1)
    assert not DEAD.is_of(later)
    assert DEAD.overtaken(later, [(later, [at(ALIVE + 1, "case.opened")])]) == "Case lab-9 was opened since"


def test_a_case_that_nobody_has_touched_since_is_gone_on_with() -> None:
    own = [at(ALIVE - 2, "case.opened"), at(ALIVE - 1, "attempt.started"), at(ALIVE + 1, "debt")]
    assert DEAD.overtaken(case(), [(case(), own)]) == ""
    assert DEAD.overtaken(None, []) == ""


def test_another_process_that_goes_on_with_the_case_is_named_and_of_several_the_last() -> None:
    entries = [at(ALIVE + n, "attempt.started", f"ctl-{n}-1795464500000") for n in (1, 2)]
    other = case(name="lab-0", outcome="reached")
    known = [(other, [at(ALIVE + 3, "attempt.started")]), (case(), entries)]
    assert DEAD.overtaken(case(), known) == (
        "Case lab-1 stays open, and process 2 on ctl has begun to go on with it since"
    )


@pytest.mark.parametrize(
    ("intent", "outcome", "closed_at", "said"),
    [
        (PLANNED, "reached", ALIVE + 1, "Case lab-1 was closed since: reached"),
        (PLANNED, "declined", ALIVE, "Case lab-1 was closed since: declined"),
        (PLANNED, "reached", ALIVE - 1, ""),
        (PLANNED, "superseded", ALIVE + 1, ""),
        (GUARDS, "reached", ALIVE + 1, ""),
    ],
)
def test_what_was_finished_since_is_not_gone_on_with(intent: Intent, outcome: str, closed_at: float, said: str) -> None:
    """The guard of each minute finishes nothing of it, nor does a case that another one has taken over."""
    closed = case(intent, outcome=outcome)
    known = [(closed, [at(0, "case.opened"), at(closed_at, "case.closed")])]
    assert (DEAD.overtaken(None, known), DEAD.overtaken(case(GUARDS, "lab-2"), known)) == (said, said)
