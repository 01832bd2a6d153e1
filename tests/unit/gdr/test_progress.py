"""Progress is read off the journal; an interrupted operator is told where it stands."""

import os
import pty
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from gdr.asked import Told
from gdr.progress import Clocks, Journal, Progress, standing
from model.evidence import Entry, follow
from model.step import Mode
from tasks import evidence
from tests.unit.gdr.shell import OPENED, case
from tests.unit.model.steady import steady

STARTED = ("attempt.started", {"observation": evidence.dump(steady())})
FACTS = {"hosts": {"r1-fw-p": {"components": {"confserv": {"run_mode": "Primary"}}}}}
BEFORE = ("act.before", {"step": "stop:r1-fw-p/confserv", "epoch": 4, "facts": FACTS})
AFTER = ("act.after", {"step": "stop:r1-fw-p/confserv", "facts": {}})
SAMPLE = ("sample.declared", {"sample": {"at": 90.0, "primary": 1, "standby": 1, "bytes_per_s": 0.0}, "at": 95.0})


def clocks(entries: list[Entry], mode: Mode = "planned", told: Told = "full-failover") -> Clocks:
    found = Clocks("lab", told, mode)
    for entry in entries:
        found.take(entry)
    return found


def test_the_journal_tells_only_what_is_new_and_only_whole_lines() -> None:
    entries = case("lab-1")
    journal = Journal("lab")
    assert journal.news() == ()
    later = follow(entries[-1], at=200.0, case="lab-1", attempt="a", kind="debt", data={})
    line = later.line() + "\n"
    with evidence.journal("lab-1").open("a") as file:
        file.write(line[:20])
        file.flush()
        assert journal.news() == ()
        file.write(line[20:])
    assert [entry.kind for entry in journal.news()] == ["debt"]
    assert journal.news() == ()
    case("lab-2")
    assert [entry.kind for entry in journal.news()] == ["case.opened"]


def test_done_running_and_left_are_counted_against_the_plan() -> None:
    found = clocks(case("lab-1", STARTED, BEFORE))
    whole = found.left_s()
    assert (len(found.steps) > 30, found.done, list(found.running)) == (True, set(), ["stop:r1-fw-p/confserv"])
    found.take(clocks_entry(AFTER))
    assert (found.done, found.running) == ({"stop:r1-fw-p/confserv"}, {})
    assert found.left_s() == whole, "the backup of the same line is still to be stopped"
    found.take(clocks_entry(("act.found", {"step": "drain:r1-db"})))
    assert found.left_s() < whole
    assert found.label("stop:r1-fw-p/confserv") == "4/9 fence: stop r1-fw-p confserv"


def clocks_entry(record: tuple[str, dict[str, Any]]) -> Entry:
    return follow(None, at=300.0, case="lab-1", attempt="a", kind=record[0], data=record[1])


def test_limited_mode_begins_with_the_primary_stopped_or_last_seen() -> None:
    assert clocks(case("lab-1", STARTED, SAMPLE)).limited_since is None
    assert clocks(case("lab-1", STARTED, SAMPLE, BEFORE)).limited_since == 103.0
    resumed = clocks(case("lab-1", SAMPLE, BEFORE, STARTED)[-1:])
    assert (resumed.limited_since, resumed.opened_at) == (102.0, 100.0)
    assert clocks(case("lab-1", STARTED, SAMPLE), "unplanned").limited_since == 90.0


def test_an_abort_counts_what_it_undoes_also_before_the_case_has_turned() -> None:
    known = clocks(case("lab-1", STARTED), told="abort")
    assert next(step.id for step in known.steps) == "take-epoch:ns1"
    assert "canary:r1-db" in {step.id for step in known.steps}


ABORTED = {"runbook": "abort", "mode": "planned", "reason": "x", "home": None}
ALONE = ("intent.aborted", {"intent": {**ABORTED, "target": "region1", "undoes": "dbms_failover"}})
WHOLE = ("intent.aborted", {"intent": {**ABORTED, "target": "region1", "undoes": "full_failover"}})


@pytest.mark.parametrize(
    ("turned", "told", "names"),
    [
        (ALONE, "partial-failover", []),
        (ALONE, "full-failover", ["move-names:ns1"]),
        (WHOLE, "full-failover", ["move-names:ns1"]),
    ],
)
def test_what_an_open_abort_is_escalated_to_goes_forth_again(
    turned: tuple[str, dict[str, Any]], told: Told, names: list[str]
) -> None:
    steps = [step.id for step in clocks(case("lab-1", turned, STARTED), "unplanned", told).steps]
    assert {"power-off:r1-db", "promote:r2-db"} <= set(steps)
    assert [step for step in steps if step.startswith("move-names")] == names


