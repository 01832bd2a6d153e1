"""Every state a runbook can get into: no rule broken, no wrong end, always a way to an end.

Searched without coverage, whose tracing takes five times as long as the search; tests/unit/model/test_explore.py looks
at the same code in the small.
"""

import pytest

from model.explore import vacuity
from model.explore.found import Found
from model.explore.judge import Cut, Judge
from model.explore.quest import QUESTS, Memory, Quest
from model.explore.search import Search
from model.explore.vacuity import EXPECTED, cuts, verdict, verdicts
from model.invariants import breaches
from model.step import SWITCHES
from tests.unit.model.builders import ground

pytestmark = pytest.mark.timeout(900)  # a search is work of the processor, and the machine may have other work

ENDS = {
    "full_failover": {"source", "target"},
    "partial_failover": {"source", "target"},
    "dbms_failover": {"source", "target"},
    "framework_failover": {"source", "target"},
    "reprotect": {"target", "protected"},
    "return_guard": {"guarded"},
    "abort": {"back", "source", "target"},
    "bubble": {"drilled", "discarded", "target"},
    "discard": {"discarded", "target"},
    "clone_and_isolate": {"cloned", "given up", "target"},
    "deploy": {"deployed", "left alone"},
}


UNDISTURBED = {
    "dbms_failover": {"source", "target"},
    "framework_failover": {"source", "target"},
    "full_failover": {"source", "target"},
    "reprotect": {"target", "protected"},
    "return_guard": {"guarded"},
    "abort": {"back"},
    "bubble": {"drilled", "discarded", "target"},
    "discard": {"discarded", "target"},
    "clone_and_isolate": {"cloned", "given up", "target"},
    "deploy": {"deployed", "left alone"},
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(ground())


@pytest.fixture(scope="module")
def found(judge: Judge) -> dict[Quest, Found]:
    return {quest: Search(judge, most=3).run(quest) for quest in QUESTS}


@pytest.mark.parametrize("quest", QUESTS, ids=" ".join)
def test_no_single_fault_at_any_moment_leads_astray(quest: Quest, found: dict[Quest, Found]) -> None:
    result = found[quest]
    print(f"{quest}: {result.states} states, {result.edges} edges, good ends {result.ends}")  # noqa: T201
    assert [str(example) for example in result.counterexamples] == []
    goes_back = quest.mode == "planned" and quest.runbook in SWITCHES
    assert set(result.ends) == ENDS[quest.family] | ({"back"} if goes_back else set())


def test_an_undisturbed_search_ends_well_too(judge: Judge) -> None:
    for quest in QUESTS:
        result = Search(judge, faultless=True).run(quest)
        assert result.counterexamples == []
        assert set(result.ends) == UNDISTURBED[quest.family]


def test_no_rule_looks_at_a_client(judge: Judge, found: dict[Quest, Found]) -> None:
    assert set(found) == set(QUESTS)
    for number, world in enumerate(judge.worlds[::50]):
        at, memory = judge.number(world), Memory("planned")
        assert judge.breaches(at, memory) == breaches(judge.view(at, memory, truth=True)), number


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
    examples = (example for quest in QUESTS for example in Search(judge, cut).run(quest).counterexamples)
    example = next((example for example in examples if words in example.text), None)
    assert example is not None
    assert "start: " in str(example)


def test_what_matters_after_a_fault_alone_is_found_out_by_one(judge: Judge) -> None:
    unplanned = Quest("full_failover", "unplanned")
    cut = Cut("promote", "needs", "source_fenced")
    assert Search(judge, cut, faultless=True).run(unplanned).counterexamples == []
    example = Search(judge, cut).run(unplanned).counterexamples[0]
    assert "can write" in example.text
    assert [line.startswith("FAULT ") for line in example.trail].count(True) == 1


@pytest.mark.parametrize(
    "cut", [Cut("serve"), Cut("start_lca"), Cut("promote", "needs", "replication_blocked")], ids=str
)
def test_a_deletion_is_found_out_with_or_without_a_fault(judge: Judge, cut: Cut) -> None:
    assert verdict(judge, cut).counterexample


def test_a_deletion_nobody_misses_has_an_empty_verdict(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    survivor = Cut("promote", "needs", "target_can_take_over")
    monkeypatch.setattr(vacuity, "cuts", lambda _judge: (survivor,))
    assert list(verdicts(judge)) == [(survivor, "")]
    assert str(survivor) in EXPECTED


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_whatever_is_deleted_from_the_runbook_is_missed(judge: Judge, found: dict[Quest, Found]) -> None:
    assert set(found) == set(QUESTS)
    survivors = {str(known.cut) for known in verdicts(judge) if not known.counterexample}
    assert survivors == set(EXPECTED)


def test_a_line_that_is_deleted_is_missed_while_nothing_goes_wrong(judge: Judge, found: dict[Quest, Found]) -> None:
    assert set(found) == set(QUESTS)
    lines = [cut for cut in cuts(judge) if not cut.kind]
    assert len(lines) >= 29
    unnoticed = {str(cut) for cut in lines if not noticed(judge, cut)}
    mute = {"return_guard reconnect", "return_guard block_replication", "return_guard flush_resolvers"}
    mute |= {f"dbms_failover {line}" for line in ("see_alias", "start_lca", "reconnect", "serve", "waive", "power_off")}
    mute |= {f"framework_failover {line}" for line in ("see_alias", "waive", "reconnect", "serve")}
    mute |= {f"abort {line}" for line in ("reconnect", "serve", "stream", "see_alias", "end_frozen")}
    mute |= {f"bubble {line}" for line in ("try_walls", "start_backup", "start_scs", "message_servers")}
    mute |= {"clone_and_isolate cut_off", "deploy catch_up"}
    assert unnoticed == {"serve", "waive", "see_alias", "reprotect catch_up", *mute}, "why: EXPECTED, or only a fault"


def noticed(judge: Judge, cut: Cut) -> bool:
    return any(
        Search(judge, cut, faultless=True).run(quest).counterexamples for quest in QUESTS if quest.family == cut.runbook
    )


def test_every_survivor_has_a_reason_and_exists(judge: Judge, found: dict[Quest, Found]) -> None:
    assert set(found) == set(QUESTS)
    assert set(EXPECTED) <= {str(cut) for cut in cuts(judge)}
    assert all(len(reason) > 20 for reason in EXPECTED.values())
