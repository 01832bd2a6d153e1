"""The log databases of a deploy in the explorer's world: made once, on a server that takes writes, nobody else's."""

import pytest

from model.explore import search
from model.explore.deploying import mended, overreaching
from model.explore.effects import effect, half_done
from model.explore.ground import Ground
from model.explore.judge import UNCUT, Judge
from model.explore.laying import laid_of, lay
from model.explore.logbook import SILENT, log_peers, logged
from model.explore.power import power_off
from model.explore.quest import Quest
from model.explore.search import Search
from model.explore.sight import observe
from model.explore.sites import deployed, found, undeployed
from model.explore.starts import Start
from model.explore.world import Place
from model.runbooks import DEPLOY
from model.step import Intent, Step
from model.survey import LogSurvey
from model.view import View
from tests.unit.model.logbook import CROSS, MADE_WITH_LOGS, logs

GROUND = Ground(logs(*CROSS, *MADE_WITH_LOGS), "region2")  # region2 is to be active, region1 follows it
BESIDE = Ground(logs(*MADE_WITH_LOGS), "region2")
DBMS, DORMANT, SITE = Place("region2", "dbms"), Place("region1", "dbms"), Place("region1", "first")
WHOLE = deployed(GROUND)
WORLDS = {name: world for name, world, _ in found(GROUND)}
THEIRS = [name for name in WORLDS if "log tables" in name]


def making(ground: Ground = GROUND) -> dict[str, Step]:
    intent = Intent(runbook="deploy", target="region2", mode="planned", reason="explored")
    bare = View(environment=ground.environment, seen=observe(ground, undeployed(ground)), intent=intent)
    return {step.host: step for step in DEPLOY.whole(bare).create_log_database}


def test_a_log_database_is_made_where_its_server_takes_writes() -> None:
    (step,) = making(BESIDE).values()
    world = lay(deployed(BESIDE)._replace(state="switching", ours=True, epoch=2), DBMS, logs="none")
    assert laid_of(effect(BESIDE, world, step), DBMS).logs == "made"
    stopped = world.set_database("region2", running=False)
    assert laid_of(effect(BESIDE, stopped, step), DBMS).logs == "none"


def test_under_cross_one_is_made_in_each_region_whatever_the_dbms_beside_it_does() -> None:
    assert list(making()) == ["r1-db", "r2-db"]
    world = lay(WHOLE.set_database("region1", running=False), DORMANT, logs="none")
    assert laid_of(effect(GROUND, world, making()["r1-db"]), DORMANT).logs == "made"
    off = power_off(world, DORMANT)
    assert effect(GROUND, off, making()["r1-db"]) == off


def test_a_killed_one_has_a_mark_and_no_tables_and_the_next_goes_on() -> None:
    step, world = making()["r1-db"], lay(WHOLE, DORMANT, logs="none")
    ((how, half),) = half_done(GROUND, world, step)
    assert how == "cut before the scripts have ended"
    assert observe(GROUND, half).survey("r1-db").log == LogSurvey(mark="lab", made=False, tables=0)
    assert effect(GROUND, half, step) == WHOLE
    assert observe(GROUND, WHOLE).survey("r1-db").log == LogSurvey(mark="lab", made=True, tables=1)


def test_nobody_writes_at_a_log_server_without_the_table() -> None:
    none = lay(WHOLE, DORMANT, logs="none")
    assert (logged(GROUND, none, "region1"), log_peers(GROUND, none, SITE)) == (SILENT, frozenset())
    assert logged(GROUND, WHOLE, "region1").writable
    assert log_peers(GROUND, WHOLE, SITE) == frozenset({"198.18.1.31"})
    unmade = Ground(logs(*CROSS), "region2")
    assert logged(unmade, lay(deployed(unmade), DORMANT), "region1").writable, "the site has made it"


@pytest.mark.parametrize("name", THEIRS)
def test_somebodys_log_tables_are_refused_and_never_touched(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    world, host = WORLDS[name], f"r{name[-1]}-db"
    place = GROUND.places[host]
    assert " | ".join(overreaching(GROUND, world, making()[host])) == "somebody's log tables are touched"
    assert effect(GROUND, world, making()[host]) == world
    assert observe(GROUND, world).survey(host).log == LogSurvey(tables=3)
    assert laid_of(mended(GROUND, world), place).logs == "none"
    monkeypatch.setattr(search, "starts", lambda *_: (Start(name, world, 0),))
    result = Search(Judge(GROUND), UNCUT).run(Quest("deploy", "planned"))
    assert (result.counterexamples, set(result.ends)) == ([], {"deployed"})


def test_both_log_servers_may_be_somebodys_and_none_where_it_is_one_of_the_dbms() -> None:
    assert THEIRS == ["somebody's log tables in region1", "somebody's log tables in region2"]
    assert not [name for name, _, _ in found(BESIDE) if "log tables" in name]
