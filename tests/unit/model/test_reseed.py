"""What reprotect does with a DBMS that is a standby already, or half of one; what the explorer makes of it."""

from dataclasses import replace
from typing import Any

import pytest

from model.conditions import CONDITIONS, failing
from model.explore import search
from model.explore.effects import effect, half_done
from model.explore.hazards import hazards
from model.explore.judge import Judge
from model.explore.nature import boot, repaired
from model.explore.quest import Quest
from model.explore.search import Search
from model.explore.sight import EXPORTED
from model.explore.starts import starts
from model.explore.world import World
from model.observation import DatabaseRole
from model.runbooks import REPROTECT
from model.step import Step
from model.view import View
from tests.unit.model.builders import SOURCE_DBMS, ground
from tests.unit.model.test_reprotect import database, left, performed, protected, refused, switched, view

STOP, EXPORT, FOLLOW, START = "stop-database:r1-db", "export:r1-db", "follow:r1-db", "start:r1-db/dbms"
RESEED = (STOP, EXPORT, FOLLOW, START)
SLOT = "r1_db"


def stopped(world: World) -> World:
    return world.set_database("region1", running=False)


def cut_off() -> World:
    """Return a standby that runs, its slot lost, and the log with it."""
    world = protected().set_database("region1", gap=True)
    return world._replace(slots=world.slots - {"region1"}, exported=False)


def planned(world: World) -> list[str]:
    return [step.id for step in left(world) if step.id in RESEED]


def step_of(world: World, step_id: str) -> Step:
    return next(step for step in REPROTECT.whole(view(world)).steps() if step.id == step_id)


def holds(name: str, known: View) -> bool:
    return CONDITIONS[name](known, step_of(switched(), FOLLOW)) is None


# --- a standby that can never go on, and one that only has to catch up ---


def test_a_standby_whose_slot_is_lost_is_stopped_exported_and_made_to_follow_anew() -> None:
    assert planned(cut_off()) == [*RESEED]
    world = cut_off()
    for before, step, after in performed(world):
        assert failing(step.needs, view(before, epoch=2), step) == (), step.id
        assert failing(step.proves, view(after, epoch=2), step) == (), step.id
        world = after
    assert world.streams("region1")


def test_one_that_was_killed_after_the_slot_was_made_anew_is_still_stopped() -> None:
    """The new slot keeps nothing of what the standby lacks: that it is there proves nothing."""
    world = effect(ground(), cut_off(), step_of(cut_off(), "create-slot:r2-db"))
    assert "region1" in world.slots
    assert planned(world) == [*RESEED]


@pytest.mark.parametrize(
    ("standby", "primary"),
    [
        ({"wants": 500}, {"keeps_from": {SLOT: 500}}),
        ({"wants": None}, {"keeps_from": {SLOT: 500}}),
        ({"wants": 500}, {"keeps_from": {}}),
        ({"wants": 500}, {"slots": None}),
        ({"wants": 500, "streaming": True}, {"slots": frozenset()}),
    ],
    ids=["kept for", "reads its own log", "older host", "slots unknown", "streams"],
)
def test_a_standby_that_only_has_to_catch_up_is_never_copied_anew(standby: Any, primary: Any) -> None:
    known = database(view(protected()), "region1", **({"streaming": False} | standby))
    known = database(known, "region2", **primary)
    assert holds("no_standby_cut_off", known)
    assert holds("follows_target", known)
    assert holds("stranded_exported", known)


@pytest.mark.parametrize("primary", [{"slots": frozenset()}, {"keeps_from": {SLOT: 501}}], ids=["lost", "too young"])
def test_a_standby_that_nothing_is_kept_for_is_cut_off(primary: Any) -> None:
    known = database(view(protected()), "region1", streaming=False, wants=500, stranded=None)
    known = database(known, "region2", **primary)
    for name in ("no_standby_cut_off", "follows_target"):
        assert "its slot is lost" in (CONDITIONS[name](known, step_of(switched(), FOLLOW)) or ""), name
    assert not holds("stranded_exported", known)


