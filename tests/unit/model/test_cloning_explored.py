"""The explorer's judgement of a clone: what its acts must not do, what may happen to it, and where it may end."""

from typing import Any

import pytest

from model.explore import search
from model.explore.cloning import accidents, copying, dormant, half_made, mended, restored
from model.explore.copies import another_case, impostors, made_of, make
from model.explore.effects import effect, half_done
from model.explore.goal import wrong_end
from model.explore.ground import Ground
from model.explore.judge import Cut, Judge
from model.explore.nature import boot
from model.explore.people import stuck
from model.explore.power import power_off
from model.explore.quest import Memory, Quest
from model.explore.search import Search
from model.explore.sight import observe
from model.explore.starts import Start
from model.explore.world import FRAMEWORK, Place, World
from model.runbooks import CLONE_AND_ISOLATE
from model.step import Intent, Step
from model.view import View
from tests.unit.model.steady import lab

GROUND = Ground(lab(), "region2")  # region2 is active, region1 dormant
PRIMARY, BACKUP = FRAMEWORK["region1"]
ORIGINAL = FRAMEWORK["region2"][0]
RESTS = next(world for name, world, _ in dormant(GROUND) if name == "steady")
TAKEN = RESTS._replace(state="switching", ours=True, epoch=2)
DARK = power_off(TAKEN, Place("region2", "dbms"))
OFF = power_off(make(TAKEN, PRIMARY, cable=False), PRIMARY)
QUEST = Quest("clone_and_isolate", "planned")
MEMORY = Memory("planned", runbook="clone_and_isolate", opened=True)


def step(step_id: str) -> Step:
    intent = Intent(runbook="clone_and_isolate", target="region2", mode="planned", reason="explored")
    known = View(environment=lab(), seen=observe(GROUND, RESTS), intent=intent)
    return next(each for each in CLONE_AND_ISOLATE.whole(known).steps() if each.id == step_id)


def done(world: World, *verbs: str) -> World:
    for verb in verbs:
        world = effect(GROUND, world, step(verb if ":" in verb else f"{verb}:r1-fw-p"))
    return world


COPY = done(OFF, "clone", "power-on")
ALONE = done(COPY, "isolate", "plug")
BOTH = done(ALONE, *(f"{verb}:r1-fw-b" for verb in ("unplug", "power-off", "clone", "power-on", "isolate", "plug")))


@pytest.mark.parametrize(
    ("step_id", "world", "words"),
    [
        ("unplug:r1-fw-p", DARK, "taken away while the active region does not work"),
        ("power-off:r1-fw-p", make(DARK, PRIMARY, cable=False), "taken away while the active region does not work"),
        ("clone:r1-fw-p", make(OFF, ORIGINAL, strange=frozenset({"host"})), "its original cannot be copied"),
        ("unplug:r1-fw-p", TAKEN.set(PRIMARY, running=frozenset({"lca"})), "what works is made anew"),
        ("clone:r1-fw-p", TAKEN, "overwritten while it runs"),
        ("adopt:r1-fw-p", make(ALONE, PRIMARY, leaks=True), "a way around its rules"),
        ("join:r1-fw-p", done(ALONE, "adopt"), "while confserv, lca, message_server, names, scs is its original's"),
    ],
)
def test_what_an_act_of_a_clone_must_not_do_is_named(step_id: str, world: World, words: str) -> None:
    assert words in " | ".join(copying(GROUND, world, step(step_id)))
    assert tuple(copying(GROUND, world, step("take-epoch:ns1"))) == ()


def test_a_copy_that_others_can_meet_before_it_is_itself_is_a_second_primary() -> None:
    assert (impostors(COPY), impostors(ALONE)) == ((), ())
    loose = done(COPY, "plug")
    assert impostors(loose) == ("V12: region1 primary is on the network as its original",)
    assert (loose.guard(PRIMARY), COPY.guard(PRIMARY), ALONE.guard(PRIMARY)) == ("open", "silent", "closed")
    judge = Judge(GROUND)
    assert any(text.startswith("V12") for text in judge.breaches(judge.number(loose), MEMORY))
    assert boot(GROUND, loose, PRIMARY).machine(PRIMARY).leads
    assert not done(ALONE, "adopt", "join").machine(PRIMARY).running


