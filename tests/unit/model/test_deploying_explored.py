"""The explorer's judgement of a deploy: what its acts must not do, what may happen to it, and where it may end."""

from typing import Any

import pytest

from model.explore import search
from model.explore.deploying import accidents, ends, mended, overreaching, unmade
from model.explore.effects import effect, half_done
from model.explore.ground import Ground
from model.explore.judge import UNCUT, Cut, Judge
from model.explore.laid import BARE, Laid
from model.explore.laying import laid_of, lay
from model.explore.nature import boot, repaired, settle
from model.explore.power import power_off
from model.explore.quest import Memory, Quest
from model.explore.search import Search
from model.explore.sight import observe
from model.explore.sites import bared, deployed, found, undeployed
from model.explore.starts import Start
from model.explore.world import CLIENTS, EVERYWHERE, FRAMEWORK, Place, World
from model.observation import DatabaseRole
from model.runbooks import DEPLOY
from model.step import Intent, Step
from model.view import View
from tests.unit.model.steady import lab

GROUND = Ground(lab(), "region2")  # region2 is to be active, region1 follows it
PRIMARY, BACKUP = FRAMEWORK["region2"]
DBMS, STANDBY, SITE = Place("region2", "dbms"), Place("region1", "dbms"), Place("region2", "first")
DORMANT = FRAMEWORK["region1"][0]
NOTHING, WHOLE = undeployed(GROUND), deployed(GROUND)
TAKEN = WHOLE._replace(state="switching", ours=True, epoch=2)
WORLDS = {name: world for name, world, _ in found(GROUND)}
QUEST = Quest("deploy", "planned")


def step(step_id: str) -> Step:
    intent = Intent(runbook="deploy", target="region2", mode="planned", reason="explored")
    known = View(environment=lab(), seen=observe(GROUND, NOTHING), intent=intent)
    return next(each for each in DEPLOY.whole(known).steps() if each.id == step_id)


def done(world: World, *step_ids: str) -> World:
    for step_id in step_ids:
        world = effect(GROUND, world, step(step_id))
    return world


def begin(monkeypatch: pytest.MonkeyPatch, name: str, budget: int = 0) -> None:
    monkeypatch.setattr(search, "starts", lambda *_: (Start(name, WORLDS[name], budget),))


@pytest.mark.parametrize("name", WORLDS)
def test_whatever_it_finds_a_deploy_ends_well(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    begin(monkeypatch, name)
    result = Search(Judge(GROUND), UNCUT).run(QUEST)
    assert result.counterexamples == []
    assert result.ends


def test_a_line_that_is_missing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, "two bare regions", 1)
    for line in ("pin_names", "start_site_scs", "message_servers"):
        result = Search(Judge(GROUND), Cut(line, runbook="deploy"), faultless=True).run(QUEST)
        assert "wrong end" in result.counterexamples[0].text


def test_bare_hosts_tell_nothing_but_what_is_sent_along() -> None:
    seen = observe(GROUND, NOTHING)
    assert (seen.record, seen.server("ns1").answers, dict(seen.server("ns1").addresses)) == (None, True, {})
    assert not any(seen.host(host.name).answers for _, host in lab().all_hosts())
    assert {seen.survey(host.name).narrow for _, host in lab().all_hosts()} == {False}
    assert seen.database("region2").role is DatabaseRole.UNKNOWN
    laid = observe(GROUND, done(NOTHING, "lay-host-side:r2-db"))
    assert laid.database("region2").role is DatabaseRole.PRIMARY
    assert observe(GROUND, NOTHING, truth=True).database("region2").role is DatabaseRole.UNKNOWN  # empty, and nobody's
    assert seen.survey("r1-app-b") == seen.survey("r1-app-p")


def test_a_dbms_whose_host_side_is_cut_off_is_asked_by_its_port_alone() -> None:
    half = observe(GROUND, lay(lay(WHOLE, DBMS, side="partly"), STANDBY, side="partly"))
    roles = [half.database(region).role for region in ("region1", "region2")]
    assert (roles, half.database("region1").follows) == ([DatabaseRole.STANDBY, DatabaseRole.PRIMARY], None)
    assert half.survey("r1-db").follows == "198.18.2.31"
    down = lay(WHOLE, STANDBY, side="partly").set_database("region1", running=False)
    assert observe(GROUND, down).database("region1").role is DatabaseRole.UNKNOWN
    off = power_off(lay(WHOLE, STANDBY, side="partly"), STANDBY)
    assert observe(GROUND, off).database("region1").fault == "powered off"