def test_a_standby_that_does_not_run_is_looked_at_by_whoever_starts_it() -> None:
    """Its slot may be lost by now: only its host can tell, and only just before the start."""
    world = stopped(protected())
    assert planned(world) == [FOLLOW, START]
    known = database(view(world), "region1", ready=2)
    assert holds("follows_target", replace(known, epoch=2))
    assert not holds("follows_target", replace(known, epoch=3))
    assert not holds("follows_target", replace(database(known, "region1", ready=None), epoch=None))
    assert "was not looked at in this epoch" in (CONDITIONS["follows_target"](known, step_of(switched(), FOLLOW)) or "")


# --- a reseed that was cut ---


def test_the_rest_of_a_reseed_beside_a_standby_that_runs_is_removed_without_stopping_it() -> None:
    world = protected().set_database("region1", half=True)
    assert planned(world) == [FOLLOW]
    step = step_of(world, FOLLOW)
    assert failing(step.needs, view(world), step) == ()
    assert hazards(ground(), world, step, "planned", frozenset()) == ()
    assert effect(ground(), world, step) == protected()


def test_a_cluster_that_runs_as_anything_else_is_not_touched() -> None:
    for change in ({"reseeding": False}, {"reseeding": True, "follows": "198.18.9.9"}):
        assert not holds("source_database_rests", database(view(protected()), "region1", **change))
    assert holds("source_database_rests", view(switched()))


def test_what_a_killed_command_leaves_is_no_standby_or_a_whole_one() -> None:
    world = switched()._replace(exported=True, slots=frozenset({"region1"}))
    world = world.set_database("region2", blocked=frozenset())
    cuts = dict(half_done(ground(), world, step_of(world, FOLLOW)))
    broken, whole = cuts["cut before it is whole"], cuts["cut before its end"]
    open_ = broken._replace(target="region1", data="region1", state="switching")
    assert not boot(ground(), open_, SOURCE_DBMS).database("region1").running
    assert boot(ground(), whole, SOURCE_DBMS).database("region1").running
    assert list(half_done(ground(), world, step_of(world, EXPORT))) == []
    for cut in (broken, whole):
        assert not holds("follows_target", view(cut, epoch=2))


def test_a_slot_that_may_be_lost_at_any_moment_and_a_command_that_is_cut_lead_nowhere_astray(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "a standby that does not run, its slot lost"
    monkeypatch.setattr(search, "starts", lambda *words: [it for it in starts(*words) if it.name == name])
    found = Search(Judge(ground()), most=3).run(Quest("reprotect", "planned"))
    assert [str(example) for example in found.counterexamples] == []
    assert found.ends["protected"] > 0


# --- the export ---


@pytest.mark.parametrize(("fits", "timeline", "proven"), [(True, 2, True), (False, 2, False), (True, 1, False)])
def test_an_export_counts_while_it_fits_the_cluster_and_the_primary(*, fits: bool, timeline: int, proven: bool) -> None:
    note = replace(EXPORTED, fits=fits, primary_timeline=timeline)
    assert holds("stranded_exported", database(view(switched()), "region1", stranded=note)) is proven


def test_a_dbms_that_writes_again_has_what_no_export_holds() -> None:
    """Its region takes over again, and its guard lets it start."""
    dark = switched()._replace(exported=True, target="region1", data="region1", had="region2", state="switching")
    written = boot(ground(), dark.set(SOURCE_DBMS, on=False), SOURCE_DBMS)
    assert (written.writable("region1"), written.exported) == (True, False)
    standby = stopped(protected())
    assert boot(ground(), standby, SOURCE_DBMS).exported


def test_a_standby_of_somebody_else_is_left_to_people_until_they_say_so() -> None:
    world = stopped(protected()).set_database("region1", foreign=True)
    assert "let its primary_conninfo name 198.18.2.31" in refused(view(world))
    assert refused(view(repaired(ground(), world, ("region1",)))) == ""
    assert view(world).seen.database("region1").role is DatabaseRole.STOPPED