def test_an_act_that_cannot_succeed_changes_nothing() -> None:
    mute = OFF._replace(up=frozenset())
    assert done(mute, "unplug", "plug", "clone", "isolate") == mute
    assert done(TAKEN, "clone") == TAKEN  # it runs, and is on the network
    assert done(COPY, "adopt", "pin-names", "configure:r1-fw-p/lca", "join") == COPY  # nobody reaches it
    assert done(done(COPY, "plug"), "adopt") == done(COPY, "plug")  # it does not stand alone
    assert done(ALONE, "isolate", "cut-off") == ALONE  # its cable is in; and who tries changes nothing


def test_a_killed_copy_is_no_host_until_it_is_copied_again() -> None:
    clone = step("clone:r1-fw-p")
    ((how, half),) = half_done(GROUND, OFF, clone)
    assert (how, made_of(half, PRIMARY).label) == ("cut before it is whole", "")
    started = boot(GROUND, make(half, PRIMARY, cable=True), PRIMARY)
    assert (started.reaches(PRIMARY), started.machine(PRIMARY).running) == (False, frozenset())
    assert observe(GROUND, started).machines["r1-fw-p"].alone is None
    assert done(half, "clone") == done(OFF, "clone")
    assert tuple(half_done(GROUND, TAKEN, clone)) == ()


def test_what_is_seen_of_a_copy_is_what_the_machines_and_hosts_would_say() -> None:
    seen, later = observe(GROUND, ALONE), observe(GROUND, done(ALONE, "adopt", "pin-names"))
    assert seen.machines["r1-fw-p"].copy == "r2-fw-p C-1"
    assert (seen.host("r1-fw-p").stranger, later.host("r1-fw-p").stranger) == (
        "says that it is r2-fw-p",
        f"stands alone ({lab().control.address})",
    )
    assert seen.host("r1-fw-p").names == GROUND.names["region2"]
    assert later.host("r1-fw-p").hosts_file == frozenset(GROUND.names["region1"])
    assert seen.cuts["r1-fw-p"].leaks() == ()
    assert observe(GROUND, make(ALONE, PRIMARY, leaks=True)).cuts["r1-fw-p"].leaks()
    assert "no answer" in observe(GROUND, COPY).cuts["r1-fw-p"].fault
    assert set(seen.surveys["r1-fw-p"].states.values()) == {"other"}
    assert observe(GROUND, ALONE._replace(copying=False)).machines == {}


def test_what_an_earlier_case_has_made_is_not_this_ones() -> None:
    earlier = another_case(ALONE)
    assert observe(GROUND, earlier).machines["r1-fw-p"].copy == "r2-fw-p C-0"
    assert another_case(earlier) == earlier
    assert another_case(ALONE._replace(copying=False)) == ALONE._replace(copying=False)


def test_what_may_happen_to_a_clone_makes_no_second_primary_by_itself() -> None:
    assert tuple(accidents(GROUND, RESTS)) == ()
    found = dict(accidents(GROUND, COPY))
    assert set(found) == {
        "a way around the rules of region1 primary is left open",
        "somebody pulls the cable of region1 backup",
        "somebody starts an agent on region1 backup",
        "region2 primary: its host side is changed by hand",
        "region2 backup: its host side is changed by hand",
    }
    assert "somebody puts in the cable of region1 primary" in dict(accidents(GROUND, done(OFF, "clone")))
    assert not any(impostors(world) for world in (*found.values(), *dict(accidents(GROUND, ALONE)).values()))
    twice = dict(accidents(GROUND, found["region2 primary: its host side is changed by hand"]))
    assert "region2 primary: its host side is changed by hand" not in twice


