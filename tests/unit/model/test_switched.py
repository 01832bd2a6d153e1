"""What an approver reads of the clocks: before anything was done, in the middle of a switch, with a dead sampler."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from model.declaration import declare
from model.explore.world import World
from model.observation import Watch
from model.report.clocks import stopped_at
from model.step import Intent, Mode, Step, Verb
from model.view import View
from tests.unit.model.builders import FRAMEWORK, performed, region1_lost, steady, view, without
from tests.unit.model.test_declaration import case
from tests.unit.model.test_report import Line, act, journal

NOTHING = "Waiting costs nothing: Primary and DBMS work, and nothing is stopped before you say go."
STOPPED = "Waiting costs no calls: the names answer a Primary that works; what is stopped by now stays so"
READ_ONLY = "Waiting costs no calls: proxies serve read-only; only configuration changes wait."
NOT_BEGUN, NEW = "limited mode (no Primary) not begun;", "which ends as proxies find the new Primary;"
NOBODY = "limited mode (no Primary) for a time that nobody has seen begin"
MODES: tuple[Mode, ...] = ("planned", "unplanned")


def text(known: View, stopped: float | None = None, **declared: Any) -> str:
    return declare(known, replace(case(known.intent.mode), **declared), (), stopped_at=stopped).text


def held(mode: Mode) -> Iterator[tuple[Step, World]]:
    """Yield where a switch may be held, behind each of its steps but the last."""
    return ((step, world) for _, step, world in performed(mode) if step.verb is not Verb.STEADY)


def test_who_says_go_reads_that_there_will_be_no_last_proof() -> None:
    known = view(region1_lost())
    barred = replace(known.seen.database("region2"), canaries=None, barred=True, fault="login as genesys refused")
    seen = replace(known.seen, databases={**known.seen.databases, "region2": barred})
    assert "**No proof in the end: r2-db: " in text(replace(known, seen=seen))
    assert "No proof in the end" not in text(known)


@pytest.mark.parametrize("mode", MODES)
def test_of_a_switch_that_has_begun_it_is_never_said_that_nothing_is_stopped(mode: Mode) -> None:
    for step, world in held(mode):
        assert NOTHING not in text(view(world, mode)), step.id
    assert NOTHING in text(view(steady(), mode))


@pytest.mark.parametrize("mode", MODES)
def test_limited_mode_lasts_from_the_end_of_the_old_primary_until_the_names_answer_the_new_one(mode: Mode) -> None:
    stopped, moved = mode == "unplanned", False
    for step, world in held(mode):
        stopped, moved = stopped or step.id == "stop:r1-fw-p/confserv", moved or step.verb is Verb.MOVE_NAMES
        said = text(view(world, mode))
        assert (NOT_BEGUN not in said) is stopped, step.id
        assert (READ_ONLY in said) is (stopped and not moved), step.id
        assert ("A proxy restarted now will not come up." in said) is (stopped and not moved), step.id
        assert (STOPPED in said) is (moved or not stopped), step.id
        assert (NEW in said) is moved, step.id


def behind(verb: Verb, mode: Mode = "planned") -> View:
    return view(next(world for step, world in held(mode) if step.verb is verb), mode)


def test_limited_mode_is_counted_from_where_the_journal_says_that_the_primary_was_stopped() -> None:
    known = behind(Verb.PROMOTE)
    assert "limited mode (no Primary) for 90 s;" in text(known, known.seen.at - 90)
    assert NOBODY in text(known)
    moved = behind(Verb.MOVE_NAMES)
    assert f"limited mode (no Primary) for 90 s, {NEW}" in text(moved, moved.seen.at - 90)


def stop(at: float, run_mode: str) -> Line:
    seen = {"hosts": {"r1-fw-p": {"components": {"confserv": {"run_mode": run_mode}}}}}
    return act("before", at, "stop:r1-fw-p/confserv", facts=seen)


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        ((), None),
        ((stop(120, "Backup"),), None),
        ((stop(120, "Primary"), stop(130, "Primary")), 130),  # it was Primary still: the first stop had failed
        ((stop(120, "Primary"), stop(130, "Backup")), 120),
        ((stop(120, "Primary"), (140, "intent.aborted", {})), None),
    ],
)
def test_the_journal_says_when_the_primary_was_stopped(lines: tuple[Line, ...], at: float | None) -> None:
    assert stopped_at(journal(*lines)) == at


def test_a_switch_that_goes_on_unplanned_counts_from_where_it_stopped_the_primary_itself() -> None:
    known = behind(Verb.PROMOTE, "unplanned")
    assert "limited mode (no Primary) for 90 s;" in text(known, known.seen.at - 90)


def test_a_primary_that_could_not_be_stopped_is_no_new_one() -> None:
    known = behind(Verb.TAKE_EPOCH)
    assert NOT_BEGUN in text(known, known.seen.at - 90)


def test_a_database_that_moves_alone_brings_a_primary_that_is_new_though_no_name_moves() -> None:
    alone = Intent(runbook="dbms_failover", target="region2", mode="planned", reason="test", home="region1")
    old = view(steady()._replace(state="resting", target="region1", ours=True))
    assert NOT_BEGUN in text(replace(old, intent=alone))
    promoted = steady().set_database("region1", running=False).set_database("region2", standby=False)
    new = view(promoted._replace(state="resting", target="region1", ours=True, data="region2"))
    pair = {name: replace(host, components=old.seen.host(name).components) for name, host in new.seen.hosts.items()}
    assert f"{NOBODY}, {NEW}" in text(replace(new, intent=alone, seen=replace(new.seen, hosts=pair)))


def test_a_framework_that_moves_alone_is_said_to_come_from_where_it_is() -> None:
    alone = Intent(runbook="framework_failover", target="region1", mode="planned", reason="test", home="region2")
    assert "\n- From region1 to region2. Works now: " in text(replace(view(steady(), "planned"), intent=alone))


@pytest.mark.parametrize(("verb", "said"), [(Verb.TAKE_EPOCH, STOPPED), (Verb.START, READ_ONLY)])
def test_where_the_record_cannot_be_read_the_names_are_as_proxies_find_them(verb: Verb, said: str) -> None:
    known = behind(verb)
    assert said in text(replace(known, seen=replace(known.seen, record=None)))


def test_a_drill_has_stopped_nothing() -> None:
    assert NOTHING in text(view(steady()._replace(state="drill"), "planned"))


def aged(known: View, seconds: float, watched_until: float) -> View:
    """Return what is seen when the sampler's newest line is so old, and its last look that much."""
    at = known.seen.at
    assert known.seen.sample is not None
    sample = replace(known.seen.sample, at=at - seconds)
    return replace(known, seen=replace(known.seen, sample=sample, watch=Watch(since=0.0, until=at - watched_until)))


