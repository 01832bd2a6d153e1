from model.course import Course, course
from model.evidence import Entry

RECORDS = [
    ("act.before", "stop:a"),
    ("act.after", "stop:a"),
    ("act.before", "stop:b"),
    ("act.failed", "stop:b"),
    ("act.found", "stop:b"),
    ("act.found", "stop:a"),
    ("act.before", "promote:c"),
]


def entry(n: int, kind: str, **data: str) -> Entry:
    return Entry(n=n, at=float(n), case="lab-1", attempt="a", kind=kind, data=data, prev="", hash="")


def test_each_step_counts_once_and_what_has_no_end_is_in_flight() -> None:
    found = course([entry(0, "case.opened"), *(entry(n, kind, step=step) for n, (kind, step) in enumerate(RECORDS, 1))])
    assert found == Course(done=("stop:a", "stop:b"), flying={"promote:c": 7.0})
    assert str(found) == "Done so far: 2 steps, the last stop:b."
    assert str(course(())) == "Done so far: 0 steps."


def test_what_was_begun_again_and_failed_is_not_done() -> None:
    again = [*RECORDS, ("act.before", "stop:b"), ("act.failed", "stop:b")]
    found = course([entry(n, kind, step=step) for n, (kind, step) in enumerate(again)])
    assert str(found) == "Done so far: 1 step, the last stop:a."
