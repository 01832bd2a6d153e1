"""A plan is what the runbook itself would do, and says why it would not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gdr.planned import Remaining
from model.case import Case, fold
from model.environment.document import RegionKey
from model.evidence import Entry
from model.explore.sight import NOW, observe
from model.explore.turning import begun
from model.judgement import opening_view
from model.observation import Observation
from model.scope import Scope
from model.step import Intent, Mode, Verb
from tests.unit.gdr.shell import Gdr, case
from tests.unit.model.builders import ground
from tests.unit.model.steady import after_failover, confserv, lab, no_record, silent, steady
from tests.unit.model.test_switched import behind, stop


def intent(mode: Mode, target: RegionKey = "region2") -> Intent:
    return Intent(runbook="full_failover", target=target, mode=mode, reason="test")


def remaining(
    seen: Observation, mode: Mode = "planned", opened: Case | None = None, entries: Sequence[Entry] = ()
) -> Remaining:
    return Remaining(opening_view(lab(), seen, intent(mode), opened), opened, entries)


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_the_whole_runbook_needs_no_host_and_no_block(gdr: Gdr, mode: str) -> None:
    said = gdr("plan", "full-failover", "lab", "--target", "region2", "--mode", mode, "--whole", "--json")
    assert said.code == 0
    steps = said.json["steps"]
    assert sum(step["point_of_no_return"] for step in steps) == 1
    assert [step["label"].split()[0] for step in steps] == sorted(step["label"].split()[0] for step in steps)
    for step in steps:
        assert step["command"]
        assert step["proves"]
        assert step["undo"]


def test_the_page_has_commands_conditions_and_the_point_of_no_return(gdr: Gdr) -> None:
    said = gdr("plan", "full-failover", "lab", "--target", "region2", "--mode", "unplanned", "--whole")
    lines = said.out.splitlines()
    at = lines.index("---- point of no return ----")
    assert lines[at + 1].endswith("5/9 database: promote r2-db")
    assert "(should: a failure is a debt)" in said.out
    assert "proof    The target's DBMS is primary" in said.out


def test_a_healthy_region_may_be_switched_over() -> None:
    left = remaining(steady())
    assert left.refusals == ()
    assert "Forecast" in left.data()["gate"]
    assert left.data()["needed"]
    assert left.data()["forecast_s"] > 0
    assert "The gate would show" in str(left.page())


def test_a_healthy_region_is_not_failed_over() -> None:
    left = remaining(steady(), "unplanned")
    assert "use mode planned" in left.refusals[0]
    assert "REFUSED: " in str(left.page())


def test_a_silent_target_refuses() -> None:
    left = remaining(silent("r2-db"))
    assert any("r2-db" in reason for reason in left.refusals)


def test_an_open_case_of_another_intent_refuses() -> None:
    opened = fold(case("lab-1"))
    assert opened is not None
    other = replace(opened, intent=intent("planned", "region1"))
    assert "lab-1 is open" in remaining(steady(), opened=other).refusals[0]
    assert remaining(steady(), opened=opened).refusals == ()
    assert remaining(steady(), opened=opened).data()["case"] == "lab-1"


def test_the_plan_of_a_switch_that_is_held_says_for_how_long_there_is_no_primary() -> None:
    _, kind, data = stop(0, "Primary")
    entries = case("lab-1", (kind, data))
    left = remaining(behind(Verb.PROMOTE).seen, opened=fold(entries), entries=entries)
    assert f"limited mode (no Primary) for {NOW - entries[-1].at:.0f} s;" in left.data()["gate"]


def test_a_reprotect_of_which_nobody_knows_the_active_region_is_not_guessed(
    gdr: Gdr, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unread(*_: object) -> Observation:
        return no_record("ns1: silent")

    monkeypatch.setattr("gdr.second_source.use_second_source", lambda _known: None)
    monkeypatch.setattr("tasks.look.look", unread)
    said = gdr("plan", "reprotect", "lab")
    assert (said.code, "which region is active is not known: ns1: silent" in said.err) == (2, True)
    assert gdr("plan", "reprotect", "lab", "--whole").code == 0


def test_the_plan_of_a_dbms_that_moves_alone_is_its_own(gdr: Gdr) -> None:
    words = ("--target", "region2", "--lost", "dbms", "--mode", "planned", "--whole", "--json")
    steps = [step["id"] for step in gdr("plan", "partial-failover", "lab", *words).json["steps"]]
    assert {"move-alias:ns1", "stop:r1-fw-p/confserv", "promote:r2-db", "start:r1-fw-p/confserv"} <= set(steps)
    assert not [step for step in steps if step.startswith("move-names")]


def test_the_plan_of_a_framework_that_moves_alone_is_its_own(gdr: Gdr) -> None:
    words = ("--target", "region2", "--database", "stay", "--mode", "planned", "--whole", "--json")
    steps = [step["id"] for step in gdr("plan", "partial-failover", "lab", *words).json["steps"]]
    assert {"stop:r1-fw-p/confserv", "end-sessions:r1-db", "start:r2-fw-p/confserv", "move-names:ns1"} <= set(steps)
    assert not [step for step in steps if step.startswith("promote")]


def test_a_plan_of_a_planned_switch_to_a_region_that_has_drifted_says_the_refusal(
    gdr: Gdr, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    async def seen(_known: object, scope: Scope) -> Observation:
        asked.append(scope.inventories)
        return confserv("r2-fw-p", "confserv", addp_timeout="5") if scope.inventories else steady()

    monkeypatch.setattr("gdr.second_source.use_second_source", lambda _known: None)
    for place in ("tasks.look.look", "tasks.drift.look"):
        monkeypatch.setattr(place, seen)
    words = ("plan", "full-failover", "lab", "--target", "region2", "--mode")
    said = gdr(*words, "planned")
    drifted = "REFUSED: r1-fw-p and r2-fw-p confserv: regions alike: red: server/addp-timeout: (none) and 5: make both"
    assert (said.code, drifted in said.out) == (3, True)
    assert "regions alike" not in gdr(*words, "unplanned").out
    case("lab-1")
    said = gdr(*words, "planned", "--json")
    assert (said.code, said.json["case"], said.json["refusals"]) == (0, "lab-1", [])
    assert asked == [False, True, False, False]


def test_nothing_is_left_where_the_target_is_active(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdr.planned.done", lambda _view: True)
    left = remaining(after_failover())
    assert (left.done, left.steps, left.refusals) == (True, (), ())
    assert "nothing to do" in str(left.page())


def test_the_plan_of_an_abort_is_that_of_the_open_case(gdr: Gdr, monkeypatch: pytest.MonkeyPatch) -> None:
    async def seen(*_: object) -> Observation:
        found = observe(ground(), next(found.world for found in begun(ground()) if found.name == "drain:r1-db"))
        return replace(found, record=found.record and replace(found.record, case="lab-1"))

    monkeypatch.setattr("gdr.second_source.use_second_source", lambda _known: None)
    monkeypatch.setattr("tasks.look.look", seen)
    said = gdr("plan", "full-failover", "lab", "--abort")
    assert (said.code, "no case is open: there is no switch to abort" in said.err) == (2, True)
    case("lab-1")
    said = gdr("plan", "full-failover", "lab", "--abort", "--json")
    assert (said.code, said.json["refusals"]) == (0, [])
    assert [step["id"] for step in said.json["steps"]][:3] == [
        "take-epoch:ns1",
        "start:r1-db/dbms",
        "open-database:r1-db",
    ]
    assert "Back to region1: the switch to region2 is undone" in said.json["gate"]
    case("lab-1", ("act.before", {"step": "promote:r2-db"}))
    said = gdr("plan", "full-failover", "lab", "--abort")
    too_late = "REFUSED: case lab-1: its promotion, or the move of its names, was begun"
    assert (said.code, too_late in said.out) == (3, True)


def test_the_whole_plan_of_an_abort_is_that_of_the_words(gdr: Gdr) -> None:
    for more in ((), ("--mode", "planned"), ("--lost", "framework")):
        words = ("--database", "stay", "--abort", "--whole", "--json", *more)
        steps = gdr("plan", "partial-failover", "lab", *words).json["steps"]
        assert {"stop:r2-fw-p/confserv", "move-alias:ns1", "start:r1-fw-p/confserv"} <= {step["id"] for step in steps}
        assert "state=resting" in steps[0]["command"]
    for words in (("--lost", "framework"), ("--database", "move"), ("--lost", "dbms", "--database", "stay"), ()):
        said = gdr("plan", "partial-failover", "lab", *words, "--abort", "--whole")
        assert (said.code, "is no planned switch" in said.err) == (2, True), words
    for words in (("full-failover", "lab"), ("partial-failover", "lab", "--lost", "dbms")):
        said = gdr("plan", *words, "--mode", "unplanned", "--abort", "--whole")
        assert (said.code, "only a planned switch can be aborted" in said.err) == (2, True)
    assert gdr("plan", "full-failover", "lab", "--lost", "dbms", "--abort", "--whole").code == 2
    said = gdr("plan", "reprotect", "lab", "--abort", "--whole")
    assert (said.code, "--abort: reprotect takes no such word" in said.err) == (2, True)
