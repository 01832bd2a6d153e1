"""Every state of a failover where there is a log database: it holds up nothing, and its name follows."""

import pytest

from model.explore.judge import Cut, Judge
from model.explore.quest import QUESTS, Quest
from model.explore.search import Search
from tests.unit.model.logbook import BESIDE, CROSS, MADE_WITH_LOGS, ground

pytestmark = pytest.mark.timeout(900)
SWITCHES = [quest for quest in QUESTS if quest.family in ("full_failover", "dbms_failover", "framework_failover")]
EACH_TIME, CAMPAIGN = (Quest("dbms_failover", "unplanned"),), pytest.mark.campaign  # there a log server goes, too
BESIDE_EACH_TIME = (Quest("framework_failover", "planned"),)
# Whoever writes logs follows the name by itself, in the world of the explorer; and no log is worth a wrong end.
UNMISSED = {"log_secondaries", "flush_log_resolvers", "flush_log_hosts", "log_servers", "log_rows"}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(ground())


@pytest.fixture(scope="module")
def crossed() -> Judge:
    return Judge(ground(*CROSS))


@pytest.fixture(scope="module")
def beside() -> Judge:
    return Judge(ground(*BESIDE, *MADE_WITH_LOGS))


@pytest.mark.parametrize("quest", SWITCHES, ids=" ".join)
def test_logs_lead_no_failover_astray(judge: Judge, quest: Quest) -> None:
    found = Search(judge, most=3).run(quest)
    assert [str(example) for example in found.counterexamples] == []
    assert set(found.ends) - {"back"} == {"source", "target"}


@pytest.mark.parametrize(
    "quest",
    [pytest.param(quest, id=" ".join(quest), marks=() if quest in EACH_TIME else CAMPAIGN) for quest in SWITCHES],
)
def test_log_servers_of_each_region_lead_no_failover_astray(crossed: Judge, quest: Quest) -> None:
    found = Search(crossed, most=3).run(quest)
    assert [str(example) for example in found.counterexamples] == []
    assert set(found.ends) - {"back"} == {"source", "target"}


@pytest.mark.parametrize(
    "quest",
    [pytest.param(quest, id=" ".join(quest), marks=() if quest in BESIDE_EACH_TIME else CAMPAIGN) for quest in QUESTS],
)
def test_log_servers_of_framework_hosts_lead_no_runbook_astray(beside: Judge, quest: Quest) -> None:
    found = Search(beside, most=3).run(quest)
    assert [str(example) for example in found.counterexamples] == []
    assert found.ends


@pytest.mark.parametrize("family", ["full_failover", "dbms_failover"])
def test_a_name_that_is_not_moved_is_missed_and_nothing_else_is(judge: Judge, family: str) -> None:
    quest = next(quest for quest in SWITCHES if quest.runbook == family)
    lines = ("move_log_name", *sorted(UNMISSED))
    found = {line: Search(judge, Cut(line, runbook=quest.family), faultless=True).run(quest) for line in lines}
    assert {line for line, result in found.items() if not result.counterexamples} == UNMISSED
    (example, *_) = found["move_log_name"].counterexamples
    assert example.text == "agree:ns2/log_message_server: fails although nothing went wrong"
