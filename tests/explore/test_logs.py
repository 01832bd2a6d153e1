"""Every state of a failover where there is a log database: it holds up nothing, and its name follows."""

import pytest

from model.explore import search
from model.explore.judge import Cut, Judge
from model.explore.quest import QUESTS, Quest
from model.explore.search import Search
from model.explore.starts import starts
from tests.unit.model.logbook import BESIDE, CROSS, MADE_WITH_LOGS, ground

pytestmark = pytest.mark.timeout(900)
SWITCHES = [quest for quest in QUESTS if quest.family in ("full_failover", "dbms_failover", "framework_failover")]
DEPLOY = Quest("deploy", "planned")
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


@pytest.fixture(scope="module")
def apart() -> Judge:
    return Judge(ground(*CROSS, *MADE_WITH_LOGS))


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


def test_log_servers_that_a_deploy_fills_lead_it_nowhere_else(apart: Judge) -> None:
    found = Search(apart, most=3).run(DEPLOY)
    assert [str(example) for example in found.counterexamples] == []
    assert set(found.ends) == {"deployed", "left alone"}


def test_a_log_database_that_is_not_made_is_missed_and_what_the_site_replicates_is_looked_at(apart: Judge) -> None:
    cut = {
        line: Search(apart, Cut(line, runbook="deploy"), faultless=True).run(DEPLOY).counterexamples
        for line in ("create_log_database", "log_copies")
    }
    missed = "reconnect:r1-app-p/log_message_server: fails although nothing went wrong"
    assert missed in [example.text for example in cut["create_log_database"]]
    assert cut["log_copies"] == []


def test_a_deploy_that_begins_beside_somebodys_log_tables_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "somebody's log tables in region1"
    monkeypatch.setattr(search, "starts", lambda *words: [it for it in starts(*words) if it.name == name])
    monkeypatch.setattr("model.deployment.logs.filled", lambda _view: ())
    found = Search(Judge(ground(*CROSS, *MADE_WITH_LOGS)), faultless=True).run(DEPLOY)
    assert any("region1 dbms is somebody's" in example.text for example in found.counterexamples)


@pytest.mark.parametrize("family", ["full_failover", "dbms_failover"])
def test_a_name_that_is_not_moved_is_missed_and_nothing_else_is(judge: Judge, family: str) -> None:
    quest = next(quest for quest in SWITCHES if quest.runbook == family)
    lines = ("move_log_name", *sorted(UNMISSED))
    found = {line: Search(judge, Cut(line, runbook=quest.family), faultless=True).run(quest) for line in lines}
    assert {line for line, result in found.items() if not result.counterexamples} == UNMISSED
    (example, *_) = found["move_log_name"].counterexamples
    assert example.text == "agree:ns2/log_message_server: fails although nothing went wrong"
