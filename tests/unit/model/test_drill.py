"""A drill is what its parts' evidence says: what was reached, what was found, whether something real cut it short."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from model.case import Case, fold
from model.drill import Drill, Finding, Kind, findings, outcome, page, refusal
from model.evidence import Entry, follow
from model.readiness import drills
from model.runbooks.pages import drill_page
from model.step import Intent
from tests.unit.model.builders import ground

DRILL = Drill(
    name="lab-drill-1", environment="lab", kind="live", home="region1", reason="the quarterly drill", began=100.0
)
OUT = Intent(runbook="full_failover", target="region2", mode="planned", reason="drill")
FOLLOW = Intent(runbook="reprotect", target="region2", mode="planned", reason="drill")
BACK = replace(OUT, target="region1")
SERVED = (190.0, "act.after", {"step": "serve:region2", "facts": {}})
CLOSED = (200.0, "case.closed", {"outcome": "reached"})
Line = tuple[float, str, dict[str, Any]]


def part(intent: Intent, *lines: Line, at: float = 110.0) -> tuple[Entry, ...]:
    told = {"runbook": intent.runbook, "target": intent.target, "mode": intent.mode, "reason": intent.reason}
    opened = {"environment": "lab", "digest": "", "intent": told}
    entries: list[Entry] = []
    for moment, kind, data in ((at, "case.opened", opened), *lines):
        last = entries[-1] if entries else None
        entries.append(follow(last, at=moment, case=f"lab-{at:.0f}", attempt="a1", kind=kind, data=data))
    return tuple(entries)


def case(entries: tuple[Entry, ...]) -> Case:
    found = fold(entries)
    assert found is not None
    return found


CIRCLE = (
    part(OUT, SERVED, CLOSED),
    part(FOLLOW, (210.0, "case.closed", {"outcome": "reached"}), at=205.0),
    part(BACK, (290.0, "act.after", {"step": "serve:region1", "facts": {}}), CLOSED, at=215.0),
)


def test_a_circle_that_was_walked_without_a_stumble_has_no_finding() -> None:
    assert findings(DRILL, CIRCLE, 300.0) == ()
    passed = replace(DRILL, ended=300.0)
    assert outcome(passed) == "passed"
    text = page(passed, CIRCLE)
    assert text.startswith("# Live drill of lab: passed\n")
    assert "| full_failover to region2 | lab-110 | reached | 80 s | - | 0 s |" in text
    assert "| reprotect to region2 | lab-205 | reached | - | - | 0 s |" in text
    assert "## Findings\n- none\n" in text
    assert "That a region can be lost" in text


def test_what_is_no_yearly_test_says_so() -> None:
    says = {kind: "as a yearly test must show" in page(replace(DRILL, kind=kind), ()) for kind in get_args(Kind)}
    assert says == {"live": False, "rehearsal": True, "bubble": True}


def test_what_was_not_as_it_should_be_is_found_by_a_word_that_stays_the_same() -> None:
    seen = {"stage": "fence", "breaches": ["V2: both primary"], "unseen": []}
    stumbled = part(
        OUT,
        (120.0, "act.failed", {"step": "stop:r1-fw-p/scs", "reason": "it does not stop"}),
        (130.0, "debt", {"target": "r1-app-p", "what": "did not answer"}),
        (140.0, "observed", seen),
        SERVED,
        CLOSED,
    )
    found = findings(DRILL, (stumbled, *CIRCLE[1:]), 60.0)
    assert found == (
        Finding("RTO of full_failover to region2", "80 s, the objective is 60 s"),
        Finding("full_failover to region2: r1-app-p", "did not answer"),
        Finding("full_failover to region2: stop:r1-fw-p/scs", "it does not stop"),
        Finding("full_failover to region2: V2", "V2: both primary"),
        Finding("RTO of full_failover to region1", "75 s, the objective is 60 s"),
    )
    ended = replace(DRILL, ended=300.0, findings=found)
    assert outcome(ended) == "5 findings"
    assert "- full_failover to region2: r1-app-p: did not answer\n" in page(ended, (stumbled,))


def test_what_was_not_walked_is_a_finding() -> None:
    declined = part(OUT, (120.0, "case.closed", {"outcome": "declined"}))
    assert findings(DRILL, (declined, (), part(BACK, at=130.0)), 300.0) == (
        Finding("full_failover to region2", "case lab-110 was not reached: declined"),
        Finding("full_failover to region1", "case lab-130 was not reached: open"),
        Finding("switch to region2", "was not reached"),
        Finding("switch to region1", "was not reached"),
    )
    assert outcome(DRILL) == "goes on"
    assert "| full_failover to region1 | lab-130 | open | - | - | 0 s |" in page(DRILL, ((), part(BACK, at=130.0)))


def test_something_real_is_no_part_of_a_drill() -> None:
    real = part(replace(OUT, mode="unplanned", reason="fire"), SERVED, CLOSED)
    assert DRILL.preempted([case(real)])
    assert not DRILL.preempted([case(entries) for entries in CIRCLE])
    moved = case(part(OUT, SERVED, CLOSED))
    alone = replace(moved, intent=replace(OUT, runbook="dbms_failover", home="region1"))
    assert DRILL.preempted([alone]), "a DBMS that moves alone is no part of a drill"
    assert not DRILL.reached([alone], "region2")
    assert Finding("preempted", "case lab-110 was no drill: fire") in findings(DRILL, (real,), 300.0)


def test_what_happens_weeks_later_is_no_part_of_it() -> None:
    assert not DRILL.late(DRILL.began + 6 * drills.DAY_S)
    assert DRILL.late(DRILL.began + 8 * drills.DAY_S)


def test_only_what_was_opened_since_it_began_is_part_of_it() -> None:
    earlier = part(BACK, CLOSED, at=50.0)
    guard = part(replace(OUT, runbook="return_guard", mode="unplanned"), CLOSED)
    cases = [case(entries) for entries in (earlier, guard, CIRCLE[0])]
    assert DRILL.parts(cases) == (cases[2],)
    assert DRILL.reached(cases, "region2")
    assert DRILL.went_out(cases)
    assert not DRILL.reached(cases, "region1")
    assert (DRILL.home, DRILL.away) == ("region1", "region2")


BUBBLE = Intent(runbook="bubble", target="region1", mode="planned", reason="drill")
WORKED: tuple[Line, ...] = (
    (120.0, "act.before", {"step": "start:r2-fw-p/lca", "facts": {}}),
    (150.0, "act.after", {"step": "commit-inside:r2-db", "facts": {}}),
)


def test_a_bubble_that_was_proven_has_no_finding_but_its_time() -> None:
    drill = replace(DRILL, kind="bubble")
    walked = (bubble_that_saw(SAME),)
    assert findings(drill, walked, 60.0) == ()
    assert findings(drill, walked, 20.0) == (Finding("RTO of bubble to region1", "30 s, the objective is 20 s"),)
    assert drill.went_out([case(walked[0])])
    text = page(replace(drill, ended=300.0), walked)
    assert text.startswith("# Bubble drill of lab: passed\n")
    assert "region1 stayed active; region2's framework worked on a copy" in text
    assert "| bubble to region1 | lab-110 | reached | 30 s | - | 0 s |" in text
    assert "That the standby itself can be promoted: a copy of it was." in text
    assert "only the configuration layer moved" not in text


BEFORE: dict[str, Any] = {
    "record": {"epoch": 3, "state": "steady", "active": "region1", "target": "region1"},
    "servers": {"ns1": {"answers": True, "addresses": {"cfgmaster-p": ["198.18.1.11"]}}},
    "databases": {"region1": {"role": "primary", "timeline": 1}, "region2": {"role": "standby", "streaming": True}},
    "hosts": {
        "r1-fw-p": {
            "answers": True,
            "blocked": {"2020": ["b", "a"]},
            "components": {"lca": {"running": True, "age_s": 100.0}},
        },
        "r2-fw-p": {"answers": True, "hosts_file": ["cfgmaster-p"], "components": {"lca": {"running": False}}},
    },
}
SAME: dict[str, Any] = {**BEFORE, "hosts": {**BEFORE["hosts"], "r1-fw-p": {
    "answers": True, "blocked": {"2020": ["a", "b"]}, "components": {"lca": {"running": True, "age_s": 160.0}},
}}}  # fmt: skip


DOWN = {"components": {"lca": {"running": False}}}


def lca(age_s: float | None) -> dict[str, Any]:
    return {**SAME["hosts"]["r1-fw-p"], "components": {"lca": {"running": True, "age_s": age_s}}}


def seen(moment: float, kind: str, observation: dict[str, Any]) -> Line:
    return moment, kind, {"stage": "prove", "breaches": [], "unseen": [], "observation": observation}


def bubble_that_saw(*later: dict[str, Any]) -> tuple[Entry, ...]:
    looks = [seen(140.0 + number, "observed", one) for number, one in enumerate(later)]
    return part(BUBBLE, seen(111.0, "attempt.started", BEFORE), *WORKED, *looks, CLOSED)


def test_a_bubble_proves_that_production_is_as_it_was() -> None:
    drill = replace(DRILL, kind="bubble", ended=300.0)
    assert findings(drill, (bubble_that_saw(SAME),), 60.0) == ()
    assert "- Untouched: record, names, DBMS, rules and what runs" in page(drill, (bubble_that_saw(SAME),))


@pytest.mark.parametrize(
    ("change", "what", "how"),
    [
        ({"record": {**BEFORE["record"], "active": "region2"}}, "record: active", "was region1, is region2"),
        ({"servers": {"ns1": {}}}, "ns1: addresses", "is None"),
        ({"databases": {"region1": {"role": "primary", "timeline": 2}}}, "region1: timeline", "was 1, is 2"),
        ({"hosts": {**SAME["hosts"], "r1-fw-p": DOWN}}, "r1-fw-p: lca", "running was True, is False"),
        ({"hosts": {**SAME["hosts"], "r1-fw-p": lca(2.0)}}, "r1-fw-p: lca", "was started since"),
        ({"hosts": {**SAME["hosts"], "r1-fw-p": lca(None)}}, "r1-fw-p: lca", "since when it runs was not seen"),
        ({"hosts": {**SAME["hosts"], "r2-fw-p": DOWN}}, "r2-fw-p: hosts_file", "is None"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_is_a_finding_of_a_bubble(change: dict[str, Any], what: str, how: str) -> None:
    drill = replace(DRILL, kind="bubble", ended=300.0)
    found = findings(drill, (bubble_that_saw(SAME, {**SAME, **change}),), 60.0)
    assert [finding for finding in found if finding.what == f"touched: {what}" and how in finding.text], found
    text = page(replace(drill, findings=found), (bubble_that_saw(SAME, {**SAME, **change}),))
    assert "worked on a copy" in text
    assert "Untouched" not in text


SILENT: dict[str, Any] = {**SAME, "hosts": {**SAME["hosts"], "r1-fw-p": {"fault": "no answer"}}}


def test_what_nobody_saw_is_not_as_it_was() -> None:
    """A host that is silent in both looks compares equal; so does a standby whose role nobody saw."""
    drill = replace(DRILL, kind="bubble", ended=300.0)
    roleless = {**SAME, "databases": {**SAME["databases"], "region2": {"role": "unknown"}}}
    walked = part(BUBBLE, *(seen(at, "observed", look) for at, look in ((112.0, SILENT), (113.0, roleless))), *WORKED,
        seen(160.0, "observed", {**SILENT, "record": None}), CLOSED)  # fmt: skip
    found = findings(drill, (walked,), 60.0)
    assert Finding("touched: r1-fw-p", "was not seen after") in found
    assert Finding("touched: record", "was not seen after") in found
    assert Finding("touched: region2: replication", "its role was not seen at look 2 of 3") in found
    assert "Untouched" not in page(replace(drill, findings=found), (walked,))
    off = {**SAME, "hosts": {**SAME["hosts"], "r1-app-p": {"power": "off"}}}
    unpowered = part(BUBBLE, seen(111.0, "observed", off), *WORKED, seen(160.0, "observed", off), CLOSED)
    assert findings(drill, (unpowered,), 60.0) == ()


def test_what_was_not_reached_or_not_compared_claims_nothing() -> None:
    drill = replace(DRILL, kind="bubble", ended=300.0)
    given_up = part(replace(BUBBLE, runbook="discard", mode="unplanned"), CLOSED)
    for walked in ((), (given_up,), (part(BUBBLE, *WORKED),)):
        text = page(drill, walked)
        assert "region2's framework was not proven on a copy" in text
        assert "Untouched" not in text
    blind = part(BUBBLE, *WORKED, CLOSED)
    assert Finding("untouched", "nothing was compared: fewer than two looks") in findings(drill, (blind,), 60.0)
    assert "Untouched" not in page(drill, (blind,))


def test_a_restart_and_a_moment_without_replication_are_findings_of_a_bubble() -> None:
    young = {"blocked": {"2020": ["a", "b"]}, "components": {"lca": {"running": True, "age_s": 1.0}}}
    restarted = {**SAME, "hosts": {**SAME["hosts"], "r1-fw-p": young}}
    torn = {**SAME, "databases": {**SAME["databases"], "region2": {"role": "standby"}}}
    found = findings(replace(DRILL, kind="bubble"), (bubble_that_saw(torn, restarted),), 60.0)
    assert Finding("touched: r1-fw-p: lca", "was started since") in found
    assert Finding("touched: region2: replication", "did not stream at look 2 of 3") in found


def test_a_bubble_that_was_discarded_or_never_made_is_a_finding() -> None:
    drill = replace(DRILL, kind="bubble")
    given_up = part(replace(BUBBLE, runbook="discard", mode="unplanned"), CLOSED)
    for walked in ((), (given_up,), (part(BUBBLE, *WORKED),)):
        assert Finding("bubble", "was not reached") in findings(drill, walked, 60.0)
    assert not drill.preempted([case(given_up)])
    assert drill.preempted([case(part(replace(OUT, mode="unplanned"), CLOSED))])


def test_its_page_names_its_parts() -> None:
    text = drill_page(ground().environment)
    assert "gdr run drill lab --kind live" in text
    assert "[failback](failback.md)" in text


def test_what_the_newest_drill_found_stays_red_until_a_later_one_ends_without_it() -> None:
    day = drills.DAY_S
    found = replace(DRILL, ended=0.0, findings=(Finding("RTO", "80 s, the objective is 60 s"),))
    passed = replace(DRILL, began=200.0, ended=2.0 * day)
    (none,) = drills.lines("lab", 0.0, [DRILL])
    assert (none.verdict, none.found, none.blocks) == ("not_yet", "none has ended here", ())
    (red,) = drills.lines("lab", 3 * day, [found])
    assert (red.verdict, red.found) == ("red", "live, 3 days ago: RTO: 80 s, the objective is 60 s")
    assert red.remedy.endswith("gdr run drill")
    (green,) = drills.lines("lab", 3 * day, [found, passed])
    assert (green.verdict, green.found) == ("green", "live, 1 days ago: passed")
    (old,) = drills.lines("lab", 103 * day, [passed])
    assert (old.verdict, old.found) == ("red", "live, 101 days ago: passed")


@pytest.mark.parametrize(
    ("kind", "laboratory", "unattended", "said"),
    [
        ("live", True, False, ""),
        ("live", False, False, ""),
        ("live", True, True, "is never unattended"),
        ("rehearsal", True, True, ""),
        ("rehearsal", True, False, ""),
        ("rehearsal", False, False, "is done in a laboratory"),
        ("bubble", True, True, ""),
        ("bubble", False, False, ""),
    ],
)
def test_production_is_drilled_by_people_and_a_laboratory_by_anybody(
    kind: Kind, said: str, *, laboratory: bool, unattended: bool
) -> None:
    assert refusal(kind, laboratory=laboratory, unattended=unattended).partition(":")[0].startswith(said)
    assert bool(refusal(kind, laboratory=laboratory, unattended=unattended)) == bool(said)
