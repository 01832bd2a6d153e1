"""The report says what the records say: clocks, warnings first, every failure, and what was not proven."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from model.answered import approval_data
from model.approval import Approval, Bounds
from model.case import fold
from model.environment.document import Objectives
from model.errors import Refused
from model.evidence import Entry, follow
from model.report.clocks import Clocks, clocks, limited_since
from model.report.facts import Report, report
from model.report.markdown import page
from model.step import Intent, Mode

Line = tuple[float, str, dict[str, Any]]
OPENED = {"environment": "lab", "digest": "ab" * 32}
ASKED: Line = (110, "gate.asked", {"stage": "declare", "text": "may we?"})
SAMPLE: Line = (
    105,
    "sample.declared",
    {"at": 105, "sample": {"at": 95.0, "primary": 7, "standby": 5, "bytes_per_s": 1}},
)
SERVED: Line = (200, "act.after", {"step": "serve:region2", "facts": {}})
CLOSED: Line = (230, "case.closed", {"outcome": "reached"})


def journal(*lines: Line, mode: Mode = "planned") -> tuple[Entry, ...]:
    """Return the records of a case opened at 100."""
    intent = {"runbook": "full_failover", "target": "region2", "mode": mode, "reason": "the roof leaks"}
    entries: list[Entry] = []
    for at, kind, data in ((100.0, "case.opened", OPENED | {"intent": intent}), *lines):
        last = entries[-1] if entries else None
        entries.append(follow(last, at=at, case="lab-1", attempt="a1", kind=kind, data=data))
    return tuple(entries)


def answered(at: float = 150, levels: dict[str, int] | None = None, **changes: Any) -> Line:
    """Return alice's go; `loss_changes`, `unreachable` and `waived` are among the changes."""
    bounds = Bounds(
        loss_changes=changes.pop("loss_changes", 3),
        unreachable=frozenset(changes.pop("unreachable", ())),
        waived=frozenset(changes.pop("waived", ())),
    )
    given: dict[str, Any] = {
        "stage": "declare", "mode": "planned", "approver": "alice", "decision": "go", "reason": "seen",
        "channel": "terminal", "at": at, "beforehand": False, "steps": frozenset({"promote:r2-db"}),
    }  # fmt: skip
    approval = Approval(**(given | changes), bounds=bounds)
    return at, "gate.answered", approval_data(approval) | {"levels": levels or {}}


def act(kind: str, at: float, step: str, **data: Any) -> Line:
    return at, f"act.{kind}", {"step": step, **data}


def read(*lines: Line, mode: Mode = "planned") -> Clocks:
    entries = journal(*lines, mode=mode)
    case = fold(entries)
    assert case is not None
    return clocks(case, entries)


def told(entries: Sequence[Entry], rto_s: float = 300) -> Report:
    return report(entries, Objectives(rpo_s=60, rto_s=rto_s))


def render(entries: Sequence[Entry], rto_s: float) -> str:
    return page(told(entries, rto_s))


def rendered(*lines: Line, mode: Mode = "planned", rto_s: float = 300) -> str:
    return render(journal(*lines, mode=mode), rto_s)


def section(text: str, title: str) -> list[str]:
    return next(part.splitlines()[1:] for part in text.split("## ") if part.startswith(title))


def test_the_outage_ends_with_its_proof_and_not_with_the_paperwork() -> None:
    assert read(SERVED, CLOSED).rto == 100
    assert read(SERVED, (210, "act.after", {"step": "serve:region1"}), CLOSED).rto == 110


def test_a_region_found_served_again_was_served_when_it_was_first_proven() -> None:
    assert read(SERVED, (400, "act.found", {"step": "serve:region2"})).rto == 100
    assert read((190, "act.failed", {"step": "serve:region2"}), SERVED).rto == 100


