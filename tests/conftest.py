"""Mark tests by folder, and decide what a test that needs the lab, or a browser, does where there is none."""

import functools
import itertools
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NUMBER = itertools.count()


@pytest.fixture(autouse=True)
def own_state(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep what a test writes off this machine's own state; that of the laboratory lies on its control host."""
    if not request.node.get_closest_marker("lab"):
        monkeypatch.setenv("GDR_STATE", str(tmp_path_factory.getbasetemp() / "states" / str(next(NUMBER))))


@pytest.fixture(scope="session")
def identity():
    """Which laboratory these tests may build and destroy."""
    from lab.identity import current  # noqa: PLC0415  # most runs hold no lab test

    return current()


@pytest.fixture(scope="session")
def lab(identity):
    """One laboratory for all tests; it also goes down when pytest is killed."""
    from lab.api import Lab  # noqa: PLC0415

    lab = Lab.up(identity)
    lab.checkpoint()
    yield lab
    lab.down()


def pytest_configure() -> None:
    """End at SIGTERM as at Ctrl-C: fixtures take down what they have started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unhurried = config.getoption("timeout", None) == 0  # a marker would beat the option
    for item in items:
        if unhurried:
            item.add_marker(pytest.mark.timeout(0), append=False)
        if item.path.is_relative_to(HERE):
            folder = item.path.relative_to(HERE).parts[0]
            if folder in {"contract", "flow", "lab"}:
                item.add_marker(folder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for needed, why_not in NEEDED.items():
        if item.get_closest_marker(needed) and (reason := why_not()):
            if os.environ.get("CI") == "true":
                pytest.fail(f"CI must run the {needed}: {reason}", pytrace=False)
            pytest.skip(reason)


@functools.cache
def why_no_lab() -> str:
    """Empty where a lab can be built."""
    from lab import errors, preflight  # noqa: PLC0415  # most runs hold no lab test

    try:
        preflight.require()
    except errors.LabError as error:
        return str(error)
    return ""


def why_no_proxy() -> str:
    """Empty where there is a HAProxy to try the shipped configuration with."""
    from lab import haproxy  # noqa: PLC0415  # most runs hold no such test

    return "" if haproxy.command() else "HAProxy: not there: python -m lab install --proxy"


def why_no_program(program: str) -> str:
    """Empty where the machine has a program; the tests download none."""
    return "" if shutil.which(program) else f"{program}: not installed: python -m lab install --tools"


NEEDED: dict[str, Callable[[], str]] = {
    "lab": why_no_lab,
    "proxy": why_no_proxy,
    "browser": functools.partial(why_no_program, "chromium"),
    "openssh": functools.partial(why_no_program, "ssh-keygen"),
}
"""Marks of tests, each with what says why they cannot be run here."""
