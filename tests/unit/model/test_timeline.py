"""What was done when, and what the end waited for; people apart."""

from typing import Any

from model.evidence import Entry, follow
from model.report.timeline import LONGEST, Break, Part, folded, timeline
from tests.unit.kept.journals import entries

Line = tuple[float, str, dict[str, Any]]


def journal(*lines: Line) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for at, kind, data in ((100.0, "case.opened", {}), *lines):
        last = found[-1] if found else None
        found.append(follow(last, at=at, case="lab-1", attempt="a1", kind=kind, data=data))
    return tuple(found)


def act(began: float, ended: float, step: str, kind: str = "after") -> list[Line]:
    return [(began, "act.before", {"step": step}), (ended, f"act.{kind}", {"step": step})]


def in_order(*lines: list[Line]) -> tuple[Entry, ...]:
    return journal(*sorted((line for part in lines for line in part), key=lambda line: line[0]))


def test_the_path_is_what_ended_last_before_each_step_began() -> None:
    known = timeline(
        in_order(
            act(101, 102, "start:a"), act(101, 104, "start:b"), act(105, 106, "promote:c"), act(105.5, 105.9, "flush:d")
        )
    )
    assert {bar.step for bar in known.bars if bar.critical} == {"start:b", "promote:c"}
    looking = "observing before and after each step"
    assert known.critical == (
        Part(what="start:b", seconds=3),
        Part(what=looking, seconds=2),
        Part(what="promote:c", seconds=1),
    )
    assert sum(part.seconds for part in known.critical) == 6 == known.length


def test_people_are_a_part_of_the_path_and_no_work() -> None:
    asked: list[Line] = [(102, "gate.asked", {}), (150, "gate.answered", {})]
    known = timeline(in_order(act(100.5, 101, "stop:a"), asked, act(151, 152, "promote:c")))
    assert known.breaks == (Break(what="people", began=2, ended=50),)
    assert known.critical[0] == Part(what="people", seconds=48)


def test_a_time_in_which_no_process_was_there_is_no_work_either() -> None:
    seen: Line = (510, "observed", {"stage": "fence", "breaches": []})
    known = timeline(in_order([(101.0, "act.before", {"step": "stop:a"})], [(500, "attempt.started", {})], [seen]))
    assert [(one.what, one.began, one.ended) for one in known.breaks] == [
        ("nothing ran", 1, 400),
    ]  # fmt: skip
    assert (known.stages[0].idle, known.stages[0].ended) == (399, 410)


def test_what_was_begun_and_never_heard_of_again_has_no_end() -> None:
    lines: list[Line] = [
        (101, "act.before", {"step": "stop:a"}),
        (102, "debt", {"target": "x", "what": "y"}),
        (110, "attempt.started", {}),
        (111, "act.before", {"step": "stop:b"}),
        (112, "debt", {"target": "x", "what": "y"}),
    ]
    bars = timeline(journal(*lines)).bars
    assert [(bar.step, bar.began, bar.ended, bar.result) for bar in bars] == [
        ("stop:a", 1, 2, "no end"), ("stop:b", 11, 12, "no end"),
    ]  # fmt: skip


def test_what_died_had_ended_before_that_was_noticed() -> None:
    died: Line = (130, "attempt.died", {})
    begun: Line = (101, "act.before", {"step": "stop:a"})
    (bar,) = timeline(journal(begun, (102, "debt", {"target": "x", "what": "y"}), died)).bars
    assert (bar.ended, bar.result) == (2, "no end")


def test_a_case_in_which_nothing_was_done_waits_for_nothing() -> None:
    known = timeline(journal((101, "act.refused", {"step": "stop:a"})))
    assert (known.critical, [bar.result for bar in known.bars]) == ((), ["refused"])


def test_the_parts_of_a_real_case_are_its_whole_length() -> None:
    known = timeline(entries())
    end = max(bar.ended for bar in known.bars)
    assert abs(sum(part.seconds for part in known.critical) - end) < 1e-6
    assert [part.what for part in known.critical[:2]] == ["people", "observing before and after each step"]
    assert {bar.critical for bar in known.bars if bar.step == "promote:r2-db"} == {True}


def test_the_shortest_parts_are_told_as_one() -> None:
    parts = tuple(Part(what=f"step {number}", seconds=1.5) for number in range(LONGEST + 3))
    assert folded(parts) == (*parts[:LONGEST], Part(what="3 more steps", seconds=4.5))
    assert folded(parts[: LONGEST + 1]) == parts[: LONGEST + 1]
