"""The explorer's judgement of a bubble: what its acts must not do, what a killed one leaves, where it may end."""

import pytest

from model.explore.bubble import half_bubble
from model.explore.effects import effect
from model.explore.goal import aim, wrong_end
from model.explore.ground import Ground
from model.explore.hazards import hazards, touches
from model.explore.nature import settle
from model.explore.quest import Memory
from model.explore.sight import observe
from model.explore.world import FRAMEWORK, World
from model.runbooks import BUBBLE, FULL_FAILOVER
from model.step import Intent, Step
from model.view import View
from tests.unit.model.steady import lab

GROUND = Ground(lab(), "region2")  # region2 is active, region1 dormant
PRIMARY, BACKUP = FRAMEWORK["region1"]
RESTS = GROUND.together("region2")._replace(home="region2")
WALLED = RESTS._replace(state="drill", walls=frozenset((PRIMARY, BACKUP)))
COPIED = WALLED._replace(copy=("region1", True))
AGENTS = COPIED.set(PRIMARY, running=frozenset({"lca"})).set(BACKUP, running=frozenset({"lca"}))
WORKS = settle(AGENTS.set(PRIMARY, running=GROUND.parts[PRIMARY]).set(BACKUP, running=GROUND.parts[BACKUP]))
MEMORY = Memory("planned", runbook="bubble")
INTENT = Intent(runbook="bubble", target="region2", mode="planned", reason="explored")


def step(step_id: str) -> Step:
    known = View(environment=lab(), seen=observe(GROUND, RESTS), intent=INTENT)
    return next(each for each in BUBBLE.whole(known).steps() if each.id == step_id)


@pytest.mark.parametrize(
    ("step_id", "world", "words"),
    [
        ("raise-walls:r1-fw-p", RESTS.set(PRIMARY, running=frozenset({"lca"})), "raised around what others use"),
        ("copy-database:r1-db", RESTS._replace(fallen=True), "is no standby that follows"),
        ("copy-database:r1-db", RESTS.set_database("region1", blocked=frozenset()), "leave the standby open"),
        ("start:r1-fw-p/lca", COPIED._replace(walls=frozenset()), "started outside of walls"),
        ("start:r1-fw-p/lca", WALLED, "without a copy to work on"),
        ("start:r1-fw-p/confserv", COPIED, "without Local Control Agent"),
        ("start:r1-fw-b/confserv", AGENTS, "the Backup is started before the Primary"),
        ("start:r1-fw-p/scs", AGENTS, "without a Primary to read"),
        ("commit-inside:r1-db", AGENTS, "nobody works on the copy"),
    ],
)
def test_what_an_act_of_a_bubble_must_not_do_is_named(step_id: str, world: World, words: str) -> None:
    assert words in " | ".join(hazards(GROUND, world, step(step_id), "planned", frozenset()))


def test_what_takes_over_is_not_started_within_walls() -> None:
    """The other way round: region2 takes over, and a bubble stands there."""
    ground = Ground(lab(), "region2")
    world = ground.steady()._replace(walls=frozenset(FRAMEWORK["region2"]), state="switching")
    intent = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="explored")
    known = View(environment=lab(), seen=observe(ground, world), intent=intent)
    start = next(each for each in FULL_FAILOVER.whole(known).steps() if each.id == "start:r2-fw-p/lca")
    assert "within the walls of a drill" in " | ".join(hazards(ground, world, start, "unplanned", frozenset()))


def test_a_drill_that_touches_production_is_named() -> None:
    assert touches(RESTS, WORKS._replace(epoch=2)) == ()
    assert touches(RESTS, RESTS._replace(names="region1")) == ("a drill touches production: names",)
    stopped = RESTS.set(FRAMEWORK["region2"][0], running=frozenset())
    assert touches(RESTS, stopped) == ("a drill touches production: region2 primary",)
    assert "databases" in touches(RESTS, RESTS.set_database("region1", standby=False))[0]


def test_who_leaves_has_stopped_what_ran_within_and_a_killed_one_is_still_walled_in() -> None:
    leave = step("leave-bubble:r1-fw-p")
    gone = effect(GROUND, WORKS, leave)
    assert (gone.machine(PRIMARY).running, PRIMARY in gone.walls) == (frozenset(), False)
    assert effect(GROUND, gone, leave) == gone
    assert tuple(half_bubble(GROUND, gone, leave, gone)) == ()
    ((how, half),) = half_bubble(GROUND, WORKS, leave, gone)
    assert (how, half.machine(PRIMARY).running, PRIMARY in half.walls) == (
        "cut before the walls are down",
        frozenset(),
        True,
    )
    copy = step("copy-database:r1-db")
    ((how, half),) = half_bubble(GROUND, WALLED, copy, effect(GROUND, WALLED, copy))
    assert (how, half.copy) == ("cut before it is up", ("region1", False))


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (RESTS, "nothing was ever committed in a copy"),
        (WALLED, "the record says drill region2"),
        (WALLED, "walls are left around region1 primary"),
        (COPIED, "a copy is left in region1"),
        (RESTS._replace(fallen=True), "the standby follows no more"),
        (RESTS.set(FRAMEWORK["region2"][1], running=frozenset()), "region2 backup does not run as before"),
    ],
)
def test_a_wrong_end_of_a_bubble_is_named(world: World, words: str) -> None:
    assert words in " | ".join(wrong_end(GROUND, world, MEMORY, untouched=True))


def test_the_good_ends_of_a_bubble_are_known() -> None:
    drilled = RESTS._replace(drilled=True)
    assert aim(GROUND, drilled, MEMORY) == "drilled"
    assert wrong_end(GROUND, drilled, MEMORY, untouched=True) == ()
    discard = Memory("unplanned", runbook="discard")
    assert aim(GROUND, RESTS, discard) == "discarded"
    assert wrong_end(GROUND, RESTS, discard, untouched=True) == ()
    assert aim(GROUND, COPIED._replace(state="steady"), discard) != "discarded"
