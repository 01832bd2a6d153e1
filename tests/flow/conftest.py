"""A Prefect server of the tests' own, once per session, and a state folder per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session")
def server_database() -> Iterator[Path]:
    """Start the server; return its database's file."""
    with prefect_test_harness(server_startup_timeout=120):
        yield Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).split("///", 1)[1])


@pytest.fixture(autouse=True)
def state(server_database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Keep every test's state to itself."""
    assert server_database
    monkeypatch.setenv("GDR_STATE", str(tmp_path / "state"))
    with temporary_settings({PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW: "ignore"}):
        yield tmp_path / "state"
