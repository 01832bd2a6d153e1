"""The search in the small: what it asks, how it ends, and that it finds out what it must.

Every state is searched in tests/explore.
"""

from pathlib import Path

import pytest

from model.explore import search, vacuity
from model.explore.effects import EFFECTS
from model.explore.faults import faults
from model.explore.judge import Cut, Judge
from model.explore.nature import settle
from model.explore.quest import QUESTS, Memory, Quest
from model.explore.search import Search
from model.explore.starts import Start, starts
from model.explore.vacuity import cuts, verdict, verdicts
from model.runbooks import CLONE_AND_ISOLATE, DEPLOY, FULL_FAILOVER, RUNBOOKS
from model.step import Mode, Verb
from tests.unit.model.builders import FRAMEWORK, ground, planned_world, steady, view

MODES: tuple[Mode, Mode] = ("planned", "unplanned")
UNDISTURBED = {
    "dbms_failover": {"source", "target"},
    "framework_failover": {"source", "target"},
    "full_failover": {"source", "target"},
    "reprotect": {"target", "protected"},
    "return_guard": {"guarded"},
    "abort": {"back"},
    "bubble": {"drilled", "discarded", "target"},
    "discard": {"discarded", "target"},
}
LEFT_OUT = {"deploy": "0018-deploy-renders-and-proves", "clone_and_isolate": "0021-copies-stand-alone"}
PLANNED, UNPLANNED = Quest("full_failover", "planned"), Quest("full_failover", "unplanned")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(ground())


@pytest.fixture
def pair_lost(monkeypatch: pytest.MonkeyPatch) -> Start:
    """Begin every search where the source's framework is lost and nobody can switch its DBMS off."""
    (start,) = (known for known in starts(ground(), "unplanned") if known.name == "framework lost, no power source")
    once = {"planned": start._replace(budget=0), "unplanned": start}
    monkeypatch.setattr(search, "starts", lambda _ground, mode, _runbook: (once[mode],))
    return start


def test_no_single_fault_after_a_lost_framework_leads_astray(judge: Judge, pair_lost: Start) -> None:
    result = Search(judge, most=3).run(UNPLANNED)
    assert pair_lost.budget == 1
    assert [str(example) for example in result.counterexamples] == []
    assert result.ends["target"] > 0
    assert result.ends["source"] > 0


def test_what_only_happens_to_a_switch_that_went_far_is_among_the_faults() -> None:
    cut = steady()._replace(cut=frozenset({"region1"}))
    assert dict(faults(ground(), cut))["the third site reaches region1 again"].cut == frozenset()
    given_up = steady().set_database("region1", standby=True)._replace(slots=frozenset({"region1"}))
    lost = dict(faults(ground(), given_up))["the slot is lost, and the log with it"]
    assert (lost.slots, lost.database("region1").gap) == (frozenset(), True)
    closed = steady().set_database("region1", running=False)._replace(turned=True)
    assert dict(faults(ground(), closed))["the standby is promoted by hand"].writable("region2")


def test_every_verb_has_an_effect_and_every_planned_verb_is_a_verb() -> None:
    there = view(planned_world("planned"), "planned")
    bare = {step.verb for runbook in (DEPLOY, CLONE_AND_ISOLATE) for step in runbook.whole(there).steps()}
    assert set(EFFECTS) | bare == set(Verb)
    for mode in MODES:
        assert {step.verb for step in FULL_FAILOVER.whole(view(planned_world(mode), mode)).steps()} <= set(EFFECTS)


def test_the_search_begins_in_the_steady_state_and_with_each_region_lost() -> None:
    names = [start.name for start in starts(ground(), "unplanned")]
    assert len(names) == len(set(names))
    assert {"steady", "region1 without power", "region2 without power", "region1 cut off"} <= set(names)


def test_an_undisturbed_search_ends_well_too(judge: Judge) -> None:
    for quest in QUESTS:
        result = Search(judge, faultless=True).run(quest)
        assert result.counterexamples == []
        assert set(result.ends) == UNDISTURBED[quest.family]


def test_every_runbook_is_explored_but_those_that_a_decision_leaves_out() -> None:
    assert {quest.runbook for quest in QUESTS} == set(RUNBOOKS) - set(LEFT_OUT)
    for runbook, decision in LEFT_OUT.items():
        assert "The explorer leaves it out" in Path(f"docs/decisions/{decision}.md").read_text(), runbook


def test_what_a_case_remembers_is_part_of_a_state() -> None:
    assert Memory("planned") != Memory("unplanned")


def test_without_the_check_of_the_epoch_an_overtaken_process_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    careless = Judge(ground())
    monkeypatch.setattr(careless, "ours", lambda *_: True)
    assert any("an overtaken process acts" in found.text for found in Search(careless).run(PLANNED).counterexamples)


def test_the_rules_still_speak_of_writers_nobody_waived(judge: Judge) -> None:
    split = settle(steady().set_database("region2", standby=False, blocked=frozenset())._replace(waits=frozenset()))
    both = settle(split.set(FRAMEWORK["region2"][0], running=frozenset({"lca", "confserv"})))
    at = judge.number(both)

    def broken(*waived: str) -> list[str]:
        return [text.split(":")[0] for text in judge.breaches(at, Memory("unplanned", frozenset(waived)))]

    assert {"V1", "V2"} <= set(broken())
    assert "V2" in broken("r1-fw-p", "r1-fw-b")
    assert "V1" not in broken("r1-fw-p", "r1-fw-b")
    assert "V1" in broken("r1-db")
    assert "V2" not in broken("r1-db")


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (Cut("stop_scs"), "fails although nothing went wrong"),
        (Cut("steady"), "nothing is left to do"),
        (Cut("secondaries"), "the secondary DNS answers the source"),
        (Cut("take_epoch"), "no end can be reached"),
    ],
    ids=str,
)
def test_a_counterexample_says_what_happened_and_how(judge: Judge, cut: Cut, words: str) -> None:
    example = Search(judge, cut, faultless=True).run(PLANNED).counterexamples[0]
    assert words in example.text
    assert example.trail[0].startswith("start: ")
    assert str(example).splitlines()[1:] == [f"  {line}" for line in example.trail]


def test_what_matters_after_a_fault_alone_is_found_out_by_one(judge: Judge) -> None:
    cut = Cut("promote", "needs", "source_fenced")
    assert Search(judge, cut, faultless=True).run(UNPLANNED).counterexamples == []
    example = Search(judge, cut).run(UNPLANNED).counterexamples[0]
    assert "can write" in example.text
    assert [line.startswith("FAULT ") for line in example.trail].count(True) == 1


def test_a_plan_of_one_mode_is_never_taken_for_the_other_mode(judge: Judge) -> None:
    found = {mode: judge.runbook(judge.number(ground().steady()), Memory(mode)) for mode in MODES}
    promote = {mode: next(line for line in found[mode] if line.name == "promote") for mode in MODES}
    assert promote["planned"].id == promote["unplanned"].id
    assert promote["planned"].number != promote["unplanned"].number


def test_a_deletion_is_found_out_at_once_where_nothing_need_go_wrong(judge: Judge) -> None:
    assert verdict(judge, Cut("start_lca")).counterexample


def test_a_deletion_nobody_misses_has_an_empty_verdict(
    judge: Judge, pair_lost: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor = Cut("promote", "needs", "target_can_take_over")
    assert pair_lost
    assert survivor in cuts(judge)
    monkeypatch.setattr(vacuity, "cuts", lambda _judge: (survivor,))
    assert list(verdicts(judge)) == [(survivor, "")]
