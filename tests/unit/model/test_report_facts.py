"""What the three forms of a report are made of: losses, proofs, the trend, and what regulators ask."""

from dataclasses import replace
from typing import Any

import pytest

from model.environment.document import Objectives
from model.evidence import Entry
from model.report.document import document
from model.report.facts import Past, Proof, past, report
from model.report.markdown import page
from model.report.objectives import kept, objectives
from model.report.standards import fields
from model.step import Mode
from tests.unit.kept.journals import entries
from tests.unit.model.builders import ground
from tests.unit.model.test_report import CLOSED, SERVED, Line, act, answered, journal, reprotected, told

OBJECTIVES = Objectives(rpo_s=60, rto_s=300)
FENCED: Line = (170, "observed", {"stage": "fence", "breaches": []})


def test_a_case_keeps_what_was_asked_for_on_its_day() -> None:
    environment, opening = ground().environment, entries()[0]
    later = kept(environment)["objectives"] | {"of a later version": 1}
    own = objectives([replace(opening, data={**opening.data, "objectives": later})])
    assert own == Objectives(rpo_s=environment.objectives.rpo_s, rto_s=environment.objectives.rto_s)
    assert (objectives(entries()), objectives(())) == (None, None), "an older version kept the digest only"


def sampled(lag_s: float | None, *, ended: bool = False) -> Line:
    sample = {"at": 95.0, "primary": 7, "standby": 5, "bytes_per_s": 1, "lag_s": lag_s}
    return 105, "sample.declared", {"at": 105, "sample": sample, "ended": ended}


@pytest.mark.parametrize(
    ("mode", "lines", "rpo"),
    [
        ("unplanned", (sampled(2.0, ended=True),), 12.0),
        ("unplanned", (sampled(2.0), FENCED), 77.0),
        ("unplanned", (sampled(2.0),), None),
        ("unplanned", (sampled(2.0), answered(waived={"r1-db"}), FENCED), None),
        ("unplanned", (sampled(None, ended=True),), None),
        ("unplanned", ((105, "sample.declared", {"at": 105, "sample": None, "ended": True}),), None),
        ("planned", (act("after", 160, "drain:r2-db", facts={}),), 0.0),
        ("planned", (act("failed", 160, "drain:r2-db"),), None),
    ],
)
def test_the_loss_is_bound_from_the_standby_to_the_sources_end(
    mode: Mode, lines: tuple[Line, ...], rpo: float | None
) -> None:
    known = told(journal(*lines, mode=mode))
    assert (known.rpo, known.rpo_met) == (rpo, None if rpo is None else rpo <= 60)
    said = page(known)
    assert ("- RPO unknown (objective 60 s)" in said) is (rpo is None)
    assert ("objective 60 s: MISSED" in said) is (rpo == 77.0)


def test_a_reprotect_has_no_point_to_recover_to() -> None:
    assert told(reprotected(sampled(2.0, ended=True))).rpo is None


def test_a_framework_that_moves_alone_loses_nothing() -> None:
    assert told(reprotected(runbook="framework_failover")).rpo == 0.0


def test_what_was_proven_in_the_end_is_said_with_what_proved_it() -> None:
    failed_later = [act("after", 160, "canary:r2-db", facts={}), act("failed", 170, "canary:r2-db")]
    assert told(journal(*failed_later)).proofs == ()
    proven = told(journal(SERVED, act("found", 210, "agree:ns2", facts={}), act("after", 211, "stop:x", facts={})))
    assert [proof.what for proof in proven.proofs] == ["names on ns2", "clients of region2"]
    assert Proof(what="clients of region2", by="at least one proxy of the region in normal mode") in proven.proofs


def test_a_switch_is_a_part_of_the_trend_and_nothing_else_is() -> None:
    found = past(journal(SERVED, CLOSED), "drill-1")
    assert found == Past(
        case="lab-1", opened_at=100.0, title="Planned full failover of lab to region2", outcome="reached",
        drill="drill-1", rto=100.0, work=100.0, waiting=0,
    )  # fmt: skip
    assert past(reprotected(CLOSED)) is None
    assert past(()) is None
    trend = (found, past(journal(answered())))
    said = page(report(journal(SERVED, CLOSED), OBJECTIVES, [one for one in trend if one]))
    assert "| lab-1 | reached | 100.0 | 100.0 | 0.0 | drill-1 |" in said
    assert "| lab-1 | NOT REACHED, the case is open | - | 50.0 | 0.0 | no |" in said
    assert "Switches made here" not in page(report(journal(SERVED), OBJECTIVES))