@pytest.mark.parametrize(
    "lines",
    [
        ((170, "debt", {"target": "ns2", "what": "silent"}),),
        ((170, "act.before", {"step": "serve:region2"}),),
        ((170, "act.before", {"step": "promote:r2-db"}), (171, "act.failed", {"step": "promote:r2-db"})),
        ((170, "act.failed", {"step": "serve:region2"}),),
        (SERVED, (210, "act.refused", {"step": "serve:region1"})),
    ],
)
def test_an_outage_nobody_proved_the_end_of_has_no_rto(lines: tuple[Line, ...]) -> None:
    found = read(SAMPLE, *lines, mode="unplanned")
    assert (found.rto, found.limited_mode) == (None, None)
    text = rendered(ASKED, answered(150), *lines)
    assert "- RTO not reached (objective 300 s): no proof that the living regions are served" in text
    assert f"- So far: work {lines[-1][0] - 140:.1f} s, people 40.0 s" in text
    assert "met" not in text.split("## Timeline")[0]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((SERVED,), "NOT REACHED, the case is open"),
        ((SERVED, CLOSED), "reached"),
        (((*CLOSED[:2], {"outcome": "declined"}),), "DECLINED"),
        (((*CLOSED[:2], {"outcome": "refused"}),), "REFUSED"),
        (((*CLOSED[:2], {"outcome": "aborted"}),), "ABORTED"),
    ],
)
def test_the_title_says_how_it_ended(lines: tuple[Line, ...], said: str) -> None:
    assert rendered(*lines).splitlines()[0] == f"# Planned full failover of lab to region2: {said}"


def test_people_are_waited_for_from_the_first_question_to_the_answer() -> None:
    found = read(ASKED, (120, "gate.refused", {}), (121, "gate.asked", {}), answered(150), SERVED)
    assert (found.waiting, found.work, found.rto) == (40, 60, 100)


def test_every_gate_is_waited_at_and_an_answer_without_a_question_costs_nothing() -> None:
    assert read(answered(140), SERVED).waiting == 0
    assert read(ASKED, answered(150), answered(155), (160, "gate.asked", {}), answered(165), SERVED).waiting == 45


def test_a_time_in_which_no_process_was_there_is_nobodys_work() -> None:
    lines: tuple[Line, ...] = (ASKED, answered(150), (550, "attempt.started", {}), (600, *SERVED[1:]))
    found = read(*lines)
    assert (found.idle, found.waiting, found.work, found.rto) == (400, 40, 60, 500)
    assert "- Of it: work 60.0 s, people 40.0 s, nothing ran 400.0 s" in rendered(*lines)
    long: tuple[Line, ...] = (ASKED, answered(900), (950, *SERVED[1:]), (2000, "debt", {"target": "x", "what": "y"}))
    assert (read(*long).idle, read(*long).waiting) == (0, 790), "people thought; and afterwards nobody waits"


def test_a_process_that_was_seen_dead_did_nothing_until_the_next_one_began() -> None:
    died: Line = (180, "attempt.died", {"process": "h-1-1"})
    killed: tuple[Line, ...] = (
        act("before", 170, "promote:r2-db"),
        died,
        (250, "attempt.started", {}),
        (300, *SERVED[1:]),
    )
    found = read(*killed)
    assert (found.idle, found.work) == (80, 120)
    beside: tuple[Line, ...] = (act("before", 170, "promote:r2-db"), died, (250, "observed", {}), (300, *SERVED[1:]))
    assert read(*beside).idle == 0, "another process of the case goes on"


def stops(at: float, host: str, run_mode: str | None) -> Line:
    parts = {"confserv": {"running": True} | ({"run_mode": run_mode} if run_mode else {})}
    return act("before", at, f"stop:{host}/confserv", facts={"hosts": {host: {"components": parts}}})


def test_a_planned_limited_mode_begins_with_the_primary_stopped_and_not_with_its_backup() -> None:
    pair = [stops(160, "r1-fw-b", "Backup"), stops(162, "r1-fw-p", "Primary")]
    lca, start = act("before", 155, "stop:r1-fw-p/scs", facts={}), act("before", 180, "start:r2-fw-p/confserv")
    assert read(SAMPLE, lca, *pair, start, SERVED).limited_mode == 38
    assert read(SAMPLE, stops(160, "r1-fw-b", "Primary"), stops(162, "r1-fw-p", "Backup"), SERVED).limited_mode == 40
    assert read(SAMPLE, lca, start, SERVED).limited_mode is None, "they were stopped before this case"
    assert read(SAMPLE, stops(162, "r1-fw-p", None), SERVED).limited_mode is None, "nobody saw what it was"


