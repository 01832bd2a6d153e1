"""What an approver is shown, and what an observation leaves unseen."""

import re
from dataclasses import replace
from math import ceil

import pytest

from model.case import Case
from model.declaration import UNHURRIED, bounds_of, declare, unreachable
from model.explore.nature import settle
from model.explore.world import World
from model.observation import Observation
from model.outline import outline
from model.runbooks import FULL_FAILOVER
from model.scope import unseen, whole
from model.step import SWITCHES, Mode, Name, digest
from model.switched import ANSWER_S
from model.view import View
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, environment, intent, region1_lost, steady, view, without

SILENT = without(steady(), SOURCE_DBMS, *FRAMEWORK["region1"], silent=True)._replace(up=steady().up - {"power"})


def case(mode: Mode = "unplanned", **changes: object) -> Case:
    known = Case(name="C-1", opened_at=0.0, environment="lab", digest="x", intent=intent(mode))
    sample = view(steady()).seen.sample
    seen = view(steady()).seen
    return replace(known, sample=sample, watch=seen.watch, declared_at=seen.at, **changes)  # type: ignore[arg-type]


def shown(world: World, mode: Mode = "unplanned") -> str:
    known = view(world, mode)
    return declare(known, case(mode), FULL_FAILOVER.left(known).steps()).text


def test_a_planned_switchover_may_lose_nothing() -> None:
    bounds, _ = bounds_of(view(steady(), "planned"), case("planned"))
    assert bounds.loss_changes == 0


def test_what_may_be_lost_is_unknown_without_a_sample() -> None:
    known = view(region1_lost())
    assert at_risk(known) > 0
    assert bounds_of(replace(known, seen=replace(known.seen, sample=None)), case())[0].loss_changes is None
    assert bounds_of(replace(known, seen=replace(known.seen, watch=None)), case())[0].loss_changes is None


def at_risk(known: View, **changes: float) -> int:
    changes_lost = bounds_of(known, case(), **changes)[0].loss_changes
    assert changes_lost is not None
    return changes_lost


def later(known: View, seconds: float) -> View:
    """Return the same world seen later: the sampler looks on and finds no primary."""
    at = known.seen.at + seconds
    assert known.seen.watch is not None
    return replace(known, seen=replace(known.seen, at=at, watch=replace(known.seen.watch, until=at)))


def test_what_a_source_that_writes_nothing_more_has_lost_grows_no_more() -> None:
    now, ended = view(region1_lost()), case(ended=True)
    shown = declare(now, ended, FULL_FAILOVER.left(now).steps())
    assert "and no more: region1 writes nothing now" in shown.text
    assert bounds_of(later(now, 3 * 86_400), ended)[0] == shown.bounds
    back = settle(region1_lost().set(SOURCE_DBMS, on=True).set_database("region1", running=True))
    assert bounds_of(later(view(back), ANSWER_S), ended)[0].worse_than(shown.bounds)


def test_what_may_be_lost_grows_until_somebody_answers_and_is_asked_again_when_it_exceeds_what_was_shown() -> None:
    now = view(SILENT)
    shown = declare(now, case(), FULL_FAILOVER.left(now).steps()).bounds
    assert bounds_of(later(now, ANSWER_S), case())[0].worse_than(shown) == ()
    assert "changes at risk" in bounds_of(later(now, ANSWER_S + 300), case())[0].worse_than(shown)[0]
    assert "now unknown" in bounds_of(later(now, 3 * 86_400), case())[0].worse_than(shown)[0]


def test_once_the_target_is_primary_nothing_more_is_lost_than_was_declared() -> None:
    promoted = view(region1_lost().set_database("region2", standby=False))
    assert at_risk(later(promoted, 3 * 86_400)) == at_risk(promoted)
    assert bounds_of(promoted, replace(case(), declared_at=None))[0].loss_changes is None


def test_writers_that_cannot_be_fenced_are_shown_as_waived() -> None:
    assert bounds_of(view(SILENT), case())[0].waived == {"r1-db", "r1-fw-p", "r1-fw-b"}
    assert bounds_of(view(region1_lost()), case())[0].waived == frozenset()


def test_writers_of_the_source_are_not_counted_as_unreachable() -> None:
    assert unreachable(view(region1_lost())) == {"r1-app-p", "r1-app-b"}


def test_the_page_names_what_an_approver_must_know() -> None:
    for world, mode in ((region1_lost(), "unplanned"), (steady(), "planned"), (SILENT, "unplanned")):
        text = shown(world, mode)  # type: ignore[arg-type]
        assert text.startswith(f"## {mode.capitalize()} full failover of lab to region2")
        assert "r1-db" in text


