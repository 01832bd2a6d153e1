"""The sampler writes what it measured and nothing else: no primary, or two, is no line."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from blocks import reach
from gdr.sampler import SEARCHING_S, busiest, lagging, measure, pause, rated
from model.observation import Sample, Watch
from tasks import samples
from tests.fakes.postgresql import FakeSql, Manner, Server
from tests.unit.gdr.shell import blocks, on_loopback
from tests.unit.model.steady import lab

ADDRESSES = {key: str(lab().dbms(key).address) for key in ("region1", "region2")}


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Server]:
    both = {"region1": Server(position=5000), "region2": Server(position=4000, in_recovery=True)}
    fake = FakeSql({ADDRESSES[key]: server for key, server in both.items()})

    async def sql(_name: str) -> FakeSql:
        return fake

    monkeypatch.setattr(reach, "sql", sql)
    return both


def sample(at: float, primary: int, rate: float = 0.0) -> Sample:
    return Sample(at=at, primary=primary, standby=primary, bytes_per_s=rate)


@pytest.mark.parametrize(
    ("unseen_s", "took_s", "then_s"),
    [(0.0, 0.25, 0.75), (0.5, 0.0, SEARCHING_S), (30.0, 1.25, 0.0), (31.0, 0.25, 0.75)],
)
def test_once_nothing_can_be_sampled_it_looks_again_sooner_for_a_while(
    unseen_s: float, took_s: float, then_s: float
) -> None:
    assert pause(unseen_s, took_s) == then_s


async def test_a_primary_and_its_standby(servers: dict[str, Server]) -> None:
    assert servers
    measured = (await measure(lab())).sample
    assert measured is not None
    assert (measured.primary, measured.standby) == (5000, 4000)


async def test_the_primary_is_the_one_not_in_recovery_wherever_it_stands(servers: dict[str, Server]) -> None:
    servers["region1"].in_recovery, servers["region2"].in_recovery = True, False
    measured = (await measure(lab())).sample
    assert measured is not None
    assert (measured.primary, measured.standby) == (4000, 5000)


async def test_a_silent_standby_is_no_position_and_no_zero(servers: dict[str, Server]) -> None:
    servers["region2"].manner = Manner.SILENT
    measured = await measure(lab())
    assert measured.sample is not None
    assert measured.sample.standby is None
    assert measured.silent == {"region2"}


@pytest.mark.parametrize("manner", [Manner.SILENT, Manner.REFUSES, Manner.BUSY])
async def test_without_a_primary_there_is_no_sample(servers: dict[str, Server], manner: Manner) -> None:
    servers["region1"].manner = manner
    measured = await measure(lab())
    assert (measured.sample, measured.primaries) == (None, 0)
    assert ADDRESSES["region1"] in measured.faults


async def test_two_primaries_are_no_sample(servers: dict[str, Server]) -> None:
    servers["region2"].in_recovery = False
    measured = await measure(lab())
    assert (measured.sample, measured.primaries) == (None, 2)


def test_the_lag_is_the_age_of_what_the_standby_has_whatever_was_written_since() -> None:
    hour = [sample(at, int(at) * 100) for at in (1.0, 2.0, 3.0)]
    burst = replace(sample(4.0, 10**9), standby=250)
    assert lagging(burst, hour).lag_s == 2.0
    assert lagging(replace(burst, standby=10**9), hour).lag_s == 0.0


def test_a_lag_beyond_what_is_remembered_is_unknown() -> None:
    behind = replace(sample(4.0, 400), standby=50)
    assert lagging(behind, [sample(1.0, 100)]).lag_s is None
    assert lagging(replace(behind, standby=None), [sample(1.0, 0)]).lag_s is None


def test_what_was_before_the_primary_went_back_tells_no_lag() -> None:
    """A backup was restored, or a standby promoted that stood further back: its bytes of then are others."""
    hour = [sample(at, position) for at, position in ((1.0, 100), (2.0, 900), (120.0, 400), (121.0, 500))]
    behind = replace(sample(122.0, 600), standby=450)
    assert lagging(behind, hour).lag_s == 2.0
    assert lagging(replace(behind, standby=300), hour).lag_s is None


def test_the_rate_is_the_highest_between_neighbours() -> None:
    line = [sample(1.0, 0), sample(2.0, 1000), sample(3.0, 1001)]
    assert rated(sample(4.0, 1002), line).bytes_per_s == 1000.0
    assert rated(sample(1.0, 7), []).bytes_per_s == 0.0
    assert rated(sample(2.0, 5), [sample(1.0, 900)]).bytes_per_s == 0.0, "another primary may stand further back"


def test_a_calm_minute_keeps_the_rate_of_its_hour() -> None:
    hour = [sample(10.0, 0, rate=9_000.0), sample(5_000.0, 0, rate=700.0)]
    assert busiest(sample(5_001.0, 0), hour).hour_bytes_per_s == 700.0
    assert busiest(sample(11.0, 0), []).hour_bytes_per_s == 0.0


def test_the_sampler_says_since_when_it_has_looked_without_a_pause() -> None:
    assert samples.watched("lab") is None
    for at in (100.0, 101.0, 120.0):
        samples.look_on("lab", at)
    assert samples.watched("lab") == Watch(since=100.0, until=120.0)
    samples.look_on("lab", 151.0)
    assert samples.watched("lab") == Watch(since=151.0, until=151.0)
    samples.path("lab").with_suffix(".watch").write_text("{")
    assert samples.watched("lab") is None


def test_the_whole_hour_is_read_when_the_sampler_starts() -> None:
    assert samples.hour("lab") == ()
    for second in range(100):
        samples.keep("lab", sample(float(second), second))
    assert len(samples.hour("lab")) == 100


def test_the_newest_line_is_read_from_the_end_of_the_file() -> None:
    assert samples.newest("lab") is None
    for second in range(400):
        samples.keep("lab", sample(float(second), second))
    assert samples.newest("lab") == sample(399.0, 399)
    assert [it.at for it in samples.recent("lab")] == [float(second) for second in range(340, 400)]


def test_a_line_cut_off_by_a_crash_is_left_out_and_mended() -> None:
    samples.keep("lab", sample(1.0, 1))
    with samples.path("lab").open("a") as file:
        file.write('{"at": 2.0, "prim')
    assert samples.newest("lab") == sample(1.0, 1)
    samples.keep("lab", sample(3.0, 3))
    assert [it.at for it in samples.recent("lab")] == [1.0, 3.0]


def test_only_the_last_hour_is_kept() -> None:
    for second in range(0, 2 * 3600, 10):
        samples.keep("lab", sample(float(second), second))
    kept = [json.loads(line)["at"] for line in samples.path("lab").read_text().splitlines()]
    assert kept[-1] == 7190.0
    assert 3590.0 >= kept[0] >= 7190.0 - samples.KEPT_S - samples.SLACK_S - 10
    assert not list(samples.path("lab").parent.glob("*.new"))


def test_it_ends_at_sigterm_and_says_what_it_lacks(tmp_path: Path) -> None:
    start = [sys.executable, "-m", "gdr.sampler", "lab"]
    lacking = subprocess.run(start, env={**os.environ}, capture_output=True, text=True, check=False)
    assert lacking.returncode == 1
    assert lacking.stderr.strip().endswith("no such file: write it (0600) or set GDR_BLOCKS")
    blocks(tmp_path / "blocks.yaml")
    with subprocess.Popen(
        start, env={**os.environ, **on_loopback(tmp_path)}, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        assert "no sample: 0 primaries answer" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
