"""Evidence of a deploy is replayed with its hosts: what nobody recorded, and is there all the same, is named."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from model.conditions import failing
from model.explore.bubble import CASE
from model.explore.conformance import violations
from model.explore.effects import effect, half_done
from model.explore.ground import Ground
from model.explore.laying import lay
from model.explore.nature import caught_up
from model.explore.sight import observe
from model.explore.sites import undeployed
from model.explore.world import FRAMEWORK, Place, World
from model.runbooks import DEPLOY
from model.step import Intent, Step, Verb
from model.view import View
from tests.unit.model.steady import lab
from tests.unit.model.test_conformance import OBSERVATION, Line, journal

GROUND = Ground(lab(), "region2", folded=False)
PRIMARY, BACKUP = FRAMEWORK["region2"]
INTENT = Intent(runbook="deploy", target="region2", mode="planned", reason="a test")
Walk = tuple[tuple[World, Step, World], ...]


@cache
def facts(world: World) -> Any:
    return OBSERVATION.dump_python(observe(GROUND, world), mode="json")


def observed(world: World) -> Line:
    return "observed", {"observation": facts(world)}


def acted(before: World, step: Step, after: World, *, ends: bool = True) -> list[Line]:
    lines = [("act.before", {"step": step.id, "epoch": before.epoch if before.ours else None, "facts": facts(before)})]
    return [*lines, ("act.after", {"step": step.id, "facts": facts(after)})] if ends else lines


def judged(*lines: Line) -> tuple[str, ...]:
    return violations(GROUND.environment, journal("planned", list(lines), INTENT))


@cache
def walked() -> Walk:
    """Return each step of a deploy of bare hosts, with the worlds before and after it."""
    return tuple(_walked(undeployed(GROUND)))


def _walked(world: World) -> Iterator[tuple[World, Step, World]]:
    known = View(environment=lab(), seen=observe(GROUND, world), intent=INTENT, case=CASE)
    for step in DEPLOY.left(known).steps():
        now = replace(known, seen=observe(GROUND, world), epoch=world.epoch or None)
        if step.host in GROUND.crowd or not failing(step.proves, now, step):
            continue
        after = caught_up(effect(GROUND, world, step))
        yield world, step, after
        world = after


def trace(leave: Callable[[Step], bool] = lambda _step: False, *, ends: bool = True) -> list[Line]:
    lines = [observed(undeployed(GROUND))]
    for before, step, after in walked():
        lines += [] if leave(step) else acted(before, step, after, ends=ends)
        lines += [observed(after)]
    return lines


@pytest.mark.parametrize("ends", [True, False])
def test_a_lawful_deploy_has_no_violations(ends: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    assert judged(*trace(ends=ends)) == ()


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (Verb.LAY_HOST_SIDE, "region2 primary: side is same; what was done since allows absent"),
        (Verb.PIN_NAMES, "region1 backup: pinned is True; what was done since allows False"),
        (Verb.CLOSE_DATABASE, "region1: blocked is region1 backup, region1 primary, region2 backup"),
        (Verb.CONFIGURE_DATABASE, "region2 dbms: settings is same; what was done since allows none"),
        (Verb.CREATE_DATABASE, "region2 dbms: cluster is made; what was done since allows empty"),
        (Verb.SEED, "region1: standby is True; what was done since allows False"),
        (Verb.INSTALL, "region2 primary: lca installed is True; what was done since allows False"),
        (Verb.CONFIGURE, "region2 first: lca configured is True; what was done since allows False"),
        (Verb.SWITCH_BACK, "region2 backup: noted is True; what was done since allows False"),
    ],
)
def test_what_nobody_recorded_of_a_deploy_is_a_violation(verb: Verb, words: str) -> None:
    found = judged(*trace(lambda known: known.verb is verb))
    assert any(words in text for text in found), found


def test_an_installer_that_was_cut_off_may_have_ended_or_not() -> None:
    before, step, after = next(each for each in walked() if each[1].id == "install:r2-fw-p/lca")
    ((_, half),) = half_done(GROUND, before, step)
    for then in (before, half, after):
        assert judged(observed(before), *acted(before, step, after, ends=False), observed(then)) == ()
    assert "lca installed is False" in judged(observed(before), *acted(before, step, after), observed(half))[0]


def test_of_acts_at_once_whose_end_nobody_recorded_any_may_have_happened() -> None:
    steps = [(before, step) for before, step, _ in walked() if step.verb is Verb.CONFIGURE]
    before, after = steps[0][0], effect(GROUND, steps[2][0], steps[2][1])
    begun = [line for _, step in steps for line in acted(before, step, before, ends=False)]
    assert len(steps) > 20
    assert [text for text in judged(observed(before), *begun, observed(after)) if "configured" in text] == []
    others = [line for _, step in steps[3:] for line in acted(before, step, before, ends=False)]
    found = " ".join(judged(observed(before), *others, observed(after)))
    assert "region1 primary: lca configured is True" in found
    assert "message_server" not in found


def test_of_hosts_that_are_folded_the_first_is_judged() -> None:
    before, _, _ = next(each for each in walked() if each[1].id == "install:r1-app-p/lca")
    install = next(step for _, step, _ in walked() if step.verb is Verb.INSTALL)
    other = ("act.before", {"step": "install:r1-app-b/lca", "epoch": 2, "facts": facts(before)})
    assert install.verb is Verb.INSTALL
    assert judged(observed(before), other, observed(before)) == ()
    whole = lay(before, Place("region1", "first"), installed=frozenset({"lca"}))
    assert "lca installed is True" in judged(observed(before), other, observed(whole))[0]


def test_what_a_host_does_not_say_is_no_violation() -> None:
    last = walked()[-1][2]
    assert judged(observed(last), observed(last.set(BACKUP, silent=True)), observed(last)) == ()