@pytest.mark.parametrize("name", SWITCHES)
def test_whoever_would_fail_over_from_damaged_data_is_told_to_restore(name: Name) -> None:
    known = view(steady(), "planned")
    known = replace(known, intent=replace(known.intent, runbook=name))
    text = declare(known, case("planned"), ()).text
    assert "Is data damaged (deleted, overwritten, encrypted)? No switch mends it: decline, and restore" in text


@pytest.mark.parametrize("name", UNHURRIED)
def test_what_switches_nothing_says_nothing_of_damage(name: Name) -> None:
    known = view(steady(), "planned")
    known = replace(known, intent=replace(known.intent, runbook=name))
    assert "damaged" not in declare(known, case("planned"), ()).text


def test_the_page_says_in_a_line_for_each_stage_what_will_be_done() -> None:
    known = view(region1_lost())
    steps = tuple(FULL_FAILOVER.left(known).steps())
    assert declare(known, case(), steps).text.endswith("\n".join(outline(known, steps)))


def test_lag_and_write_rate_stand_beside_what_may_be_lost() -> None:
    known = view(region1_lost())
    sample = replace(known.seen.sample, primary=70_000, bytes_per_s=10.0, hour_bytes_per_s=8_192.0)  # type: ignore[type-var]
    database = replace(known.seen.database("region2"), received=69_000)
    seen = replace(known.seen, sample=sample, databases={**known.seen.databases, "region2": database})
    text = declare(replace(known, seen=seen), case(), []).text
    assert "replication was streaming, 1000 bytes behind, at most 8192 bytes/s were written; no more than (" in text


@pytest.mark.parametrize(
    ("age", "ended", "time"), [(0.2, True, "1"), (3.0, False, "(3 + 900)"), (61.7, False, "(62 + 900)")]
)
def test_what_may_be_lost_can_be_counted_again_from_the_numbers_shown(age: float, ended: bool, time: str) -> None:  # noqa: FBT001
    known = view(region1_lost())
    sample = replace(known.seen.sample, at=known.seen.at - age, hour_bytes_per_s=878.3)  # type: ignore[type-var]
    known = replace(known, seen=replace(known.seen, sample=sample))
    declared = replace(case(ended=ended), sample=sample)
    line = next(line for line in declare(known, declared, []).text.splitlines() if "May be lost" in line)
    changes, size, old = (int(number) for number in re.findall(r"(\d+) (?:changes|bytes of WAL|s old)", line))
    said = re.search(
        r"no more than (\(\d+ \+ 879 x (.*)\) x 1.5) for safety \+ 65536 for a burst, 96 bytes a change$", line
    )
    assert said is not None
    (behind, rate, *seconds) = (int(number) for number in re.findall(r"\d+", said[1].removesuffix(" x 1.5")))
    assert (said[2], seconds[0]) == (time, old)
    most = ceil((behind + rate * sum(seconds)) * 1.5 + 65536)
    assert most - 1.5 * (rate + sum(seconds)) - 2 < size <= most, "a second and a byte a second are what is rounded"
    assert changes == ceil(size / 96)


def test_silent_hosts_are_no_instruction_and_debts_of_a_switch_alone() -> None:
    known, deploy = view(region1_lost()), replace(view(region1_lost()).intent, runbook="deploy")
    silent = "Silent hosts, writers apart (debts, mended when they return): r1-app-b, r1-app-p\n"
    assert f"- {silent}" in declare(known, case(), ()).text
    back = {host: replace(known.seen.host(host), answers=True) for host in unreachable(known)}
    answering = replace(known, seen=replace(known.seen, hosts={**known.seen.hosts, **back}))
    assert "- Silent hosts, writers apart: none\n" in declare(answering, case(), ()).text
    assert "- Silent hosts: r1-app-b, " in declare(replace(known, intent=deploy), case(), ()).text


def test_waiting_costs_nothing_only_where_primary_and_dbms_work() -> None:
    for world, said in (
        (steady(), "- Waiting costs nothing: Primary and DBMS work"),
        (region1_lost(), "- Waiting costs no calls: proxies serve read-only"),
        (steady().set_database("region1", running=False), "- Waiting costs no calls"),
    ):
        assert said in shown(world)


def test_a_proxy_restarted_now_fails_where_there_is_no_primary() -> None:
    assert "A proxy restarted now will not come up." in shown(region1_lost())
    assert "will not come up" not in shown(steady(), "planned")


