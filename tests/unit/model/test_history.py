"""The last day of the sampler: the worst counts, and what was not measured is no zero."""

from model.observation import Minute
from model.readiness.history import lines
from model.readiness.line import Line
from model.runbooks.readiness import steady_view
from tests.unit.model.steady import DAY, NOW, lab, steady

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


def test_without_any_sample_of_the_day_nobody_knows() -> None:
    assert [line.verdict for line in judged()] == ["unknown", "unknown"]
    assert [line.verdict for line in judged(Minute(at=NOW - 30 * HOUR, measured=60))] == ["unknown", "unknown"]
