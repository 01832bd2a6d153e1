"""Every state of a runbook where framework hosts have no power while their region is dormant."""

import pytest

from model.explore.ground import Ground
from model.explore.judge import Cut, Judge
from model.explore.quest import QUESTS, Quest
from model.explore.search import Search
from model.explore.vacuity import verdict
from tests.unit.model.builders import environment

pytestmark = pytest.mark.timeout(900)

QUICK = (
    Quest("framework_failover", "unplanned"),
    Quest("full_failover", "unplanned"),
    Quest("clone_and_isolate", "planned"),
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(Ground(environment(*[("dormant: stopped", "dormant: powered_off")] * 2), "region2"))


def require_no_counterexample(judge: Judge, quest: Quest) -> None:
    result = Search(judge, most=3).run(quest)
    assert [str(example) for example in result.counterexamples] == []
    assert result.ends


@pytest.mark.parametrize("quest", QUICK, ids=" ".join)
def test_no_single_fault_leads_astray_where_a_dormant_framework_has_no_power(judge: Judge, quest: Quest) -> None:
    require_no_counterexample(judge, quest)


@pytest.mark.campaign
@pytest.mark.parametrize("quest", [quest for quest in QUESTS if quest not in QUICK], ids=" ".join)
def test_nor_do_the_others(judge: Judge, quest: Quest) -> None:
    require_no_counterexample(judge, quest)


@pytest.mark.campaign
@pytest.mark.parametrize(
    "cut",
    [
        Cut("power_on_framework"),
        Cut("power_off_framework"),
        Cut("power_on_framework", "needs", "source_fenced"),
        Cut("power_on_framework", "needs", "closed_to_source"),
        Cut("power_on_framework", "needs", "no_commit_waits"),
        Cut("power_off_framework", "needs", "rests_behind_guard"),
        Cut("power_off_framework", "proves", "host_is_off"),
    ],
    ids=str,
)
def test_a_line_about_its_power_is_missed(judge: Judge, cut: Cut) -> None:
    assert verdict(judge, cut).counterexample