def answers(records: tuple[Entry, ...]) -> dict[str, str]:
    return {f"{field.where} {field.asks}": field.answer for field in fields(told(records))}


def test_each_field_of_regulator_and_standard_is_answered_or_a_persons() -> None:
    known = answers(entries())
    blank = [asks for asks, answer in known.items() if not answer]
    assert [asks.split()[1] for asks in blank] == ["11(2)(a)", "11(6)(b)", "11(10)", "22301", "22301"]
    assert known["DORA 11(6) date of the test, or of the activation; at least yearly"] == (
        "2026-11-21T17:32:52Z to 2026-11-21T17:36:42Z"
    )
    counted = "from the opening of the case to the proof that each living region is served"
    reached = known["DORA 12(6) recovery time and recovery point reached"]
    assert reached.startswith(f"RTO 226.7 s (objective 300 s: met), {counted}; RPO at most")
    assert "go by alice" in known["ISO 22301 8.4.2 who decided"]
    assert "ns2: secondary did not answer" in known["ISO 22301 10.1 nonconformities"]


def test_what_an_open_case_cannot_answer_is_not_made_up() -> None:
    known = answers(journal())
    assert known["DORA 11(6) date of the test, or of the activation; at least yearly"].endswith("to open")
    assert known["ISO 22301 8.4.2 who decided"] == "nothing on record"
    assert known["DORA 12(7) checks of integrity when recovering"] == "nothing on record"
    assert known["ISO 22301 10.1 nonconformities"] == "none"


def test_the_document_is_plain_data() -> None:
    found: dict[str, Any] = document(told(entries()))
    assert (found["form"], found["clocks"]["rto"] > 200, found["standards"][0]["where"]) == (
        "genesys-dr report 1", True, "DORA 11(2)(a)",
    )  # fmt: skip


def test_a_step_that_was_as_wanted_is_listed_once_unless_this_case_has_done_it() -> None:
    done = (act("before", 151, "steady:ns1"), act("after", 152, "steady:ns1"), act("found", 160, "steady:ns1"))
    failed = (
        act("failed", 161, "serve:region2"),
        act("found", 162, "serve:region2"),
        act("found", 163, "serve:region2"),
    )
    known = told(journal(*done, *failed, act("found", 170, "move-alias:ns1")))
    assert known.timeline.found == ("serve:region2", "move-alias:ns1")
    assert "|\n\nFound as wanted, nothing to do: serve:region2, move-alias:ns1.\n\n## What took" in page(known)
    assert "Found as wanted" not in page(told(journal(*done)))


def test_the_timeline_says_since_when_its_seconds_count() -> None:
    said = "## Timeline\nSeconds are counted from the opening of the case, 2026-11-21 17:32:52 UTC.\n"
    assert said in page(told(entries()))


def owed(target: str, what: str = "did not answer: it", at: float = 160) -> Line:
    return at, "debt", {"target": target, "what": what}


def test_a_debt_that_no_go_has_shown_is_told_apart() -> None:
    shown = answered(unreachable={"r1-app-p"})
    debts = (
        owed("flush:r2-app-b", "silent"), owed("r1-app-p"), owed("r2-app-p"), owed("ns2", "secondary did not answer"),
    )  # fmt: skip
    early = owed("artifact plan", "not shown", 120)
    before = owed("flush:r2-app-p", "silent", 121)
    known = told(journal(early, before, shown, *debts))
    assert {debt.target for debt in known.debts if debt.later} == {"flush:r2-app-b", "r2-app-p"}
    assert "- r2-app-p: did not answer: it (arose after the go)\n" in page(known)
    assert answers(journal(shown, owed("r2-app-p")))["ISO 22301 10.1 nonconformities"].endswith(" (arose after the go)")
    for unasked in (journal(owed("r2-app-p")), journal(answered(decision="decline"), owed("r2-app-p"))):
        assert not any(debt.later for debt in told(unasked).debts)
