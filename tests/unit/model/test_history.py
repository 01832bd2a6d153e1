"""The last day of the sampler: the worst counts, and what was not measured is no zero."""

import pytest

from model.observation import DatabaseRole, Minute, Observation, Sample
from model.readiness.history import lines
from model.readiness.line import Line
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model.steady import DAY, NOW, database, lab, steady

HOUR = 3600.0


def judged(*day: Minute) -> tuple[Line, Line]:
    worst, gaps = lines(steady_view(lab(), steady()), NOW, day)
    return worst, gaps


def whole(hours: float, **changes: float) -> list[Minute]:
    count = int(hours * 60)
    return [Minute(at=NOW - 60 * (back + 1), **{"measured": 60, **changes}) for back in range(count)]  # type: ignore[arg-type]


def test_a_day_within_the_objective_is_green_and_says_its_worst() -> None:
    worst, gaps = judged(*whole(23), Minute(at=NOW - 23.5 * HOUR, measured=60, lag_s=59.4))
    assert (worst.verdict, gaps.verdict) == ("green", "green")
    assert worst.found == "59 s of the last 23.5 h, 23.5 h ago; objective 60 s"
    assert gaps.found == "82860 samples of the last 23.5 h with a lag, 0 without"


def test_one_minute_beyond_the_objective_is_red_and_blocks_nothing() -> None:
    worst, _ = judged(*whole(2), Minute(at=NOW - 2 * HOUR - 60, measured=1, lag_s=61))
    assert (worst.verdict, worst.blocks) == ("red", ())
    assert worst.remedy


def test_what_is_older_than_a_day_is_not_judged() -> None:
    worst, _ = judged(*whole(1), Minute(at=NOW - 25 * HOUR, measured=60, lag_s=900))
    assert worst.verdict == "green"


def test_a_sampler_that_was_silent_for_long_is_red() -> None:
    _, gaps = judged(*whole(1), Minute(at=NOW - 3 * HOUR, measured=60))
    assert (gaps.verdict, gaps.blocks) == ("red", ())
    assert gaps.remedy


def test_a_standby_that_was_silent_for_long_is_red_and_its_lag_no_zero() -> None:
    worst, gaps = judged(*whole(1, measured=0, unknown=60))
    assert (worst.verdict, gaps.verdict) == ("unknown", "red")
    assert gaps.found == "0 samples of the last 1.0 h with a lag, 3600 without"


def test_a_restart_is_no_gap() -> None:
    day = [*whole(1)[:20], *whole(1)[22:]]
    assert judged(*day)[1].verdict == "green"
    assert judged(*DAY)[1].verdict == "green"


SILENT = database("region2", role=DatabaseRole.UNKNOWN, streaming=None)
STOPPED = database("region2", role=DatabaseRole.STOPPED, streaming=None)
CUT_OFF = database("region2", streaming=False)
ALONE = [Minute(at=NOW - 60 * back, unknown=60) for back in range(1, 60)]
LAST = Minute(at=NOW - 2 * HOUR, measured=30, lag_s=40, unknown=30)


@pytest.mark.parametrize(
    ("seen", "samples", "day", "found"),
    [
        (STOPPED, (), (LAST, *ALONE), "; no standby seen since 1970-01-12 11:46 UTC, 2.0 h ago"),
        (SILENT, (), (LAST, *ALONE), "; no standby seen since 1970-01-12 11:46 UTC, 2.0 h ago"),
        (STOPPED, (), ALONE, "; no standby seen since before 1970-01-12 12:47 UTC, 1.0 h ago"),
        (STOPPED, (), (), "; no standby seen since nobody knows when: no sample"),
        (CUT_OFF, (300.0, 301.0, None), ALONE, "; it has what was written until 1970-01-12 13:41 UTC, 0.1 h ago"),
    ],
    ids=["stopped", "silent", "for longer than is kept", "no sample", "cut off"],
)
def test_a_line_without_standby_says_since_when(
    seen: Observation, samples: tuple[float | None, ...], day: tuple[Minute, ...], found: str
) -> None:
    kept = [Sample(at=NOW - 3 + at, primary=1, standby=1, bytes_per_s=0, lag_s=lag) for at, lag in enumerate(samples)]
    (said,) = [it for it in readiness(steady_view(lab(), seen), NOW, kept, day) if it.name == "standby streams"]
    assert said.found.endswith(found)
    assert said.verdict != "green"


def test_a_standby_that_streams_says_no_more_than_that() -> None:
    (said,) = [it for it in readiness(steady_view(lab(), steady()), NOW, (), DAY) if it.name == "standby streams"]
    assert (said.verdict, said.found) == ("green", "standby, streaming")


def test_without_any_sample_of_the_day_nobody_knows() -> None:
    assert [line.verdict for line in judged()] == ["unknown", "unknown"]
    assert [line.verdict for line in judged(Minute(at=NOW - 30 * HOUR, measured=60))] == ["unknown", "unknown"]
