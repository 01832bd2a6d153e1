"""A Prefect server of the tests' own, once per session, and a state folder per test."""

import gc
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW,
    PREFECT_SERVER_ANALYTICS_ENABLED,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness

from blocks import reach
from gdr.slack import connection, service
from model.environment.environment import Environment
from tasks.run import digest, environment, environment_file
from tests.fakes.slack import APP, BOT, CHANNEL, Slack
from tests.flow.chatting import ALICE, BOB, EVE
from tests.flow.servers import Server

UNHURRIED_S = 60.0  # the machine may be busy


@pytest.fixture(scope="session")
def server_database() -> Iterator[Path]:
    """Start the server; return its database's file."""
    with temporary_settings({PREFECT_SERVER_ANALYTICS_ENABLED: False}), prefect_test_harness(120):
        yield Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).split("///", 1)[1])


@pytest.fixture(autouse=True)
def state(server_database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Keep every test's state to itself."""
    assert server_database
    monkeypatch.setenv("GDR_STATE", str(tmp_path / "state"))
    with temporary_settings({PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW: "ignore"}):
        yield tmp_path / "state"


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """An environment with a channel, its blocks and the key of the service."""
    people = f"  slack: {{access: lab-slack, channel: {CHANNEL}, people: {{alice: {ALICE}, bob: {BOB}}}}}\n"
    text = environment_file("lab").read_text().replace("  four_eyes: false\n", "  four_eyes: false\n" + people)
    (tmp_path / "lab.yaml").write_text(text)
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    monkeypatch.setenv("GDR_BLOCKS_FROM", "file")
    for watched in (service, connection):
        monkeypatch.setattr(watched, "LOOK_S", 0.2)
    for cached in (environment, digest):
        cached.cache_clear()
    reach.forget()
    yield environment("lab")
    for cached in (environment, digest):
        cached.cache_clear()
    reach.forget()


@pytest_asyncio.fixture
async def chat(known: Environment, tmp_path: Path) -> AsyncIterator[Slack]:
    assert known.approval.slack
    async with Slack(members=(ALICE, BOB, EVE), trigger_s=UNHURRIED_S) as found:
        blocks = tmp_path / "blocks.yaml"
        fields = {"type": "slack-access", "bot_token": BOT, "app_token": APP, "api": found.api}
        blocks.write_text(json.dumps({"lab-slack": fields}))
        blocks.chmod(0o600)
        yield found
    gc.collect()  # while the test's own filter of warnings holds


@pytest.fixture
def surroundings(state: Path, tmp_path: Path) -> dict[str, str]:
    """What a process of its own is started with, that uses the tests' server and this test's state."""
    assert state
    known = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
    return known | {"PREFECT_HOME": str(tmp_path / "home"), "PREFECT_API_URL": str(PREFECT_API_URL.value())}


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """Return a server of this test's own, not yet started."""
    home = tmp_path / "prefect"
    home.mkdir()
    server = Server(home, monkeypatch)
    yield server
    server.stop()
