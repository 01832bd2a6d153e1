"""The explorer's own judgement: what an act must not do to the world, and where a case may end."""

import pytest

from model.explore.effects import effect
from model.explore.goal import aim, wrong_end
from model.explore.hazards import hazards
from model.explore.nature import settle
from model.explore.quest import Memory
from model.explore.world import Place, World
from model.runbooks import FULL_FAILOVER
from model.step import Mode, Step
from tests.unit.model.builders import (
    FRAMEWORK,
    SOURCE_DBMS,
    TARGET_DBMS,
    ground,
    performed,
    region1_lost,
    steady,
    switched,
    view,
    without,
)

R1_P, R1_B = FRAMEWORK["region1"]
R2_P, R2_B = FRAMEWORK["region2"]
FIRST, REST = Place("region2", "first"), Place("region2", "rest")
PROMOTED = steady().set_database("region2", standby=False)


def step(step_id: str, mode: Mode) -> Step:
    world = steady() if mode == "planned" else region1_lost()
    return next(known for known in FULL_FAILOVER.whole(view(world, mode)).steps() if known.id == step_id)


def cut_off(*places: Place) -> World:
    """Return the switched world with clients that resolve the old region."""
    world = switched("unplanned")
    for place in places:
        world = world.set(place, cache="region1", at=None)
    return world


# what is done, in which mode, to which world, and the words that must come
HAZARDS: list[tuple[Mode, str, World, str]] = [
    ("planned", "take-epoch:ns1", without(steady(), TARGET_DBMS), "the target cannot take over"),
    ("planned", "stop:r1-fw-p/message_server", steady(), "takes the stop for a failure"),
    ("planned", "stop:r1-fw-p/confserv", steady(), "the Backup takes over"),
    ("planned", "end-sessions:r1-db", steady(), "come back at once"),
    ("planned", "stop-database:r1-db", steady(), "in the middle of its work"),
    ("planned", "stop-database:r1-db", steady(), "before its Configuration Servers"),
    ("planned", "stop-database:r1-db", steady()._replace(fallen=True), "does not drain"),
    ("planned", "promote:r2-db", steady()._replace(behind=True), "a committed change is lost"),
    ("unplanned", "promote:r2-db", steady(), "can still replicate"),
    ("unplanned", "promote:r2-db", steady(), "while r1-fw-p, r1-fw-b, r1-db can write"),
    ("unplanned", "open-database:r2-db", steady(), "a standby is opened"),
    ("unplanned", "open-database:r2-db", PROMOTED.set_database("region2", blocked=frozenset()), "not shut out"),
    ("unplanned", "start:r2-fw-p/confserv", PROMOTED, "without Local Control Agent"),
    ("unplanned", "start:r2-fw-p/confserv", steady(), "without a database"),
    ("unplanned", "start:r2-fw-p/confserv", PROMOTED, "its first commit hangs"),
    ("unplanned", "start:r2-fw-p/confserv", PROMOTED.set_database("region2", blocked=frozenset()),
     "the source's framework can write"),
    ("unplanned", "start:r2-fw-b/confserv", PROMOTED, "takes its place"),
    ("unplanned", "start:r2-fw-p/scs", PROMOTED, "without a Primary"),
    ("unplanned", "move-names:ns1", PROMOTED, "for a region without a Primary"),
    ("unplanned", "flush:r2-app-p", steady(), "fills with the old answer"),
    ("unplanned", "restart:r2-app-b/proxy", cut_off(REST), "what it held is gone"),
    ("unplanned", "restart:r2-app-b/proxy", cut_off(FIRST), "the last proxy of its region"),
    ("unplanned", "reconnect:r2-app-b/proxy", cut_off(REST), "what it held is gone"),
    ("unplanned", "canary:r2-db", PROMOTED, "a commit that hangs"),
    ("unplanned", "canary:r2-db", steady(), "written into a standby"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "step_id", "world", "words"), HAZARDS, ids=[f"{case[1]} {case[3]}" for case in HAZARDS]
)
def test_an_act_in_the_wrong_world_is_a_hazard(mode: Mode, step_id: str, world: World, words: str) -> None:
    found = hazards(ground(), world, step(step_id, mode), mode, frozenset())
    assert any(words in text for text in found), found


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_lawful_run_does_nothing_hazardous(mode: Mode) -> None:
    for before, known, _ in performed(mode):
        assert hazards(ground(), before, known, mode, frozenset()) == (), known.id