def test_limited_mode_is_shown_for_as_long_as_it_is_known_to_last() -> None:
    known, declared = later(view(region1_lost()), 30), case()
    assert declared.sample
    age = known.seen.at - declared.sample.at
    begun = "Two clocks: limited mode (no Primary)"
    assert f"{begun} for at least {age:.0f} s;" in declare(known, declared, []).text
    nobody = f"{begun} for a time that nobody has seen begin;"
    assert nobody in declare(replace(known, seen=replace(known.seen, sample=None)), declared, []).text
    assert nobody in shown(without(steady(), *FRAMEWORK["region1"]), "planned")
    assert f"{begun} not begun;" in shown(steady(), "planned")


def test_each_fence_says_whether_it_stands_or_is_still_to_be_made() -> None:
    for world, mode, said in (
        (region1_lost(), "unplanned", "r1-db level 1 (powered off, seen now)"),
        (steady(), "planned", ", by this run)"),
        (SILENT, "unplanned", "r1-db level 5 (WAIVED)"),
    ):
        assert said in shown(world, mode)  # type: ignore[arg-type]


def test_a_rule_that_is_broken_already_is_shown() -> None:
    split = steady().set_database("region2", standby=False)
    assert "**Broken now:** V2: DBMS of region1 and region2 are both primary" in shown(split)
    assert "Broken now" not in shown(steady())
    assert "Broken now" not in shown(region1_lost())


def test_a_page_that_asks_again_says_why_and_one_without_a_sample_that_it_does_not_know() -> None:
    known = view(region1_lost())
    again = declare(known, case(), FULL_FAILOVER.left(known).steps(), ("changes at risk: 40 shown, now 41",))
    assert "40 shown, now 41" in again.text
    nothing = replace(known, seen=replace(known.seen, sample=None))
    blind = declare(nothing, case(), FULL_FAILOVER.left(known).steps())
    assert "unknown" in blind.text.lower()


@pytest.mark.parametrize(
    ("lag_s", "said"),
    [
        (1.0, "of 1 s by now (objective 60 s)"),
        (1_000.0, "of 1000 s by now (**objective 60 s: missed**)"),
        (None, "**of how many seconds is unknown** (objective 60 s)"),
    ],
)
def test_what_may_be_lost_is_held_against_the_objective(lag_s: float | None, said: str) -> None:
    known = view(region1_lost())
    assert known.seen.sample
    late = replace(known, seen=replace(known.seen, sample=replace(known.seen.sample, lag_s=lag_s)))
    assert said in declare(late, case(), FULL_FAILOVER.left(known).steps()).text


def test_steps_shown_are_those_that_must_be_done() -> None:
    known = view(region1_lost())
    steps = list(FULL_FAILOVER.left(known).steps())
    assert set(declare(known, case(), steps).steps) == {step.id for step in steps if step.must}


def test_everything_is_unseen_in_an_empty_observation_and_nothing_in_a_whole_one() -> None:
    scope = whole(environment())
    assert "r1-db" in unseen(Observation(at=1.0), scope)
    assert "activation record" in unseen(Observation(at=1.0), scope)
    living = replace(view(steady()).seen)
    assert set(unseen(living, scope)) == {"r1-app-b"}, "the explorer folds the source's application hosts into one"


def test_a_host_known_to_be_off_is_seen() -> None:
    assert "r1-fw-p" not in unseen(view(region1_lost()).seen, whole(environment()))


def test_who_gives_up_a_region_whose_database_works_is_told_of_the_failover_that_loses_nothing() -> None:
    lost = without(steady(), *FRAMEWORK["region1"])
    told = "r1-db works: only the framework is lost. Decline, and lose nothing: `gdr run partial-failover lab --target"
    assert told in shown(lost)
    assert "only the framework is lost" not in shown(lost._replace(state="switching", target="region2", ours=True))
    for world, mode in ((region1_lost(), "unplanned"), (steady(), "planned"), (steady(), "unplanned")):
        assert "only the framework is lost" not in shown(world, mode)  # type: ignore[arg-type]


def test_the_plan_and_the_head_of_the_evidence_are_in_what_an_approver_sees_and_so_out_of_our_hands() -> None:
    known = view(steady(), "planned")
    steps = tuple(FULL_FAILOVER.left(known).steps())
    text = declare(known, case("planned", head="ab" * 32), steps).text
    assert f"Case C-1, plan {digest(steps)}, evidence up to {'ab' * 8}. Reason given: " in text