def test_an_unplanned_limited_mode_begins_with_the_last_sample_of_a_primary() -> None:
    assert read(SAMPLE, SERVED, mode="unplanned").limited_mode == 105
    none = (105.0, "sample.declared", {"at": 105, "sample": None})
    assert read(none, SERVED, mode="unplanned").limited_mode is None
    assert "- Limited mode (no Primary): unknown" in rendered(none, SERVED, mode="unplanned")


def test_records_without_the_opening_are_no_report() -> None:
    with pytest.raises(Refused, match="no opening record"):
        render(journal(SERVED)[1:], 300)
    with pytest.raises(Refused, match="no opening record"):
        render((), 300)


def test_the_first_page_has_the_case_its_clocks_and_its_objective() -> None:
    entries = journal((101, "attempt.started", {}), SAMPLE, ASKED, answered(levels={"r1-db": 1}), SERVED)
    text = render(entries, 300)
    assert text.startswith("# Planned full failover of lab to region2: ")
    assert f"- Case `lab-1`, 1 process(es), 6 records, head `{entries[-1].hash[:16]}`" in text
    assert "- Reason: the roof leaks" in text
    assert "- RTO 100.0 s (objective 300 s: met)" in text
    assert "- Of it: work 60.0 s, people 40.0 s" in text
    assert "- May be lost, as shown at the gate: at most 3 changes" in text
    assert "No approval" not in text


@pytest.mark.parametrize(("rto_s", "word"), [(100, "met"), (99, "MISSED")])
def test_an_objective_is_met_to_the_second_or_missed(rto_s: float, word: str) -> None:
    assert f"(objective {rto_s} s: {word})" in rendered(SERVED, rto_s=rto_s)


def test_a_loss_nobody_could_bound_is_unknown_and_never_nothing() -> None:
    assert "as shown at the gate: unknown" in rendered(answered(loss_changes=None), SERVED)
    assert "as shown at the gate: unknown" in rendered(SERVED)
    assert "as shown at the gate: at most 0 changes" in rendered(answered(loss_changes=0), SERVED)


def test_a_waived_fence_and_an_answer_given_beforehand_stand_above_everything() -> None:
    text = rendered(answered(waived={"r1-db"}, beforehand=True), SERVED)
    assert text.splitlines()[1:3] == [
        "**The answer was given beforehand (laboratory) by alice.**",
        "**r1-db: its fence was waived: it may still be accepting changes.**",
    ]
    assert "**" not in rendered(answered(), SERVED, CLOSED).split("## Timeline")[0]


def test_a_case_without_an_approval_says_so_on_its_first_page() -> None:
    declined = answered(decision="decline", reason="too early", approver="bob")
    text = rendered(declined, SERVED)
    assert "**No approval on record**" in text.split("## Timeline")[0]
    said = "decline by bob (self-declared name, by terminal): too early"
    assert section(text, "Approvals")[0] == f"- 1970-01-01 00:02:30 UTC: {said}"


def fenced(at: float, **levels: int | None) -> Line:
    named = {host.replace("_", "-"): level for host, level in levels.items()}
    return at, "observed", {"stage": "fence", "breaches": [], "unseen": [], "fence": named}


def test_a_fence_is_what_was_proven_and_never_what_the_gate_promised() -> None:
    promised = answered(150, {"r1-db": 1, "r1-fw-p": 5})
    assert "- Fence: no writer was proven fenced\n" in rendered(promised, SERVED)
    text = rendered(promised, fenced(160, r1_db=2, r1_fw_b=None, r1_fw_p=1), SERVED)
    line = "r1-db level 2 (stopped, seen from the host itself), r1-fw-b NOT PROVEN, r1-fw-p level 1 (powered off)"
    assert f"- Fence: {line}\n" in text


def test_a_fence_stands_until_something_else_is_seen() -> None:
    text = rendered(fenced(160, r1_db=5, r1_fw_b=1), fenced(170, r1_db=1, r1_fw_b=None), SERVED)
    assert "- Fence: r1-db level 1 (powered off), r1-fw-b level 1 (powered off)\n" in text
    assert "- Fence: r1-db level 5 (WAIVED)\n" in rendered(fenced(160, r1_db=5))
    assert "- Fence: r1-db level 3 (?)\n" in rendered(fenced(160, r1_db=3)), "a level of a later version"
    assert "no writer was proven" in rendered((160, "observed", {"stage": "fence", "breaches": []})), "an older record"


