"""Every state of a failover where there is a log database: it holds up nothing, and its name follows."""

import pytest

from model.explore.judge import Cut, Judge
from model.explore.quest import QUESTS, Quest
from model.explore.search import Search
from tests.unit.model.logbook import ground

pytestmark = pytest.mark.timeout(900)
SWITCHES = [quest for quest in QUESTS if quest.family in ("full_failover", "dbms_failover", "framework_failover")]
# Whoever writes logs follows the name by itself, in the world of the explorer; and no log is worth a wrong end.
UNMISSED = {"log_secondaries", "flush_log_resolvers", "flush_log_hosts", "log_servers", "log_rows"}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(ground())


@pytest.mark.parametrize("quest", SWITCHES, ids=" ".join)
def test_logs_lead_no_failover_astray(judge: Judge, quest: Quest) -> None:
    found = Search(judge, most=3).run(quest)
    assert [str(example) for example in found.counterexamples] == []
    assert set(found.ends) - {"back"} == {"source", "target"}


@pytest.mark.parametrize("family", ["full_failover", "dbms_failover"])
def test_a_name_that_is_not_moved_is_missed_and_nothing_else_is(judge: Judge, family: str) -> None:
    quest = next(quest for quest in SWITCHES if quest.runbook == family)
    lines = ("move_log_name", *sorted(UNMISSED))
    found = {line: Search(judge, Cut(line, runbook=quest.family), faultless=True).run(quest) for line in lines}
    assert {line for line, result in found.items() if not result.counterexamples} == UNMISSED
    (example, *_) = found["move_log_name"].counterexamples
    assert example.text == "agree:ns2/log_message_server: fails although nothing went wrong"
