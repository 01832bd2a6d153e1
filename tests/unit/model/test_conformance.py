"""Evidence of a run is replayed through the model: what the model does not allow is named with its record."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from pydantic import TypeAdapter

from model.environment.environment import REGION_KEYS
from model.evidence import Entry
from model.explore.bubble import CASE
from model.explore.conformance import catalogue, violations
from model.explore.sight import observe
from model.explore.world import World
from model.observation import Observation
from model.step import Intent, Mode, Step, Verb
from tests.unit.model.builders import (
    TARGET_DBMS,
    ground,
    intent,
    performed,
    planned_world,
    region1_lost,
    steady,
    switched,
    without,
)

OBSERVATION = TypeAdapter(Observation)
Line = tuple[str, dict[str, Any]]


def facts(world: World) -> Any:
    return OBSERVATION.dump_python(observe(ground(), world), mode="json")


def observed(world: World) -> Line:
    return "observed", {"observation": facts(world)}


def acted(before: World, step: Step, after: World, *, ends: bool = True) -> list[Line]:
    epoch = before.epoch if before.ours else None
    lines = [("act.before", {"step": step.id, "epoch": epoch, "facts": facts(before)})]
    return [*lines, ("act.after", {"step": step.id, "facts": facts(after)})] if ends else lines


def journal(mode: Mode, lines: list[Line], meant: Intent | None = None) -> tuple[Entry, ...]:
    """Return records that nothing chains: what a chain costs is most of what it costs to judge them."""
    opened = {"environment": "lab", "digest": "x", "intent": asdict(meant or intent(mode))}
    kinds = enumerate([("case.opened", opened), *lines], 1)
    return tuple(
        Entry(n=n, at=float(n), case=CASE, attempt="a1", kind=kind, data=data, prev="", hash="")
        for n, (kind, data) in kinds
    )


def judged(mode: Mode, lines: list[Line]) -> tuple[str, ...]:
    return violations(ground().environment, journal(mode, lines))


def whole(mode: Mode, leave: Callable[[Step], bool] = lambda _step: False) -> list[Line]:
    lines = [observed(planned_world(mode))]
    for before, step, after in performed(mode):
        if not leave(step):
            lines += acted(before, step, after)
        lines.append(observed(after))
    return lines


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_lawful_run_has_no_violations(mode: Mode) -> None:
    assert judged(mode, whole(mode)) == ()


def test_records_before_the_case_and_other_kinds_are_passed_over() -> None:
    assert violations(ground().environment, journal("planned", whole("planned"))[1:]) == ()
    assert judged("planned", [("gate.asked", {"text": ""})]) == ()


@pytest.mark.parametrize(
    ("step_id", "words"),
    [
        ("promote:r2-db", "region2: standby is False; what was done since allows True"),
        ("move-names:ns1", "names is region2"),
        ("take-epoch:ns1", "record is ('switching', 'region1', 'region2', 'region2')"),
        ("block-replication:r2-db", "region2: blocked is region1 backup, region1 dbms"),
        ("close-database:r1-db", "region1: blocked is"),
    ],
)
def test_a_change_nobody_recorded_is_a_violation(step_id: str, words: str) -> None:
    found = judged("planned", whole("planned", leave=lambda step: step.id == step_id))
    assert any(words in text for text in found), found


def test_an_act_whose_needs_did_not_hold_is_named_with_its_record() -> None:
    step = next(step for _, step, _ in performed("unplanned") if step.id == "promote:r2-db")
    promoted = steady().set_database("region2", standby=False)
    found = judged("unplanned", acted(steady(), step, promoted))
    assert found[0].startswith("record 2: promote:r2-db: act.before although r1-db, r1-fw-p, r1-fw-b: not fenced")


def test_an_act_that_was_not_proven_is_named() -> None:
    before, step, _ = next(done for done in performed("unplanned") if done[1].id == "promote:r2-db")
    assert "act.after although r2-db: is standby" in judged("unplanned", acted(before, step, before))[0]


def test_a_step_no_runbook_has_is_named() -> None:
    assert judged("planned", [("act.after", {"step": "reboot:everything", "facts": {}})]) == (
        "record 2: reboot:everything: no runbook has such a step",
    )


def test_a_return_guard_may_settle_what_any_client_is_owed() -> None:
    known = ground().environment
    steps = catalogue(known, Intent(runbook="return_guard", target="region2", mode="planned", reason="a test")).values()
    clients = {host.name for key in REGION_KEYS for host in known.hosts(key, "application")}
    assert {step.host for step in steps if step.verb is Verb.RECONNECT} == clients


def test_an_act_without_an_end_may_have_had_its_effect_or_not() -> None:
    before, step, after = next(done for done in performed("unplanned") if done[1].id == "promote:r2-db")
    begun = [observed(before), *acted(before, step, after, ends=False)]
    assert judged("unplanned", [*begun, observed(after)]) == ()
    assert judged("unplanned", [*begun, observed(before)]) == ()


def test_what_nobody_saw_is_no_violation_and_is_remembered() -> None:
    blind = without(region1_lost(), TARGET_DBMS, silent=True)._replace(up=frozenset())
    lines = [observed(region1_lost()), observed(blind), observed(region1_lost())]
    assert judged("unplanned", lines) == ()
    changed = region1_lost().set_database("region2", standby=False)
    assert "region2: standby" in judged("unplanned", [*lines[:2], observed(changed)])[0]
    assert judged("unplanned", [observed(blind), observed(region1_lost())]) == ()


def test_what_an_act_changed_unseen_is_no_violation_once_it_is_seen() -> None:
    before, take, after = next(done for done in performed("planned") if done[1].verb is Verb.TAKE_EPOCH)
    blind = observed(after._replace(up=after.up - {"writer"}))
    acts = acted(before, take, after)
    assert judged("planned", [observed(before), *acts, blind, observed(after)]) == ()
    (wrong,) = judged("planned", [observed(before), *acts, blind, observed(before._replace(epoch=2))])
    assert "record is" in wrong
    open_end = acted(before, take, after, ends=False)
    assert judged("planned", [observed(before), *open_end, blind, observed(before)]) == ()


def test_a_later_process_has_an_epoch_of_its_own() -> None:
    before, step, after = next(done for done in performed("planned") if done[1].id == "take-epoch:ns1")
    assert judged("planned", [*acted(before, step, after), *acted(after, step, after)]) == ()


@pytest.mark.parametrize("ours", [True, False])
def test_an_alias_that_this_case_has_moved_stays_moved_when_a_later_process_takes_the_epoch(
    ours: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    alone = Intent(runbook="dbms_failover", target="region2", mode="planned", reason="a test", home="region1")
    moved = steady()._replace(state="switching", data="region2", epoch=2, ours=ours)
    take = next(step for _, step, _ in performed("planned") if step.id == "take-epoch:ns1")
    lines = [observed(moved), *acted(moved, take, moved), observed(moved)]
    found = violations(ground().environment, journal("planned", lines, alone))
    assert any("record is ('switching', " in text for text in found) is not ours


def test_a_step_found_done_must_be_done() -> None:
    step = next(step for _, step, _ in performed("planned") if step.id == "promote:r2-db")
    assert judged("planned", [("act.found", {"step": step.id, "facts": facts(switched())})]) == ()
    assert "act.found although" in judged("planned", [("act.found", {"step": step.id, "facts": facts(steady())})])[0]
