"""Several Prefect servers: every setting they share is one that this Prefect knows, and its module is locked."""

import importlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prefect.settings import Settings
from prefect.settings.base import PrefectBaseSettings
from prefect_redis.cleanup_queue import RedisWorkerCleanupQueueSettings
from prefect_redis.client import RedisMessagingSettings

from lab.errors import LabError
from lab.services import scaled
from tests.unit.test_units import service

FOLDER = Path("deployments/systemd")
SHARED = dict(
    line.split("=", 1) for line in (FOLDER / "scale.environment").read_text().splitlines() if not line.startswith("#")
)
MODULES = {name: value for name, value in SHARED.items() if value.startswith("prefect_redis.")}


def test_every_setting_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that Prefect does not know is silently ignored, and each server then has a queue of its own."""
    for name, value in SHARED.items():
        monkeypatch.setenv(name, value)
    server = Settings().server
    assert [server.events.messaging_broker, server.events.messaging_cache] == ["prefect_redis.messaging"] * 2
    assert server.events.causal_ordering == "prefect_redis.ordering"
    assert server.concurrency.lease_storage == "prefect_redis.lease_storage"
    assert server.worker_channel.cleanup_queue_storage == "prefect_redis.cleanup_queue"
    assert server.docket.url == SHARED["PREFECT_SERVER_DOCKET_URL"]
    assert server.database.migrate_on_start is False
    assert RedisMessagingSettings().url == SHARED["PREFECT_REDIS_MESSAGING_URL"]
    assert RedisWorkerCleanupQueueSettings().url == SHARED["PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL"]
    assert len(SHARED) == 9


@pytest.mark.parametrize("name", sorted(set(MODULES.values())))
def test_its_module_is_installed(name: str) -> None:
    assert importlib.import_module(name)


def test_messages_and_tasks_do_not_share_a_database() -> None:
    assert SHARED["PREFECT_SERVER_DOCKET_URL"] != SHARED["PREFECT_REDIS_MESSAGING_URL"]


ADDRESSES = sorted(name for name, value in SHARED.items() if value.startswith("redis://"))


@pytest.mark.parametrize("name", sorted(set(MODULES.values())))
def test_what_a_module_asks_has_an_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of prefect-redis has settings of its own; without them it asks loopback, without a password."""
    for shared in ADDRESSES:
        monkeypatch.setenv(shared, SHARED[shared])
    own = [one for one in vars(importlib.import_module(name)).values() if isinstance(one, type)]
    asked = [one for one in own if issubclass(one, PrefectBaseSettings) and "url" in one.model_fields]
    assert all(one().url in SHARED.values() for one in asked), asked


@pytest.mark.parametrize("name", ADDRESSES)
def test_redis_is_asked_with_a_password(name: str) -> None:
    assert urlsplit(SHARED[name]).password
    assert ":PASSWORD@" in SHARED[name], "the laboratory writes its own there"


def test_the_drop_in_changes_the_server_by_two_lines() -> None:
    """What the unit may not stays as it is; services are then run by a unit of their own, from the same files."""
    alone, drop = service(FOLDER / "prefect-server.service"), service(FOLDER / "scale.conf")
    assert drop == {
        "EnvironmentFile": "/etc/genesys-dr/scale.environment",
        "ExecStart": f"{alone['ExecStart']} --no-services",
    }
    services = (FOLDER / "prefect-services.service").read_text()
    files = [line for line in services.splitlines() if line.startswith("EnvironmentFile=")]
    assert [Path(line).name for line in files] == [
        "environment",
        "server.environment",
        "password.environment",
        "key.environment",
        "scale.environment",
    ]


def test_without_redis_for_the_laboratory_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("lab.redis.CACHE", tmp_path)
    with pytest.raises(LabError, match="python -m lab install --scale"):
        scaled.require_program()