def test_an_act_that_cannot_succeed_changes_nothing() -> None:
    assert done(NOTHING, "pin-names:r2-fw-p", "install:r2-fw-p/lca", "start:r2-fw-p/lca") == NOTHING
    taken = NOTHING._replace(taken=True)
    assert done(taken, "take-epoch:ns1") == taken
    another = lay(NOTHING, BACKUP, side="another")
    assert done(another, "lay-host-side:r2-fw-b") == another
    theirs = lay(NOTHING, DBMS, side="same", cluster="somebody's")
    theirs = lay(theirs, PRIMARY, side="same", strange=frozenset({"folder"}))
    assert done(theirs, "create-database:r2-db", "install:r2-fw-p/lca") == theirs
    mute = WHOLE.set(PRIMARY, silent=True).set(DBMS, silent=True)
    acts = ("pin-names:r2-fw-p", "configure-database:r2-db", "switch-over:r2-fw-b/confserv")
    assert done(mute, *acts, "switch-back:r2-fw-p/confserv") == mute
    assert done(WHOLE, "configure:r2-fw-p/lca", "verify:r2-db") == WHOLE  # it runs
    unserved = lay(NOTHING, SITE, side="same", configured=frozenset({"proxy"}))
    assert done(unserved, "start:r2-app-p/proxy") == unserved


def test_a_primary_is_copied_over_what_is_empty_and_over_nothing_else() -> None:
    stopped = WHOLE.set_database("region1", running=False, standby=False)
    empty = lay(stopped, STANDBY, cluster="empty")
    assert done(stopped, "seed:r1-db") == stopped
    assert done(empty, "seed:r1-db").database("region1").standby
    assert done(empty._replace(slots=frozenset()), "seed:r1-db").database("region1").standby is False
    assert not done(WHOLE.set_database("region1", half=True), "seed:r1-db").database("region1").half
    whole, tidied = (left for _, left in half_done(GROUND, empty, step("seed:r1-db")))
    assert (whole.database("region1").standby, tidied.database("region1").standby) == (False, True)


def test_new_settings_are_taken_up_by_a_restart_and_the_guard_is_asked() -> None:
    other = lay(TAKEN, DBMS, settings="none")
    ((how, half),) = half_done(GROUND, other, step("configure-database:r2-db"))
    assert (how, laid_of(half, DBMS).settings) == ("cut before it is taken up", "pending")
    assert done(other, "configure-database:r2-db").writable("region2")
    assert done(lay(TAKEN, DBMS, settings="logins"), "configure-database:r2-db") == TAKEN
    mute = other._replace(up=other.up - {"writer"})
    waits = done(mute, "configure-database:r2-db")
    assert (waits.database("region2").running, waits.machine(DBMS).waiting) == (False, frozenset({"dbms"}))
    bare = lay(TAKEN, STANDBY, settings="none", cluster="empty").set_database("region1", standby=False)
    assert not done(bare, "configure-standby:r1-db").database("region1").running
    logins = lay(TAKEN, DBMS, settings="logins")
    assert tuple(half_done(GROUND, logins, step("configure-database:r2-db"))) == ()


HALVES = (
    ("lay-host-side:r2-fw-p", NOTHING, 1),
    ("create-database:r2-db", done(NOTHING, "lay-host-side:r2-db"), 1),
    ("install:r2-fw-p/lca", lay(NOTHING, PRIMARY, side="same"), 1),
    ("switch-over:r2-fw-b/confserv", TAKEN, 1),
    ("switch-back:r2-fw-p/confserv", done(TAKEN, "switch-over:r2-fw-b/confserv"), 2),
    ("switch-back:r2-fw-p/confserv", lay(lay(TAKEN, PRIMARY, noted=False), BACKUP, noted=False), 1),
    ("pin-names:r2-fw-p", lay(TAKEN, PRIMARY, pinned=False), 0),
    ("pin-names:r2-fw-p", TAKEN, 0),
    ("take-epoch:ns1", NOTHING, 0),
)


@pytest.mark.parametrize(("step_id", "world", "ways"), HALVES, ids=[f"{one[0]} {one[2]}" for one in HALVES])
def test_a_killed_act_leaves_something_else_than_a_whole_one(step_id: str, world: World, ways: int) -> None:
    left = [half for _, half in half_done(GROUND, world, step(step_id))]
    assert len(set(left) - {world, done(world, step_id)}) == len(left) == ways