def test_a_sampler_that_looked_on_and_saw_no_dbms_tells_for_how_long_at_least() -> None:
    assert "limited mode (no Primary) for at least 7200 s;" in text(aged(view(region1_lost()), 7_200, 0))


def test_a_sampler_that_died_five_days_ago_says_nothing_of_limited_mode() -> None:
    """What was lost is as unknown: both are said of the same sample."""
    known = aged(view(region1_lost()), 432_000, 432_000)
    said = text(known, sample=known.seen.sample, watch=known.seen.watch)
    assert f"{NOBODY};" in said
    assert "May be lost: **unknown**" in said


def test_the_sample_declared_counts_no_more_once_the_dbms_was_seen_to_work_after_it() -> None:
    known = aged(view(region1_lost()), 60, 0)
    declared = aged(known, 7_200, 7_100).seen
    said = text(known, sample=declared.sample, watch=declared.watch, declared_at=known.seen.at - 7_100)
    assert "limited mode (no Primary) for at least 60 s;" in said


def test_a_dbms_that_works_on_does_not_tell_when_its_framework_died() -> None:
    assert f"{NOBODY};" in text(view(without(steady(), *FRAMEWORK["region1"])))


def test_once_promoted_the_sample_that_was_declared_counts_and_only_if_it_was_watched_then() -> None:
    known = behind(Verb.PROMOTE, "unplanned")
    at, sample = known.seen.at - 600, known.seen.sample
    assert sample is not None
    declared: dict[str, Any] = {"sample": replace(sample, at=at - 10), "declared_at": at}
    assert "(no Primary) for at least 610 s;" in text(known, **declared, watch=Watch(since=0.0, until=at))
    assert f"{NOBODY};" in text(known, **declared, watch=Watch(since=0.0, until=at - 31))
    assert f"{NOBODY};" in text(known, declared_at=None)