def test_people_do_what_they_are_told() -> None:
    wrong = make(make(ALONE, ORIGINAL, strange=frozenset({"host"})), PRIMARY, leaks=True)
    wrong = wrong.set(BACKUP, running=frozenset({"lca"}))
    assert mended(wrong) == make(ALONE, ORIGINAL, strange=frozenset())
    mute = make(RESTS, BACKUP, cable=False)
    assert not mended(mute).machine(BACKUP).on
    assert restored(ALONE).machine(PRIMARY) == TAKEN.machine(PRIMARY)


def test_a_lost_active_region_is_given_up_for_hosts_that_are_whole_and_for_no_others() -> None:
    judge = Judge(GROUND)
    for world, gives_way in ((TAKEN, False), (DARK, True), (power_off(ALONE, Place("region2", "dbms")), False)):
        assert judge.gives_way(judge.number(world), MEMORY) is gives_way
        assert tuple(stuck(judge, judge.number(world), MEMORY)) == ()
    assert half_made(ALONE) == "region1 primary"
    assert half_made(done(ALONE, "adopt")) == "region1 primary"
    assert tuple(stuck(judge, judge.number(RESTS._replace(copying=False)), MEMORY)) == ()
    guarded = Memory("planned", runbook="reprotect", opened=True)._replace(runbook="full_failover")
    assert not judge.gives_way(judge.number(DARK), guarded)


def test_a_way_out_that_leads_nowhere_or_too_far_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, lost = Judge(GROUND), power_off(ALONE, Place("region2", "dbms"))
    monkeypatch.setattr("model.judgement.full_failover.half_made", lambda _view: ())
    assert tuple(stuck(judge, judge.number(lost), MEMORY)) == (
        "a failover is let onto what is half made: region1 primary",
    )
    nearly = power_off(done(BOTH, "adopt:r1-fw-p", "adopt:r1-fw-b"), Place("region2", "dbms"))
    assert tuple(stuck(judge, judge.number(nearly), MEMORY)) == (
        "a failover is let onto what is half made: region1 primary, region1 backup",
    )
    monkeypatch.setattr(Judge, "refused", lambda *_: ("for a reason",))
    assert "may not go on" in " | ".join(stuck(judge, judge.number(nearly), MEMORY))
    monkeypatch.setattr(Judge, "gives_way", lambda *_: False)
    assert tuple(stuck(judge, judge.number(lost), MEMORY)) == (
        "the active region is lost, and hosts that are restored do not help",
    )


def test_where_a_clone_says_that_it_is_finished_it_is() -> None:
    def wrong(world: World) -> str:
        return " | ".join(wrong_end(GROUND, world, MEMORY, untouched=True))

    assert "region1 primary is not made anew" in wrong(RESTS)
    assert "no Primary that works" in wrong(DARK)
    assert "the record says switching" in wrong(TAKEN)
    assert wrong_end(GROUND, RESTS, MEMORY, untouched=False) == ()


def begin(monkeypatch: pytest.MonkeyPatch, world: World, budget: int) -> None:
    start = Start("as it is", world, budget)
    monkeypatch.setattr(search, "starts", lambda *_: (start,))


def sought(monkeypatch: pytest.MonkeyPatch, world: World, cut: Cut, budget: int = 0) -> list[Any]:
    begin(monkeypatch, world, budget)
    return Search(Judge(GROUND), cut).run(QUEST).counterexamples


def test_a_half_copy_that_was_left_is_made_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    half = next(world for name, world, _ in dormant(GROUND) if name == "half a copy was left, and switched on")
    assert sought(monkeypatch, half, Cut("")) == []


def test_a_failover_onto_half_a_copy_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    left = make(ALONE, BACKUP, cable=False)
    begun = power_off(left, Place("region2", "dbms"))._replace(state="steady", ours=False)
    monkeypatch.setattr("model.judgement.full_failover.half_made", lambda _view: ())
    (found,) = sought(monkeypatch, begun, Cut(""))
    assert "let onto what is half made: region1 primary" in found.text