def test_a_pair_is_switched_over_and_back_and_both_note_it() -> None:
    new = lay(lay(TAKEN, PRIMARY, noted=False), BACKUP, noted=False, led=False)
    over = done(new, "switch-over:r2-fw-b/confserv")
    assert (over.machine(BACKUP).leads, over.runs(PRIMARY, "confserv"), laid_of(over, BACKUP).led) == (True, True, True)
    back = done(over, "switch-back:r2-fw-p/confserv")
    assert back == TAKEN
    alone = over.set(PRIMARY, running=frozenset({"lca"}))
    assert laid_of(done(alone, "switch-back:r2-fw-p/confserv"), PRIMARY).noted is False


def test_a_bare_server_starts_by_itself_and_one_that_is_guarded_does_not() -> None:
    off = power_off(NOTHING, STANDBY)
    assert boot(GROUND, off, STANDBY).database("region1").running
    guarded = power_off(lay(TAKEN, STANDBY, settings="same").set_database("region1", standby=False), STANDBY)
    assert not boot(GROUND, guarded, STANDBY).database("region1").running
    assert not repaired(GROUND, guarded.set(STANDBY, on=True), ("region1", "region2")).database("region1").running
    half = lay(TAKEN, BACKUP, configured=frozenset({"lca"}))
    assert boot(GROUND, half, BACKUP).machine(BACKUP).running == {"lca"}


def test_what_may_happen_to_a_deploy_is_that_somebody_comes_between() -> None:
    assert set(dict(accidents(GROUND, NOTHING))) == {
        "somebody makes a database in region2",
        "somebody makes a database in region1",
        "somebody unpacks something on region2 primary",
    }
    assert set(dict(accidents(GROUND, WHOLE))) == {"somebody starts an agent on region1 primary"}
    assert tuple(accidents(GROUND, GROUND.steady())) == ()
    assert tuple(accidents(GROUND, WHOLE.set(DORMANT, silent=True))) == ()


def wrongs(world: World, step_id: str) -> str:
    return " | ".join(overreaching(GROUND, world, step(step_id)))


THEIRS = lay(NOTHING, DBMS, cluster="somebody's")
DOWN = WHOLE.set(PRIMARY, running=frozenset(), leads=False).set(BACKUP, running=frozenset({"confserv"}), leads=True)
RESTING = settle(WHOLE.set(PRIMARY, running=frozenset(), leads=False).set(BACKUP, running=frozenset()))
WRONGS: tuple[tuple[str, World, str], ...] = (
    ("take-epoch:ns1", NOTHING._replace(taken=True), "its names are somebody's"),
    ("take-epoch:ns1", WORLDS["the other region is active"], "a Primary works in the other region"),
    ("take-epoch:ns1", THEIRS, "region2 dbms is somebody's"),
    ("take-epoch:ns1", WORLDS["in use, other settings"], "the DBMS that is in use would be restarted"),
    ("take-epoch:ns1", WORLDS["in use, its pair not proven"], "a pair that serves would be switched over"),
    ("take-epoch:ns1", WORLDS["in use, a component that nobody has marked"], "would be written over"),
    ("lay-host-side:r2-db", THEIRS, "right is narrowed on a host that is somebody's"),
    ("stop-database:r1-db", lay(NOTHING, STANDBY, cluster="somebody's"), "somebody's databases are touched"),
    ("install:r2-fw-b/lca", WORLDS["somebody's folder"], "laid over what is somebody's"),
    ("seed:r1-db", power_off(WHOLE, DBMS), "no primary to copy"),
    ("configure-database:r2-db", WORLDS["in use, other settings"], "the DBMS that is in use is restarted"),
    ("stop-database:r1-db", WHOLE, "a standby that follows is stopped"),
    ("configure:r2-fw-p/lca", WHOLE, "what runs is written over"),
    ("switch-back:r2-fw-p/confserv", DOWN, "no Solution Control Server"),
    ("switch-over:r2-fw-b/confserv", power_off(WHOLE, DBMS), "without a Primary that works"),
    ("switch-back:r2-fw-p/confserv", DOWN, "the only Configuration Server that runs is stopped"),
    ("start:r1-db/dbms", bared(WHOLE, "region1"), "a standby is opened"),
    ("start:r2-fw-p/confserv", RESTING, "without Local Control Agent"),
    ("start:r2-fw-p/lca", NOTHING, "without a database to follow"),
    ("start:r2-fw-b/confserv", RESTING, "takes its place"),
    ("start:r2-fw-p/confserv", RESTING.set(DORMANT, running=frozenset({"lca"})), "while r1-fw-p can write"),
    ("start:r2-fw-p/scs", RESTING, "without a Primary to read"),
)