def test_what_it_is_escalated_to_is_read_as_soon_as_it_is_recorded() -> None:
    """No word but the region says whether a framework goes on, or back without proof of what it left."""
    stay = {"runbook": "framework_failover", "target": "region1", "mode": "planned", "reason": "x"}
    opened = ("intent.escalated", {"intent": {**stay, "home": "region2"}})
    back = ("intent.escalated", {"intent": {**stay, "mode": "unplanned"}})
    found = clocks(case("lab-1", opened, STARTED), "unplanned", "partial-failover")
    assert "start:r2-fw-p/confserv" in {step.id for step in found.steps}
    found.take(clocks_entry(back))
    assert {"power-off:r2-fw-p", "power-off:r2-fw-b"} <= {step.id for step in found.steps}
    assert clocks(case("lab-1", opened), told="partial-failover").steps == (), "nothing was seen yet"


def test_that_a_switch_goes_back_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("lab", "abort", "planned"):
        case("lab-1", ("intent.aborted", {"intent": {"target": "region1"}}))
    assert (
        "the switch goes back: region1 stays active, nothing is promoted and no name moved any more"
        in capsys.readouterr().err
    )


def test_the_live_block_has_both_clocks_and_the_forecast() -> None:
    console = Console(width=200)
    with console.capture() as said:
        console.print(clocks(case("lab-1", STARTED, BEFORE)))
    for word in ("limited mode", "outage", "of 300 s", "forecast", "0 of", "fence: stop r1-fw-p confserv"):
        assert word in said.get()


def test_a_terminal_shows_it_live_from_the_first_act_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal of its own, as the operator has one: what is drawn is read from the other end."""
    mine, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(mine, "rb", buffering=0) as seen:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with Progress("lab", "full-failover", "planned") as progress:
            case("lab-1", STARTED, BEFORE)
            progress.tell()
            terminal.flush()
            drawn = ""
            while "steps" not in drawn:
                drawn += seen.read(4096).decode()
    for word in ("limited mode", "outage", "forecast", "0 of", "\x1b["):
        assert word in drawn


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    lines: list[str] = []
    yield lines
    lines += capsys.readouterr().err.splitlines()


def test_every_record_a_person_waits_for_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("lab", "full-failover", "planned"):
        case(
            "lab-1",
            ("gate.refused", {"reasons": ["approver 'm': not on the list"]}),
            ("gate.answered", answered()),
            STARTED,
            BEFORE,
            AFTER,
            ("act.found", {"step": "drain:r1-db"}),
            ("act.failed", {"step": "promote:r2-db", "reason": "no end within 90 s"}),
            ("act.refused", {"step": "promote:r2-db", "reasons": ["epoch is 7"]}),
            ("observed", {"stage": "fence", "breaches": [], "unseen": ["r1-db"]}),
            ("debt", {"target": "ns2", "what": "silent"}),
            ("attempt.died", {"what": "process 7 on ctl is dead", "way": "gdr run"}),
        )
    said = capsys.readouterr().err
    for words in (
        "case lab-1 opened",
        "does not count: approver 'm'",
        "go by alice (terminal): seen",
        "4/9 fence: stop r1-fw-p confserv",
        "drain r1-db: was done already",
        "promote r2-db: no end within 90 s",
        "promote r2-db: epoch is 7",
        "after fence: invariants held as far as seen; not seen: r1-db",
        "debt: ns2: silent",
        "process 7 on ctl is dead: go on with `gdr run`",
    ):
        assert words in said


def answered() -> dict[str, Any]:
    bounds = {"loss_changes": 0, "unreachable": [], "waived": []}
    words = {"approver": "alice", "decision": "go", "reason": "seen", "channel": "terminal", "stage": "declare"}
    return {**words, "mode": "planned", "at": 1.0, "beforehand": False, "steps": [], "bounds": bounds}


def test_where_it_stands() -> None:
    assert "nothing was changed" in standing("lab")
    case("lab-1", STARTED, BEFORE)
    text = standing("lab")
    assert "Case lab-1 stays open; its last record is 3: act.before stop:r1-fw-p/confserv" in text
    assert "In flight: stop:r1-fw-p/confserv" in text
    intent_ = OPENED["intent"]
    assert isinstance(intent_, dict)
    assert f"gdr run full-failover lab --target region2 --mode planned --reason={intent_['reason']}`" in text
    case("lab-1", STARTED, BEFORE, AFTER)
    assert "No act was in flight." in standing("lab")
