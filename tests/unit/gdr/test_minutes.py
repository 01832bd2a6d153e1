"""The sampler's day: minutes counted from samples, kept for a day, whole after a crash."""

import pytest

from gdr.sampler import by_minute
from model.observation import Minute, Sample
from tasks import minutes
from tasks.readiness import day


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("GDR_STATE", str(tmp_path_factory.mktemp("state")))


def sample(at: float, lag: float | None = 0.0) -> Sample:
    return Sample(at=at, primary=1, standby=1, bytes_per_s=0.0, lag_s=lag)


def test_a_minute_has_its_worst_lag_and_counts_what_was_not_known() -> None:
    found = minutes.of([sample(60.2, 1.0), sample(61.2, None), sample(119.9, 3.0), sample(120.0, 2.0)])
    assert found == (Minute(at=60.0, measured=2, unknown=1, lag_s=3.0), Minute(at=120.0, measured=1, lag_s=2.0))


def test_the_sampler_keeps_a_minute_when_the_next_begins() -> None:
    minute = None
    for at in range(60, 190):
        minute = by_minute("lab", minute, sample(float(at)))
    assert minutes.day("lab") == (Minute(at=60.0, measured=60), Minute(at=120.0, measured=60))
    assert minute == Minute(at=180.0, measured=10)


def test_only_the_last_day_is_kept() -> None:
    assert minutes.day("lab") == ()
    for hour in range(40):
        minutes.keep("lab", Minute(at=hour * 3600.0))
    kept = [minute.at / 3600 for minute in minutes.day("lab")]
    assert kept[-1] == 39
    assert 14 <= kept[0] <= 15
    assert not list(minutes.path("lab").parent.glob("*.new-day"))


def test_a_line_cut_off_by_a_crash_is_left_out_and_mended() -> None:
    minutes.keep("lab", Minute(at=60.0))
    with minutes.path("lab").open("a") as file:
        file.write('{"at": 12')
    assert minutes.day("lab") == (Minute(at=60.0),)
    minutes.keep("lab", Minute(at=180.0))
    assert [minute.at for minute in minutes.day("lab")] == [60.0, 180.0]


def test_readiness_takes_the_minutes_not_kept_yet_from_the_samples() -> None:
    lately = (sample(70.0, 9.0), sample(130.0, 1.0))
    assert [minute.at for minute in day("lab", lately)] == [60.0, 120.0]
    minutes.keep("lab", Minute(at=60.0, measured=60))
    assert day("lab", lately) == (Minute(at=60.0, measured=60), Minute(at=120.0, measured=1, lag_s=1.0))
