"""The search in the small: what it asks, how it ends, and that it finds out what it must.

Every state is searched in tests/explore.
"""

import pytest

from model.explore import vacuity
from model.explore.effects import EFFECTS, effect
from model.explore.faults import faults
from model.explore.judge import Cut, Judge
from model.explore.nature import settle
from model.explore.quest import QUESTS, Memory, Quest
from model.explore.search import Search
from model.explore.starts import starts
from model.explore.vacuity import cuts, verdict, verdicts
from model.explore.world import CLIENTS, EVERYWHERE
from model.runbooks import DEPLOY, FULL_FAILOVER, RUNBOOKS
from model.step import SWITCHES, Mode, Verb
from tests.unit.model.builders import FRAMEWORK, ground, planned_world, steady, view

MODES: tuple[Mode, Mode] = ("planned", "unplanned")
PLANNED, DISCARD = Quest("full_failover", "planned"), Quest("discard", "unplanned")
PARTIAL, REPROTECT = Quest("partial_failover", "unplanned"), Quest("reprotect", "planned")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(ground())


@pytest.mark.parametrize(("quest", "ends"), [(DISCARD, {"discarded", "target"}), (REPROTECT, {"target", "protected"})])
def test_no_single_fault_leads_a_small_runbook_astray(judge: Judge, quest: Quest, ends: set[str]) -> None:
    result = Search(judge, most=3).run(quest)
    assert [str(example) for example in result.counterexamples] == []
    assert set(result.ends) == ends


def test_a_rule_that_is_broken_is_reported_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = Judge(ground())
    monkeypatch.setattr(strict, "breaches", lambda *_: ("V1: two writers",))
    example = Search(strict, faultless=True).run(DISCARD).counterexamples[0]
    assert (example.text, len(example.trail)) == ("V1: two writers", 1)


def test_an_undisturbed_search_ends_well_too(judge: Judge) -> None:
    for quest in [quest for quest in QUESTS if quest.mode == "unplanned" or quest.runbook not in SWITCHES]:
        result = Search(judge, faultless=True).run(quest)
        assert result.counterexamples == []
        assert result.ends


def test_what_matters_after_a_fault_alone_is_found_out_by_one(judge: Judge) -> None:
    cut = Cut("promote", "needs", "source_fenced")
    assert Search(judge, cut, faultless=True).run(PARTIAL).counterexamples == []
    example = Search(judge, cut).run(PARTIAL).counterexamples[0]
    assert "can write" in example.text
    assert [line.startswith("FAULT ") for line in example.trail].count(True) == 1


def test_what_only_happens_to_a_switch_that_went_far_is_among_the_faults() -> None:
    cut = steady()._replace(cut=frozenset({"region1"}))
    assert dict(faults(ground(), cut))["the third site reaches region1 again"].cut == frozenset()
    given_up = steady().set_database("region1", standby=True)._replace(slots=frozenset({"region1"}))
    lost = dict(faults(ground(), given_up))["the slot is lost, and the log with it"]
    assert (lost.slots, lost.database("region1").gap) == (frozenset(), True)
    closed = steady().set_database("region1", running=False)._replace(turned=True)
    assert dict(faults(ground(), closed))["the standby is promoted by hand"].writable("region2")


def test_a_client_that_is_silent_stays_it_and_a_dbms_that_has_stopped_stops_no_further() -> None:
    client = next(place for place in EVERYWHERE if place.role in CLIENTS)
    silent = steady().set(client, silent=True)
    assert not [name for name in dict(faults(ground(), silent)) if f"{client.region} {client.role}" in name]
    plan = FULL_FAILOVER.whole(view(planned_world("planned"), "planned"))
    stop = next(step for step in plan.steps() if step.verb is Verb.STOP_DATABASE)
    stopped = steady().set_database("region1", running=False, sessions=frozenset())
    assert effect(ground(), stopped, stop).databases == stopped.databases


def test_every_verb_has_an_effect_and_every_planned_verb_is_a_verb() -> None:
    there = view(planned_world("planned"), "planned")
    assert set(EFFECTS) == set(Verb)
    assert {step.verb for step in DEPLOY.whole(there).steps()} <= set(EFFECTS)
    for mode in MODES:
        assert {step.verb for step in FULL_FAILOVER.whole(view(planned_world(mode), mode)).steps()} <= set(EFFECTS)


def test_the_search_begins_in_the_steady_state_and_with_each_region_lost() -> None:
    names = [start.name for start in starts(ground(), "unplanned")]
    assert len(names) == len(set(names))
    assert {"steady", "region1 without power", "region2 without power", "region1 cut off"} <= set(names)


def test_each_search_begins_somewhere_and_each_place_has_a_name() -> None:
    for quest in QUESTS:
        names = [start.name for start in starts(ground(), quest.mode, quest.runbook)]
        assert names
        assert len(names) == len(set(names)), quest


def test_every_runbook_is_explored() -> None:
    assert {quest.runbook for quest in QUESTS} == set(RUNBOOKS)


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


def test_a_plan_of_one_mode_is_never_taken_for_the_other_mode(judge: Judge) -> None:
    found = {mode: judge.runbook(judge.number(ground().steady()), Memory(mode)) for mode in MODES}
    promote = {mode: next(line for line in found[mode] if line.name == "promote") for mode in MODES}
    assert promote["planned"].id == promote["unplanned"].id
    assert promote["planned"].number != promote["unplanned"].number


def test_a_deletion_is_found_out_at_once_where_nothing_need_go_wrong(judge: Judge) -> None:
    assert verdict(judge, Cut("start_lca")).counterexample


def test_a_deletion_nobody_misses_has_an_empty_verdict(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    Search(judge).run(DISCARD)
    survivor = Cut("steady", "needs", "names_moved", "discard")
    assert survivor in cuts(judge)
    monkeypatch.setattr(vacuity, "cuts", lambda _judge: (survivor,))
    assert list(verdicts(judge)) == [(survivor, "")]
