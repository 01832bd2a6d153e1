"""Every state a full failover can get into: no rule broken, no wrong end, always a way to an end."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from model.explore import search, vacuity
from model.explore.effects import EFFECTS
from model.explore.faults import starts
from model.explore.found import Found
from model.explore.judge import Cut, Judge, Memory
from model.explore.nature import settle
from model.explore.search import Search
from model.explore.vacuity import EXPECTED, MODES, cuts, verdict, verdicts
from model.invariants import breaches
from model.judgement import refusals
from model.runbooks.full_failover import Line, whole_runbook
from model.step import Mode, Verb
from model.view import View
from tests.unit.model.builders import FRAMEWORK, ground, planned_world, steady, view


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


def only(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(search, "starts", lambda ground, mode: [it for it in starts(ground, mode) if it.name == name])


def texts() -> list[str]:
    return [found.text for found in Search(Judge(ground())).run("unplanned").counterexamples]


def test_a_waiver_of_a_writer_that_is_seen_alive_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "region1 silent, no power source")
    monkeypatch.setattr(View, "alive", lambda *_: False)
    assert any("goes on while r1-" in text and "can write" in text for text in texts())


def test_a_decline_that_closes_its_case_in_the_middle_of_a_switch_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "framework lost, no power source")
    monkeypatch.setattr("model.explore.judge.may_close", lambda *_: True)
    assert texts() == ["from here no end can be reached any more"]


def test_a_waived_case_that_cannot_be_closed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "region1 silent, no power source")
    monkeypatch.setattr("model.judgement.finished", lambda _view: False)
    monkeypatch.setattr(Judge, "refused", lambda self, at, memory: refusals(unwaived(self.view(at, memory))))
    assert texts() == ["from here no end can be reached any more"]


def unwaived(known: View) -> View:
    return replace(known, waived=frozenset())


def test_a_process_that_takes_the_epoch_and_never_gives_it_back_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(lines: Iterable[Line], is_done: Callable[[Line], bool]) -> tuple[Line, ...]:
        return tuple(line for line in lines if not is_done(line))

    only(monkeypatch, "open to both frameworks, nobody uses it, and no Backup")
    monkeypatch.setattr(search, "remaining", careless)
    assert any("the record says switching" in text for text in texts())


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