def test_a_waived_writer_is_no_hazard_while_nobody_can_see_it() -> None:
    waived = frozenset({"r1-db", "r1-fw-p", "r1-fw-b"})
    hidden = without(steady(), SOURCE_DBMS, *FRAMEWORK["region1"], silent=True)._replace(up=frozenset({"writer"}))

    def found(world: World) -> str:
        return " | ".join(hazards(ground(), world, step("promote:r2-db", "unplanned"), "unplanned", waived))

    assert "can write" not in found(hidden)
    assert "goes on while r1-fw-b can write" in found(hidden.set(R1_B, silent=False))
    assert "goes on while r1-fw-p, r1-fw-b, r1-db can write" in found(hidden._replace(up=frozenset({"power"})))


def test_a_proxy_that_does_not_run_is_not_taken_away() -> None:
    last, known = cut_off(FIRST), step("restart:r2-app-b/proxy", "unplanned")
    gone = last.set(REST, running=frozenset(), at=None)
    taken = (f"{known.id}: the last proxy of its region is taken away",)
    assert hazards(ground(), last, known, "unplanned", frozenset()) == taken
    assert hazards(ground(), gone, known, "unplanned", frozenset()) == ()


def end(world: World, mode: Mode = "planned", *, untouched: bool = True) -> str:
    return " | ".join(wrong_end(ground(), world, Memory(mode), untouched=untouched))


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_lawful_run_ends_well(mode: Mode) -> None:
    assert end(switched(mode), mode) == ""
    assert aim(ground(), switched(mode), Memory("unplanned")) == "target"


WRONG: list[tuple[World, str]] = [
    (switched()._replace(state="switching"), "the record says switching"),
    (switched()._replace(names="region1"), "names answer region1"),
    (switched().set_database("region2", standby=True), "the target's DBMS is not primary"),
    (switched().set_database("region2", sessions=frozenset()), "no Primary that works"),
    (cut_off(FIRST, REST)._replace(up=frozenset({"writer"})), "no proxy of the target is in normal mode"),
    (switched()._replace(waits=frozenset({"region2"})), "commits of the target hang"),
    (switched()._replace(canary=False), "nothing was ever committed"),
    (switched().set(R1_P, running=frozenset({"lca"})), "r1-fw-p can write"),
    (switched()._replace(lost=True), "a committed change is lost"),
    (switched().set(R2_B, running=frozenset({"lca", "confserv", "message_server"})), "scs does not run"),
    (switched().set_database("region2", blocked=frozenset()), "not closed to exactly the source"),
    (switched().set_database("region1", blocked=frozenset()), "the source's DBMS is not closed"),
    (switched()._replace(secondary="region1"), "the secondary DNS answers the source"),
    (switched()._replace(forwarder="region1"), "the shared resolver answers the source"),
    (switched().set(FIRST, cache="region1"), "region2 first resolves region1"),
    (switched().set(FIRST, at=None), "proxy is not in normal mode"),
]  # fmt: skip


@pytest.mark.parametrize(("world", "words"), WRONG, ids=[case[1] for case in WRONG])
def test_a_wrong_end_is_named(world: World, words: str) -> None:
    assert words in end(world)


def test_after_a_lossy_promotion_old_proxies_are_a_wrong_end() -> None:
    assert "holds what the database may lack" in end(switched("unplanned").set(FIRST, fresh=frozenset()), "unplanned")


def test_after_a_fault_only_the_heart_of_the_end_counts() -> None:
    assert end(switched()._replace(secondary="region1"), untouched=False) == ""


OVER = Memory("unplanned")


def test_only_a_steady_region_that_serves_is_an_end() -> None:
    assert aim(ground(), steady(), OVER) == "source"
    assert aim(ground(), region1_lost(), OVER) is None
    assert aim(ground(), switched()._replace(state="switching"), OVER) is None
    assert aim(ground(), switched()._replace(names="region1"), OVER) is None
    writing = settle(switched().set(R1_B, running=frozenset({"lca"})))
    assert aim(ground(), writing, OVER) is None
    assert aim(ground(), writing, OVER._replace(waived=frozenset({"r1-fw-b"}))) == "target"
    assert aim(ground(), switched(), OVER) == "target"
    assert aim(ground(), switched(), OVER._replace(opened=True)) is None


def test_an_act_on_what_cannot_be_reached_changes_nothing() -> None:
    for mode in ("planned", "unplanned"):
        for before, known, _ in performed(mode):
            unreachable = before._replace(cut=frozenset({"region1", "region2"}), up=frozenset())
            assert effect(ground(), unreachable, known) == settle(unreachable), known.id


def test_a_proxy_restarted_without_a_master_does_not_come_up() -> None:
    after = effect(ground(), cut_off(REST), step("restart:r2-app-b/proxy", "unplanned"))
    assert not after.runs(REST, "proxy")
    assert after.machine(REST).at is None
