"""What may be lost is bounded by what was measured; what was not measured is unknown, never nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.loss import BYTES_PER_CHANGE, FLOOR_BYTES, KNOWN_S, lag_s, loss_bound, why_unknown
from model.observation import DatabaseSeen, Observation, Sample, Watch

SAMPLE = Sample(at=100.0, primary=10_000, standby=9_000, bytes_per_s=50.0)
WATCH = Watch(since=0.0, until=110.0)
SIZES = st.integers(0, 10**12)


def test_no_sample_or_no_position_is_unknown() -> None:
    assert loss_bound(None, WATCH, 5, 100.0) is None
    assert loss_bound(SAMPLE, WATCH, None, 100.0) is None


@pytest.mark.parametrize(
    ("watch", "why"),
    [
        (None, "it never ran"),
        (Watch(since=0.0, until=110.0), "it died after the sample"),
        (Watch(since=131.0, until=400.0), "it paused after the sample"),
    ],
)
def test_a_sampler_that_did_not_look_on_makes_the_loss_unknown(watch: Watch | None, why: str) -> None:
    assert loss_bound(SAMPLE, watch, 9_000_000, 400.0) is None, why


def test_an_idle_minute_three_days_ago_is_no_bound() -> None:
    now = 3 * 86_400.0
    idle = Sample(at=0.0, primary=10_000, standby=10_000, bytes_per_s=0.0)
    assert loss_bound(idle, Watch(since=0.0, until=now), 9_000_000, now) is None
    assert loss_bound(idle, Watch(since=0.0, until=KNOWN_S), 9_000_000, KNOWN_S) is not None


def test_a_calm_minute_does_not_hide_a_busy_hour() -> None:
    busy = replace(SAMPLE, bytes_per_s=0.0, hour_bytes_per_s=1_000.0)
    loss = loss_bound(busy, WATCH, 9_000, 110.0)
    assert loss is not None
    assert loss.bytes == (1_000 + 1_000 * 10) * 3 // 2 + FLOOR_BYTES


def test_it_is_counted_to_the_fraction_so_that_a_go_of_an_older_version_covers_the_same_bound() -> None:
    """A go holds while no bound is worse than the one it was given for; what is shown is rounded, not what is kept."""
    busy = replace(SAMPLE, primary=9_000, hour_bytes_per_s=878.3)
    loss = loss_bound(busy, WATCH, 9_000, 102.66)
    assert loss is not None
    assert (loss.bytes, loss.changes) == (69_041, 720)


def test_a_bound_that_is_to_hold_for_a_while_counts_that_while() -> None:
    loss = loss_bound(SAMPLE, WATCH, 9_000, 110.0, ahead_s=20.0)
    assert loss is not None
    assert loss.bytes == (1_000 + 50 * 30) * 3 // 2 + FLOOR_BYTES
    assert loss.age_s == 10.0


def test_the_bound_in_seconds_is_the_lag_and_the_time_since() -> None:
    known = replace(SAMPLE, lag_s=2.0)
    bounds = [loss_bound(sample, WATCH, 9_000, 110.0, ahead_s=20.0) for sample in (known, SAMPLE)]
    assert [bound.rpo_s for bound in bounds if bound] == [12.0, None]


def test_the_bound_is_the_gap_and_what_was_written_since_with_margin() -> None:
    loss = loss_bound(SAMPLE, WATCH, 9_000, 110.0)
    assert loss is not None
    assert loss.bytes == (1_000 + 50 * 10) * 3 // 2 + FLOOR_BYTES
    assert loss.changes == -(-loss.bytes // BYTES_PER_CHANGE)
    assert (loss.age_s, loss.streaming_before) == (10.0, True)


def test_a_standby_that_was_not_streaming_is_shown() -> None:
    loss = loss_bound(replace(SAMPLE, standby=None), WATCH, 9_000, 100.0)
    assert loss is not None
    assert not loss.streaming_before


@given(primary=SIZES, received=SIZES, rate=st.floats(0, 10**9), age=st.floats(-10, KNOWN_S))
def test_the_bound_is_never_below_what_is_missing(primary: int, received: int, rate: float, age: float) -> None:
    sample = Sample(at=0.0, primary=primary, standby=0, bytes_per_s=rate)
    loss = loss_bound(sample, Watch(since=-5.0, until=age), received, age)
    assert loss is not None
    assert loss.bytes >= primary - received + rate * max(age, 0)
    assert loss.changes > 0
    assert loss.age_s >= 0


@given(received=SIZES, more=SIZES)
def test_a_standby_that_has_more_never_loses_more(received: int, more: int) -> None:
    before, after = (loss_bound(SAMPLE, WATCH, position, 101.0) for position in (received, received + more))
    assert before is not None
    assert after is not None
    assert after.bytes <= before.bytes


def seen(sample: Sample | None, received: int | None, at: float = 100.0) -> Observation:
    return Observation(at=at, databases={"region2": DatabaseSeen(received=received)}, sample=sample)


@pytest.mark.parametrize(("received", "lag"), [(10_000, 0.0), (12_000, 0.0), (9_999, 25.0), (9_000, 25.0)])
def test_lag_is_the_time_since_the_primary_was_where_the_standby_is(received: int, lag: float) -> None:
    assert lag_s(seen(replace(SAMPLE, lag_s=20.0), received, at=105.0), "region2") == lag


def test_lag_does_not_shrink_because_the_primary_wrote_fast_before() -> None:
    burst = replace(SAMPLE, lag_s=20.0, bytes_per_s=1e9)
    assert lag_s(seen(burst, 9_000), "region2") == 20.0


@pytest.mark.parametrize(
    ("sample", "received"), [(None, 5), (replace(SAMPLE, lag_s=1.0), None), (replace(SAMPLE, lag_s=None), 9_000)]
)
def test_lag_is_unknown_without_a_sample_a_position_or_a_memory(sample: Sample | None, received: int | None) -> None:
    assert lag_s(seen(sample, received), "region2") is None


def test_lag_is_unknown_once_the_sampler_has_been_silent_for_a_while() -> None:
    assert lag_s(seen(SAMPLE, SAMPLE.primary, at=SAMPLE.at + 3_600), "region2") is None


@pytest.mark.parametrize(
    ("sample", "received", "at", "why"),
    [
        (None, 5, 100.0, "the sampler on the control host has no sample"),
        (SAMPLE, 5, 700.0, "the sampler's newest line is 600 s old"),
        (SAMPLE, None, 100.0, "it does not say what it has received"),
        (SAMPLE, 9_000, 100.0, "it has not caught up with any line of the sampler's last hour"),
    ],
)
def test_why_the_lag_is_unknown_names_what_is_to_be_mended(
    sample: Sample | None, received: int | None, at: float, why: str
) -> None:
    known = seen(sample, received, at)
    assert lag_s(known, "region2") is None
    assert why_unknown(known, "region2").startswith(why)
