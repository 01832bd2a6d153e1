"""Evidence of a clone is replayed with its machines: a cable or a copy that nobody recorded is named."""

from collections.abc import Callable, Iterator

import pytest

from model.explore.conformance import violations
from model.explore.copies import made_of, make
from model.explore.effects import effect, half_done
from model.explore.power import power_off
from model.explore.world import World
from model.step import Intent, Step, Verb
from tests.unit.model.test_cloning_explored import GROUND, PRIMARY, RESTS, step
from tests.unit.model.test_conformance import Line, acted, facts, journal, observed

INTENT = Intent(runbook="clone_and_isolate", target="region2", mode="planned", reason="a test")
ACTS = ("unplug", "power-off", "clone", "power-on", "isolate", "plug", "adopt", "pin-names", "join")


def judged(*lines: Line) -> tuple[str, ...]:
    return violations(GROUND.environment, journal("planned", list(lines), INTENT))


def walked() -> Iterator[tuple[World, Step, World]]:
    """Yield each step that makes one host anew, with the worlds before and after it."""
    take = step("take-epoch:ns1")
    world = effect(GROUND, RESTS, take)
    yield RESTS, take, world
    parts = ("configure:r1-fw-p/" + kind for kind in ("lca", "confserv", "scs", "message_server"))
    for name in (*(f"{verb}:r1-fw-p" for verb in ACTS[:-1]), *parts, "join:r1-fw-p"):
        found = step(name)
        after = effect(GROUND, world, found)
        yield world, found, after
        world = after


def trace(leave: Callable[[Step], bool] = lambda _step: False, *, ends: bool = True) -> list[Line]:
    lines = [observed(RESTS)]
    for before, found, after in walked():
        lines += [] if leave(found) else acted(before, found, after, ends=ends)
        lines.append(observed(after))
    return lines


def at(verb: Verb) -> tuple[World, Step, World]:
    return next(each for each in walked() if each[1].verb is verb)


@pytest.mark.parametrize("ends", [True, False])
def test_a_lawful_clone_has_no_violations(ends: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    assert judged(*trace(ends=ends)) == ()
    assert made_of([*walked()][-1][2], PRIMARY) == made_of(RESTS, PRIMARY)._replace(label="ours")


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (Verb.UNPLUG, "region1 primary: cable is False; what was done since allows True"),
        (Verb.CLONE, "region1 primary: label is ours; what was done since allows "),
        (Verb.ISOLATE, "region1 primary: alone is True; what was done since allows False"),
        (Verb.PLUG, "region1 primary: cable is True; what was done since allows False"),
        (Verb.JOIN, "region1 primary: alone is False; what was done since allows True"),
        (Verb.TAKE_EPOCH, "record is ('switching', 'region2', 'region2', 'region2')"),
    ],
)
def test_what_nobody_recorded_of_a_clone_is_a_violation(verb: Verb, words: str) -> None:
    found = judged(*trace(lambda known: known.verb is verb))
    assert any(words in text for text in found), found


def test_a_copy_that_was_cut_may_be_neither_the_old_host_nor_the_new_one() -> None:
    before, clone, after = at(Verb.CLONE)
    left = make(before, PRIMARY, label="earlier")
    ((_, half),) = half_done(GROUND, left, clone)
    for then in (left, half, after):
        assert judged(observed(left), *acted(left, clone, after, ends=False), observed(then)) == ()
    assert "label is " in judged(observed(left), *acted(left, clone, after), observed(half))[0]


def test_who_found_a_host_off_already_may_go_on_with_it() -> None:
    before, off, after = at(Verb.POWER_OFF)
    _, clone, copied = at(Verb.CLONE)
    assert power_off(before, PRIMARY) == after
    found = ("act.found", {"step": off.id, "facts": facts(after)})
    assert judged(observed(before), found, *acted(after, clone, copied), observed(copied)) == ()
    assert "label is ours" in judged(observed(before), *acted(after, clone, copied), observed(copied))[0]


def test_what_the_hypervisor_does_not_say_is_no_violation() -> None:
    mute = at(Verb.PLUG)[2]._replace(up=frozenset({"writer"}))
    assert judged(observed(at(Verb.ISOLATE)[2]), observed(mute)) == ()
