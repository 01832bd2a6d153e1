"""Registering may begin together with the server: it lets it come up, and not for ever."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gdr import registration
from gdr.registration import _come_up
from model.errors import Refused
from tests.unit.gdr.shell import blocks


def server(healthy: Iterator[bool]) -> Any:
    async def api_healthcheck() -> Exception | None:
        return None if next(healthy) else ConnectionRefusedError()

    return SimpleNamespace(api_healthcheck=api_healthcheck)


async def test_it_lets_the_server_come_up() -> None:
    answers = iter((False, False, True, True))
    await _come_up(server(answers), 30)
    assert list(answers) == [True]


async def test_it_does_not_wait_for_ever() -> None:
    begun = time.monotonic()
    await _come_up(server(itertools.cycle((False,))), 0.2)
    assert time.monotonic() - begun >= 0.2


async def test_it_does_not_ask_where_nobody_said_that_the_server_may_be_late() -> None:
    await _come_up(server(iter(())), 0)


def judged_with(written: Path, given: str) -> Path:
    """Write the deployments with other parameters for the schedule of readiness."""
    line = "slug: lab, interval: 1800, parameters: {environment: lab}"
    before = Path("deployments/prefect.yaml").read_text()
    assert line in before
    written.write_text(before.replace(line, line.replace("environment: lab", given)))
    return written


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("environment: lab, forse: true", r"prefect.yaml: readiness: schedule lab: .*'forse' was unexpected"),
        ("", r"prefect.yaml: readiness: schedule lab: .*'environment' is a required property"),
        ("environment: nowhere", r"nowhere.yaml: no such environment"),
    ],
)
async def test_a_schedule_whose_runs_would_die_at_their_start_is_refused_before_anything_is_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, said: str
) -> None:
    """No server is asked: none is there."""
    monkeypatch.setattr(registration, "DEPLOYMENTS", judged_with(tmp_path / "prefect.yaml", given))
    blocks(tmp_path / "blocks.yaml")
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    with pytest.raises(Refused, match=said):
        await registration.register()