def test_the_timeline_has_every_act_with_its_end_and_its_length() -> None:
    text = rendered(
        act("before", 151, "promote:r2-db"),
        act("failed", 152.25, "promote:r2-db"),
        act("before", 160, "promote:r2-db"),
        act("after", 160.5, "promote:r2-db"),
        act("refused", 161, "steady:ns1"),
    )
    assert section(text, "Timeline")[5:-1] == [
        "| 52.2 | promote:r2-db | FAILED | 1.25 | |",
        "| 60.5 | promote:r2-db | proven | 0.50 | |",
        "| 61.0 | steady:ns1 | refused | 0.00 | |",
    ]


def test_the_timeline_has_each_stage_with_what_its_invariants_said() -> None:
    text = rendered(
        (130, "observed", {"stage": "fence", "breaches": []}),
        (140, "observed", {"stage": "fence", "breaches": [], "unseen": ["r1-db", "r1-fw-p"]}),
        (150, "observed", {"stage": "database", "breaches": ["V1: two primaries", "V9: open"], "unseen": ["r1-db"]}),
    )
    assert section(text, "Timeline")[5:-1] == [
        "| 30.0 | end of **fence** | invariants held | **30.0** | |",
        "| 40.0 | end of **fence** | invariants held as far as seen; not seen: r1-db, r1-fw-p | **10.0** | |",
        "| 50.0 | end of **database** | V1: two primaries; V9: open | **10.0** | |",
    ]


def test_what_people_needed_to_answer_is_no_part_of_what_a_stage_took() -> None:
    text = rendered(ASKED, answered(174.4), (178.1, "observed", {"stage": "fence", "breaches": []}))
    assert section(text, "Timeline")[5:-1] == ["| 78.1 | end of **fence** | invariants held | **13.7** | 64.4 |"]


def test_debts_are_listed_as_they_stand() -> None:
    debts = [("ns2", "silent"), ("r1-app-p", "did not answer: flush it"), ("ns2", "still silent")]
    text = rendered(*((160.0, "debt", {"target": target, "what": what}) for target, what in debts))
    assert section(text, "Debts")[:2] == ["- r1-app-p: did not answer: flush it", "- ns2: still silent"]
    assert "- Outage of what did not answer: goes on; 1 of the debts below" in text
    assert "- Outage of what did not answer: none" in rendered()
    assert section(rendered(), "Debts")[0] == section(rendered(), "Approvals")[0] == "- None."


def test_what_was_not_proven_is_said_and_an_unplanned_loss_is_part_of_it() -> None:
    lost = "- What was lost: only the returning region can tell; `gdr run reprotect` exports it."
    planned, unplanned = (section(rendered(SERVED, mode=mode), "Not proven") for mode in ("planned", "unplanned"))
    assert len(planned) == 3
    assert unplanned == [*planned, lost]


def test_who_proved_by_a_code_who_he_is_is_no_more_among_what_is_not_proven() -> None:
    declared, coded = (rendered(answered(identity=word), SERVED) for word in ("self-declared name", "one-time code"))
    assert "- Who answered the gate: alice by self-declared name;" in declared
    assert "Who answered the gate" not in coded
    assert section(coded, "Approvals")[0] == "- 1970-01-01 00:02:30 UTC: go by alice (one-time code, by terminal): seen"


def test_who_is_to_sign_the_evidence_stands_on_the_first_page_and_who_does_not_among_what_is_not_proven() -> None:
    signed = rendered(SERVED, (230, "case.closed", {"outcome": "reached", "signed_by": "ed25519:AA="}))
    assert "- Evidence is signed with ed25519:AA= once the case is closed" in signed.split("## Timeline")[0]
    assert "was not signed" not in signed
    assert "it was not signed when this was written. `gdr evidence key` makes a key" in "".join(
        section(rendered(SERVED), "Not proven")
    )


