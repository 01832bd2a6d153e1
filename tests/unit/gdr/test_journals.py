"""Which journal is the open case of which environment, and what damage may stop."""

import os
from pathlib import Path

import pytest

from flows.ending import ends_in_words
from model.errors import Refused
from tasks import evidence
from tests.unit.gdr.shell import OPENED, Gdr, case

OLD, NEW = "lab-20250101T000000-region1", "lab-20260101T000000-region2"
CLOSED = ("case.closed", {"outcome": "reached"})
DEBT = ("debt", {"target": "ns2", "what": "silent"})


def garble(name: str, line: int) -> None:
    path = evidence.journal(name)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = b'\xff{"n": 2, garbled\n'
    path.write_bytes(b"".join(lines))


def test_an_environment_whose_name_begins_another_ones_has_none_of_its_cases() -> None:
    case("prod-eu-1", environment="prod-eu")
    assert evidence.open_case("prod") is None
    assert (evidence.cases("prod"), evidence.journals("prod")) == ((), ())
    found = evidence.open_case("prod-eu")
    assert found is not None
    assert found.name == "prod-eu-1"


def test_a_journal_without_a_legible_opening_belongs_to_whom_its_whole_name_says() -> None:
    name = "prod-eu-20250101T000000-region1"
    case(name, DEBT, environment="prod-eu")
    garble(name, 0)
    assert evidence.journals("prod") == ()
    assert [path.stem for path in evidence.journals("prod-eu")] == [name]


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_damaged_old_journal_stops_no_failover(line: int) -> None:
    case(OLD, DEBT, CLOSED)
    garble(OLD, line)
    case(NEW, DEBT)
    found = evidence.open_case("lab")
    assert found is not None
    assert found.name == NEW
    case(NEW, CLOSED)
    assert evidence.open_case("lab") is None


def test_a_damaged_newest_journal_stops_nobody_when_its_last_record_closes_the_case() -> None:
    case(NEW, DEBT, CLOSED)
    garble(NEW, 1)
    assert evidence.open_case("lab") is None
    assert evidence.is_closed(NEW)


def test_a_damaged_newest_journal_that_may_be_open_refuses_with_the_way_out() -> None:
    case(OLD, CLOSED)
    case(NEW, DEBT)
    garble(NEW, 1)
    with pytest.raises(Refused, match=rf"{NEW}.*may be an open case: put it back from a copy"):
        evidence.open_case("lab")


def test_a_record_of_an_older_schema_is_unreadable_and_no_fault_of_ours() -> None:
    case(OLD, ("gate.answered", {"approver": "alice"}), CLOSED)
    case(NEW, ("gate.answered", {"approver": "alice"}))
    with pytest.raises(Refused, match="no case that this version can read"):
        evidence.open_case("lab")
    assert evidence.cases("lab") == ()
    assert list(evidence.unreadable("lab")) == [OLD, NEW]


def test_an_older_case_left_open_is_found_behind_a_closed_one() -> None:
    case(OLD, DEBT)
    case(NEW, CLOSED)
    found = evidence.open_case("lab")
    assert found is not None
    assert found.name == OLD


def test_unreadable_cases_are_listed_as_what_they_are(gdr: Gdr) -> None:
    case(OLD, DEBT, CLOSED)
    garble(OLD, 1)
    assert list(gdr("cases", "lab", "--json").json["unreadable"]) == [OLD]
    assert "UNREADABLE" in gdr("cases", "lab").out


async def test_a_refusal_stays_a_refusal_when_the_journal_cannot_be_read() -> None:
    case(NEW, DEBT)
    garble(NEW, 1)

    @ends_in_words
    async def runbook(environment: str) -> str:
        evidence.open_case(environment)
        return "reached"

    state = await runbook("lab")
    assert state.name == "Refused"
    assert "put it back from a copy" in str(state.message)


def test_a_new_journal_is_in_its_folder_after_a_power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[Path] = []
    monkeypatch.setattr("tasks.evidence.os.fsync", lambda fd: forced.append(Path(f"/proc/self/fd/{fd}").resolve()))
    evidence.append("lab", NEW, "a1", "case.opened", OPENED)
    assert forced == [evidence.journal(NEW), evidence.folder()]
    forced.clear()
    evidence.append("lab", NEW, "a1", *DEBT)
    assert forced == [evidence.journal(NEW)]


def test_a_frozen_process_that_holds_the_lock_is_named_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "HELD_S", 0.1)
    frozen = r"lab.lock: held for 0.1 s by process \d+: it is frozen: end it \(kill -9\), then run again"
    with evidence.lock("lab"), pytest.raises(Refused, match=frozen):
        evidence.append("lab", "lab-1", "a1", "case.opened", {})
    with evidence.lock("lab"):
        assert int((evidence.folder() / "lab.lock").read_text()) == os.getpid()
