"""An abort of one half where something is lost: it says so before anything is done; each command it names is taken."""

import shlex
from dataclasses import replace

import pytest

from model import runbooks
from model.case import Case
from model.conditions import failing
from model.declaration import declare
from model.explore.effects import effect
from model.explore.nature import caught_up
from model.explore.sight import observe
from model.explore.world import FRAMEWORK, Place, World
from model.judgement import against, done, refusals
from model.runbooks import ABORT
from model.step import Intent
from model.taken_back import taken_back
from model.view import View
from tests.unit.model.builders import SOURCE_DBMS, ground, without
from tests.unit.model.test_abort_halves import DBMS, DRAINED, STAY, WORKING, at, case, view

PRIMARY, BACKUP = FRAMEWORK["region1"]
AWAY, _ = FRAMEWORK["region2"]
HOME = "gdr run partial-failover lab --lost framework --database stay --target region2 --mode unplanned --reason=..."
THERE = "gdr run full-failover lab --target region1 --mode unplanned --reason=..."
COMES = replace(DBMS, home="region2")  # the framework is in region2, and its database was to come to it
COMING = at("dbms_failover block-replication:r2-db, apart")


def mute(world: World, *places: Place) -> World:
    return without(world, *places, silent=True)._replace(up=world.up - {"power"})


def meant(command: str) -> Intent:
    """Read the words of a command as the product does: what is not told to move is where the record says."""
    words = dict(zip(shlex.split(command)[4::2], shlex.split(command)[5::2], strict=False))
    to = words["--target"]
    if words.get("--database") == "stay":
        return replace(STAY, target="region2", home=None if to == "region2" else "region1", mode="unplanned")
    return Intent(
        runbook="full_failover", target="region1" if to == "region1" else "region2", mode="unplanned", reason=""
    )


def test_where_only_the_others_could_be_stopped_they_are_to_be_off_before_a_proof_is_waived() -> None:
    (said,) = refusals(view(mute(WORKING, BACKUP), STAY))
    assert "or power it off; or power r1-fw-p off as well, and ask again" in said
    assert "gdr run" not in said


@pytest.mark.parametrize("place", [PRIMARY, BACKUP])
def test_what_may_work_on_the_database_that_stays_and_cannot_be_stopped_refuses_it(place: Place) -> None:
    known = view(without(WORKING, place, silent=True), STAY)
    (name,) = ground().named[place]
    (said,) = refusals(known)
    assert said.startswith(f"{name}: does not answer, and may work on r2-db: nothing may start beside it")
    assert f"or waive its proof: `{HOME}`" in said
    shown = declare(known, case(STAY), ABORT.left(known).steps()).text
    assert f"- Fence of {name}: **does not answer, and this run cannot stop it**" in shown
    assert f"Fence of {name}: not stopped yet" not in shown


def test_what_is_off_or_was_fenced_before_the_alias_went_back_does_not() -> None:
    assert refusals(view(without(WORKING, PRIMARY, BACKUP), STAY)) == ()
    goes_on = mute(WORKING, BACKUP)._replace(state="switching", target="region2")
    assert refusals(view(goes_on, STAY)) == ()


def test_a_framework_goes_home_though_the_region_it_moved_to_is_dark() -> None:
    """Nothing of that region answers, its power source neither: of what the refusal names each is accepted."""
    world = mute(WORKING, SOURCE_DBMS, PRIMARY, BACKUP)
    reasons = refusals(view(world, STAY))
    assert [reason.partition(":")[0] for reason in reasons] == ["r1-db", "r1-fw-p, r1-fw-b"]
    assert all(f"`{HOME}`" in reason for reason in reasons)
    home = meant(HOME)
    assert not case(STAY).clashes(home)
    assert not case(STAY.back).clashes(home)
    known = view(world, STAY, intent=home)
    assert refusals(known) == ()
    assert {host.name for host in known.writers} == {"r1-fw-p", "r1-fw-b"}


def test_a_database_that_was_to_come_to_a_lost_framework_goes_back_first() -> None:
    world = mute(COMING, AWAY)
    known = view(world, COMES)
    assert refusals(known) == ()
    left = list(ABORT.left(known).steps())
    assert left[1].id == "start:r1-db/dbms"
    assert "- **r2-fw-p is lost: this makes r1-db work, and is held; run again it" in "\n".join(taken_back(known))
    assert "is lost" not in "\n".join(taken_back(view(COMING, COMES)))
    for step in left[:2]:
        world = effect(ground().going_back("region1"), world, step)
    (said,) = refusals(view(world, COMES))
    assert f"r2-fw-p: does not answer: nothing works without it: reach it, or give it up: `{THERE}`" in said


def test_its_framework_is_then_given_up_and_the_other_one_works_with_it() -> None:
    """The case becomes a full failover to where its database works: it ends, and promotes nothing."""
    assert not case(COMES.back).clashes(meant(THERE))
    assert case(COMES).clashes(meant(THERE)), "before its abort it may yet be promoted"
    assert case(DBMS.back).clashes(meant(THERE)), "its framework is there already"
    world, there = without(COMING, AWAY, silent=True), ground().going_back("region1")
    for step in list(ABORT.left(view(world, COMES)).steps())[:2]:
        world = effect(there, world, step)
    there.back = False
    world = world.escalated("region1")._replace(ours=True)
    known = seen(world)
    assert refusals(known) == ()
    left = list(runbooks.left(known).steps())
    assert not [step.id for step in left if step.id.startswith("promote")]
    for step in left:
        assert not step.must or failing(step.needs, seen(world, epoch=world.epoch), step) == (), step.id
        world = effect(there, world, step)
        if failing(step.proves, seen(world, epoch=world.epoch), step):
            world = caught_up(world)
    assert done(seen(world))


def seen(world: World, epoch: int | None = None) -> View:
    known = view(world, COMES, intent=meant(THERE), epoch=epoch)
    return replace(known, seen=observe(ground().going_back("region1"), world), lossy=True)


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (case(DBMS, no_return=True), "--mode planned '--reason=a test'`; then `gdr run reprotect lab --reason=...`"),
        (case(DBMS.back), "--mode unplanned --reason=...`; then `gdr run reprotect lab --reason=...`"),
    ],
)
def test_a_switch_is_finished_for_its_own_reason_and_not_for_that_of_its_abort(known: Case, says: str) -> None:
    back = view(DRAINED.set_database("region2", standby=False), DBMS)
    (reason,) = against(known, replace(back, intent=replace(back.intent, reason="it was a mistake")))
    assert says in reason
    assert "mistake" not in reason
    lost = replace(view(without(DRAINED, SOURCE_DBMS, silent=True), DBMS), case="-")
    assert not [text for text in refusals(replace(lost, intent=replace(lost.intent, reason="oops"))) if "oops" in text]
