"""The password of the Prefect API and the key of its blocks: made once, as settings that Prefect takes up."""

import stat
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from prefect.settings import Settings

from blocks.place import PASSWORD
from gdr.answer import BadInput
from gdr.cli.password import KEY, USER
from gdr.server import ask
from tests.unit.gdr.shell import Gdr


def settings(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def test_server_and_clients_get_one_password_and_the_server_a_key(
    gdr: Gdr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gdr("password").code == 0
    for name, value in settings(tmp_path / PASSWORD).items():
        monkeypatch.setenv(name, value)
    api, server = Settings().api.auth_string, Settings().server.api.auth_string
    assert api is not None
    assert api == server
    user, _, word = api.get_secret_value().partition(":")
    assert user == USER
    assert len(word) >= 32
    (key,) = settings(tmp_path / KEY).items()
    assert key[0] == "PREFECT_SERVER_ENCRYPTION_KEY"
    assert Fernet(key[1]).encrypt(b"x")


def test_they_are_the_owners_alone_and_never_printed(gdr: Gdr, tmp_path: Path) -> None:
    said = gdr("password", "--json")
    assert said.json == {"folder": str(tmp_path), PASSWORD: "made (0600)", KEY: "made (0600)"}
    for name in (PASSWORD, KEY):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        for value in settings(tmp_path / name).values():
            assert value.removeprefix(f"{USER}:") not in said.out + said.err


def test_what_is_there_is_kept_for_the_blocks_open_with_no_other_key(gdr: Gdr, tmp_path: Path) -> None:
    gdr("password")
    before = [(tmp_path / name).read_text() for name in (PASSWORD, KEY)]
    (tmp_path / PASSWORD).unlink()
    assert "key.environment: is there already" in gdr("password").out
    after = [(tmp_path / name).read_text() for name in (PASSWORD, KEY)]
    assert (after[0] == before[0], after[1] == before[1]) == (False, True)


def test_one_that_others_can_read_is_refused(gdr: Gdr, tmp_path: Path) -> None:
    gdr("password")
    (tmp_path / PASSWORD).chmod(0o644)
    said = gdr("password")
    assert said.code == 2
    assert f"{tmp_path / PASSWORD}: readable by others" in said.err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "401: PREFECT_API_AUTH_STRING is missing, or not that of the server"),
        (409, "409 to GET /api/x: the server's log says why"),
        (500, "500 to GET /api/x: the server's log says why"),
    ],
)
def test_a_server_that_refuses_or_fails_is_told_apart_from_one_that_is_away(
    status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")

    async def asked() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(status))) as client:
            (await client.get("http://127.0.0.1:9/api/x")).raise_for_status()

    with pytest.raises(BadInput, match=said):
        ask(asked)


def test_a_server_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")

    async def asked() -> None:
        raise httpx.ConnectError("gone")

    with pytest.raises(BadInput, match="ConnectError: is the Prefect server up"):
        ask(asked)