@pytest.mark.parametrize(("step_id", "world", "words"), WRONGS, ids=[one[2] for one in WRONGS])
def test_what_an_act_of_a_deploy_must_not_do_is_named(step_id: str, world: World, words: str) -> None:
    assert words in wrongs(world, step_id)


def test_what_is_right_is_not_named() -> None:
    for step_id in ("take-epoch:ns1", "steady:ns1", "switch-back:r2-fw-p/confserv", "start:r1-db/dbms"):
        assert wrongs(WHOLE, step_id) == ""
    quiet = WORLDS["in use, other settings"]._replace(quiet=True)
    assert wrongs(quiet, "take-epoch:ns1") == ""
    assert wrongs(NOTHING, "take-epoch:ns1") == ""
    late = dict(accidents(GROUND, NOTHING))["somebody makes a database in region2"]
    assert wrongs(late, "take-epoch:ns1") == ""


def test_the_framework_that_is_not_active_is_not_to_be_started() -> None:
    wrong = step("start:r2-fw-p/lca")
    moved = Step(**{name: getattr(wrong, name) for name in wrong.__slots__} | {"host": "r1-fw-p"})
    assert "not active is started" in " ".join(overreaching(GROUND, WHOLE, moved))


def test_people_do_what_they_are_told() -> None:
    for name in ("somebody's tables", "somebody's folder", "somebody's names"):
        assert mended(GROUND, WORLDS[name]) == NOTHING
    assert not laid_of(mended(GROUND, WORLDS["an installer was cut off"]), BACKUP).torn
    assert laid_of(mended(GROUND, WORLDS["somebody's host side"]), BACKUP).side == "earlier"
    assert mended(GROUND, WORLDS["another case has the record"]).state == "steady"
    assert mended(GROUND, WORLDS["in use, the Backup leads"]).machine(PRIMARY).leads
    unproven = mended(GROUND, WORLDS["in use, its pair not proven"])
    assert (unproven.serves("region2"), unproven.quiet) == (False, True)
    cut = WHOLE._replace(slots=frozenset()).set_database("region1", gap=True)
    assert mended(GROUND, cut).streams("region1")
    turned = WORLDS["a Primary works in the other region, the record is lost"]
    assert mended(GROUND, turned).epoch == 1


def unfinished(world: World, **changes: Any) -> str:
    return " | ".join(unmade(GROUND, world._replace(**changes), untouched=True))


def test_where_a_deploy_says_that_it_is_finished_it_is() -> None:
    assert unfinished(WHOLE, canary=True) == ""
    assert "nothing was ever committed" in unfinished(WHOLE)
    assert "the record says switching" in unfinished(TAKEN)
    assert "secondary DNS answers otherwise" in unfinished(WHOLE, secondary=None)
    assert "secondary" not in unfinished(WHOLE, secondary=None, up=WHOLE.up - {"secondary"})
    led = WORLDS["in use, the Backup leads"]
    assert "the Backup leads" in unfinished(led)
    assert "names not as deploy would have it" in unfinished(WORLDS["in use, names in a hosts file"])
    said = unfinished(NOTHING)
    for words in ("no Primary", "does not follow", "is not deployed", "runs nothing", "not in normal", "is open to"):
        assert words in said
    assert tuple(unmade(GROUND, WHOLE, untouched=False)) == ()
    assert ends(GROUND, NOTHING) is None
    assert ends(GROUND, WORLDS["the other region is active"]._replace(names="region2")) is None


def test_a_deployment_has_all_of_it_and_a_bare_host_nothing() -> None:
    assert Memory("planned", runbook="deploy").keeps
    assert Laid() == BARE
    assert all(laid_of(WHOLE, place).side == "same" for place in EVERYWHERE)
    assert not any(NOTHING.machine(place).running for place in EVERYWHERE)
    assert laid_of(GROUND.steady(), PRIMARY) == BARE
    assert {place.role for place in CLIENTS_AT} == set(CLIENTS)


CLIENTS_AT = [place for place in EVERYWHERE if place.role in CLIENTS]
