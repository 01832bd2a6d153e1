"""Every state a full failover can get into: no rule broken, no wrong end, always a way to an end."""

import pytest

from model.explore import vacuity
from model.explore.effects import EFFECTS
from model.explore.faults import starts
from model.explore.found import Found
from model.explore.judge import Cut, Judge, Memory
from model.explore.search import Search
from model.explore.vacuity import EXPECTED, MODES, cuts, verdict, verdicts
from model.invariants import breaches
from model.runbooks.full_failover import whole_runbook
from model.step import Mode, Verb
from tests.unit.model.builders import ground, planned_world, view


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(ground())


@pytest.fixture(scope="module")
def found(judge: Judge) -> dict[Mode, Found]:
    return {mode: Search(judge, most=3).run(mode) for mode in MODES}


@pytest.mark.parametrize("mode", MODES)
def test_no_single_fault_at_any_moment_leads_astray(mode: Mode, found: dict[Mode, Found]) -> None:
    result = found[mode]
    print(f"{mode}: {result.states} states, {result.edges} edges, good ends {result.ends}")  # noqa: T201
    assert [str(example) for example in result.counterexamples] == []
    assert result.ends["target"] > 0
    assert result.ends["source"] > 0


def test_every_verb_has_an_effect_and_every_planned_verb_is_a_verb() -> None:
    assert set(EFFECTS) == set(Verb)
    for mode in MODES:
        assert {step.verb for step in whole_runbook(view(planned_world(mode), mode)).steps()} <= set(EFFECTS)


def test_no_rule_looks_at_a_client(judge: Judge, found: dict[Mode, Found]) -> None:
    assert set(found) == set(MODES)
    for number, world in enumerate(judge.worlds[::50]):
        at, memory = judge.number(world), Memory("planned")
        assert judge.breaches(at, memory) == breaches(judge.view(at, memory, truth=True)), number


def test_the_search_begins_in_the_steady_state_and_with_each_region_lost() -> None:
    names = [start.name for start in starts(ground(), "unplanned")]
    assert len(names) == len(set(names))
    assert {"steady", "region1 without power", "region2 without power", "region1 cut off"} <= set(names)


def test_an_undisturbed_search_ends_well_too(judge: Judge) -> None:
    for mode in MODES:
        result = Search(judge, faultless=True).run(mode)
        assert result.counterexamples == []
        assert set(result.ends) == {"source", "target"}


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (Cut("promote", "needs", "source_fenced"), "can write"),
        (Cut("stop_scs"), "fails although nothing went wrong"),
        (Cut("steady"), "nothing is left to do"),
        (Cut("take_epoch", "needs", "target_can_take_over"), "cannot take over"),
    ],
    ids=str,
)
def test_a_counterexample_says_what_happened_and_how(judge: Judge, cut: Cut, words: str) -> None:
    examples = [example for mode in MODES for example in Search(judge, cut).run(mode).counterexamples]
    assert any(words in example.text for example in examples)
    assert all("start: " in str(example) for example in examples)


def test_what_a_case_remembers_is_part_of_a_state() -> None:
    assert Memory("planned") != Memory("unplanned")


def test_without_the_check_of_the_epoch_an_overtaken_process_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    careless = Judge(ground())
    monkeypatch.setattr(careless, "ours", lambda *_: True)
    assert any("an overtaken process acts" in found.text for found in Search(careless).run("planned").counterexamples)


def test_a_deletion_nobody_misses_has_an_empty_verdict(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    survivor = Cut("promote", "needs", "target_can_take_over")
    monkeypatch.setattr(vacuity, "cuts", lambda _judge: (survivor,))
    assert list(verdicts(judge)) == [(survivor, "")]
    assert str(survivor) in EXPECTED


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_whatever_is_deleted_from_the_runbook_is_missed(judge: Judge, found: dict[Mode, Found]) -> None:
    assert set(found) == set(MODES)
    survivors = {str(known.cut) for known in verdicts(judge) if not known.counterexample}
    assert survivors == set(EXPECTED)


@pytest.mark.parametrize(
    "cut", [Cut("serve"), Cut("start_lca"), Cut("promote", "needs", "replication_blocked")], ids=str
)
def test_a_deletion_is_found_out_with_or_without_a_fault(judge: Judge, cut: Cut) -> None:
    assert verdict(judge, cut).counterexample


def test_a_line_that_is_deleted_is_missed_while_nothing_goes_wrong(judge: Judge, found: dict[Mode, Found]) -> None:
    assert set(found) == set(MODES)
    lines = [cut for cut in cuts(judge) if not cut.kind]
    assert len(lines) >= 29
    unnoticed = {cut.line for cut in lines if not noticed(judge, cut)}
    assert unnoticed == {"serve", "waive"}, "serve matters only after a fault, and the waiver is in the approval"


def noticed(judge: Judge, cut: Cut) -> bool:
    return any(Search(judge, cut, faultless=True).run(mode).counterexamples for mode in MODES)


def test_every_survivor_has_a_reason_and_exists(judge: Judge, found: dict[Mode, Found]) -> None:
    assert set(found) == set(MODES)
    assert set(EXPECTED) <= {str(cut) for cut in cuts(judge)}
    assert all(len(reason) > 20 for reason in EXPECTED.values())