@pytest.mark.parametrize(
    ("mirror", "first", "unproven"),
    [
        (None, False, "no mirror of it is on record"),
        ({"where": "folder /far", "fault": ""}, True, ""),
        ({"where": "folder /far", "fault": "No space left on device"}, False, "folder /far: No space left on device"),
    ],
)
def test_a_mirror_is_on_the_first_page_and_a_missing_one_among_what_is_not_proven(
    mirror: dict[str, str] | None,
    first: bool,  # noqa: FBT001
    unproven: str,
) -> None:
    text = rendered(SERVED, (230, "case.closed", {"outcome": "reached", "mirror": mirror}))
    assert ("- Evidence mirrored to folder /far" in text.split("## Timeline")[0]) is first
    assert ("A second copy of the evidence" in text) is bool(unproven)
    assert unproven in text


def test_a_reprotect_says_what_was_stranded_and_where_it_is_kept() -> None:
    stranded = {
        "timeline": 1, "primary_timeline": 2, "fork": "0/3000060", "end": "0/30001A0", "commits": 2, "deletes": 1,
        "rows": 5, "drops": 3, "folder": "/var/lib/genesys-dr/stranded/7",
    }  # fmt: skip
    databases = {"region2": {"stranded": stranded | {"rows": 99}}, "region1": {"stranded": stranded}}
    exported = act("after", 190, "export:r1-db", facts={"databases": databases})
    page = render(reprotected(exported, act("after", 195, "follow:r1-db", facts={}), CLOSED), 300)
    assert page.startswith("# Reprotect of lab: region1 follows region2: reached\n")
    lost = "5 rows written, 1 deleted, 3 files of tables and indexes dropped or truncated"
    assert f"- Stranded: 2 transactions ({lost}), 0/3000060 to 0/30001A0, " in page
    assert "kept in /var/lib/genesys-dr/stranded/7 on the DBMS host of region1" in page
    assert "RTO" not in page
    assert "anary" not in page
    assert "- Stranded: nobody has looked" in render(reprotected(CLOSED), 300)


def test_a_return_guard_says_what_it_fenced_and_that_nobody_was_asked() -> None:
    page = render(reprotected(CLOSED, runbook="return_guard"), 300)
    assert page.startswith("# Return guard of lab: region1 is kept out, region2 is active: reached\n")
    assert "; nobody is asked" in page
    assert "- Fence: no writer was proven fenced" in page
    assert "No approval on record" not in page


def test_nobody_saw_when_a_framework_died_whose_database_works_on() -> None:
    intent = Intent(runbook="partial_failover", target="region2", mode="unplanned", reason="fire")
    (_, sample) = journal(SAMPLE, mode="unplanned")
    assert limited_since(sample, intent) is None
    assert limited_since(sample, replace(intent, runbook="full_failover")) == 95.0


def test_a_deploy_says_what_it_proved_and_gives_no_objective() -> None:
    page = render(reprotected(CLOSED, runbook="deploy"), 300)
    assert "- Deployed: as rendered, proven by survey" in page
    assert "objective" not in page


@pytest.mark.parametrize(
    ("runbook", "outcome", "result"),
    [
        ("deploy", "reached", "Deployed"),
        ("clone_and_isolate", "reached", "Copied"),
        ("bubble", "reached", "production was not touched"),
        ("discard", "reached", "Taken down"),
        ("abort", "aborted", "what was to move is where it was"),
    ],
)
def test_a_result_is_told_of_what_was_reached_alone(runbook: str, outcome: str, result: str) -> None:
    """An open case was killed, a declined one never begun: neither has brought anything about."""
    assert result in render(reprotected((230, "case.closed", {"outcome": outcome}), runbook=runbook), 300)
    for lines in ((), ((230, "case.closed", {"outcome": "declined"}),)):
        text = render(reprotected(*lines, runbook=runbook), 300)
        assert result not in text
        assert "- No result: it was not reached" in text
        assert "RTO" not in text


def reprotected(*lines: Line, runbook: str = "reprotect") -> tuple[Entry, ...]:
    entries = journal(*lines)
    opened = {**entries[0].data, "intent": {**entries[0].data["intent"], "runbook": runbook}}
    found: list[Entry] = []
    for entry in entries:
        data = opened if entry.kind == "case.opened" else entry.data
        last = found[-1] if found else None
        found.append(follow(last, at=entry.at, case="lab-1", attempt="a1", kind=entry.kind, data=data))
    return tuple(found)
