"""The private API: one server for any number of commands, used again after a kill, stopped by the last."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gdr import private_api
from gdr.private_api import PrivateApi, Server
from model.errors import Refused

# Stands in for `prefect server start`: healthy unless its home is corrupt, or it is told to be deaf.
SERVER = """
import http.server, os, pathlib, sys
home = pathlib.Path(os.environ["PREFECT_HOME"])
if (home / "corrupt").exists(): sys.exit(1)
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(b"false" if (home / "deaf").exists() else b"true")
    def log_message(self, *_): pass
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Health).serve_forever()
"""


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/server.py "$@"\n')
    python.chmod(0o755)
    (tmp_path / "server.py").write_text(SERVER)
    monkeypatch.setattr(private_api, "sys", type("sys", (), {"executable": str(python)}))
    for name in (
        "PREFECT_API_URL",
        "PREFECT_HOME",
        "PREFECT_API_AUTH_STRING",
        "GDR_SERVER_AUTH_STRING",
        *private_api.CLIENT,
    ):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back afterwards


@pytest.fixture
def api() -> Iterator[PrivateApi]:
    api = PrivateApi()
    yield api
    api.stop()


def noted(api: PrivateApi) -> Server | None:
    return Server.noted(api.folder / "server.json")


def started() -> PrivateApi:
    api = PrivateApi()
    api.start()
    api.wait()
    return api


def test_it_comes_up_and_goes_without_a_trace(api: PrivateApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "of the server that is gone")
    api.start()
    api.wait()
    server = noted(api)
    assert server is not None
    assert os.environ["PREFECT_API_URL"] == f"http://127.0.0.1:{server.port}/api"
    assert os.environ["GDR_BLOCKS_FROM"] == "file"
    assert "PREFECT_API_KEY" not in os.environ
    assert server.password not in Path(f"/proc/{server.pid}/cmdline").read_text()
    assert (api.folder / "server.json").stat().st_mode & 0o077 == 0
    api.stop()
    assert not server.lives()
    assert not (api.folder / "server.json").exists()
    api.stop()


def test_the_password_of_the_server_it_stands_in_for_is_kept(api: PrivateApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was answered there is asked for once the private one has taken its place."""
    monkeypatch.delenv("GDR_SERVER_AUTH_STRING")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:of the server")
    api.start()
    api.wait()
    again = PrivateApi()
    again.start()
    again.stop()
    assert os.environ["GDR_SERVER_AUTH_STRING"] == "admin:of the server"
    assert os.environ["PREFECT_API_AUTH_STRING"] != "admin:of the server"


def test_one_that_a_killed_command_left_is_used_again(api: PrivateApi) -> None:
    killed = started()
    left = noted(killed)
    os.close(killed._users)  # what the kernel does at a kill
    api.start()
    assert noted(api) == left
    api.stop()
    assert left is not None
    assert not left.lives()


def test_the_last_command_stops_it(api: PrivateApi) -> None:
    other = started()
    api.start()
    server = noted(api)
    assert server is not None
    other.stop()
    assert server.lives()
    api.stop()
    assert not server.lives()


def test_one_that_is_left_but_does_not_answer_is_replaced(api: PrivateApi) -> None:
    killed = started()
    deaf = noted(killed)
    os.close(killed._users)
    (killed.home / "deaf").touch()
    api.start()
    assert deaf is not None
    assert not deaf.lives()
    assert noted(api) not in (None, deaf)


def test_one_that_another_command_has_just_started_is_waited_for(api: PrivateApi) -> None:
    """Two operators type at once: neither ends the server under the other."""
    first = PrivateApi()
    first.start()
    deaf = first.home / "deaf"
    deaf.touch()
    api.start()
    deaf.unlink()
    first.wait()
    server = noted(first)
    api.wait()
    assert noted(api) == server
    assert server is not None
    first.stop()
    assert server.lives()


def test_another_process_of_the_same_number_is_not_taken_for_it(api: PrivateApi) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        api.folder.mkdir(parents=True)
        (api.folder / "server.json").write_text(
            f'{{"pid": {stranger.pid}, "started": "1", "port": 1, "password": "x"}}'
        )
        api.start()
        api.stop()
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"pid": 1}'])
def test_a_note_cut_off_by_a_crash_is_no_note(api: PrivateApi, note: str) -> None:
    api.folder.mkdir(parents=True)
    (api.folder / "server.json").write_text(note)
    assert noted(api) is None


def test_a_home_it_cannot_start_on_is_put_aside_and_made_anew(api: PrivateApi) -> None:
    api.home.mkdir(parents=True)
    (api.home / "corrupt").touch()
    api.start()
    url = os.environ["PREFECT_API_URL"]
    api.wait()
    server = noted(api)
    assert server is not None
    assert url == f"http://127.0.0.1:{server.port}/api"
    assert len(list(api.folder.glob("home.broken-*"))) == 1


def test_two_commands_on_a_home_that_does_not_start_make_it_anew_once(api: PrivateApi) -> None:
    """An operator and the watchdog's return guard, at once: who comes second takes what the first has made."""
    api.home.mkdir(parents=True)
    (api.home / "corrupt").touch()
    first = PrivateApi()
    first.start()
    api.start()
    first.wait()
    remade = noted(first)
    api.wait()
    assert remade is not None
    assert (noted(api), api._server, remade.lives(), remade.answers()) == (remade, remade, True, True)
    assert (len(list(api.folder.glob("home.broken-*"))), api.home.is_dir()) == (1, True)
    first.stop()
    assert remade.lives()
    api.stop()
    assert not remade.lives()


def test_who_comes_while_a_server_has_just_died_under_others_keeps_their_address(api: PrivateApi) -> None:
    """They are pointed at it, and cannot be turned: each of them takes the one that was made anew."""
    first = PrivateApi()
    first.start()
    (first.home / "corrupt").touch()
    dead = noted(first)
    assert dead is not None
    dead.end()
    api.start()
    assert os.environ["PREFECT_API_URL"] == f"http://127.0.0.1:{dead.port}/api"
    first.wait()
    api.wait()
    remade = noted(api)
    assert remade is not None
    assert (remade.port, remade.password, remade.answers()) == (dead.port, dead.password, True)
    assert len(list(api.folder.glob("home.broken-*"))) == 1
    first.stop()


def test_the_last_command_stops_the_server_that_is_there_not_the_one_it_began_with(api: PrivateApi) -> None:
    first = started()
    dead = noted(first)
    assert dead is not None
    dead.end()
    api.start()
    api.wait()
    server = noted(api)
    assert server not in (None, dead)
    api.stop()
    first.stop()
    assert server is not None
    assert not server.lives()


def test_one_that_never_comes_up_is_refused_in_words(api: PrivateApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_api, "READY_S", 0.1)
    monkeypatch.setattr(Server, "answers", lambda _self: False)
    api.start()
    begun = time.monotonic()
    with pytest.raises(Refused, match="does not come up"):
        api.wait()
    assert time.monotonic() - begun < 20
