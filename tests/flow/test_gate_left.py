"""What was answered to a run that is no more is read where that run asked; or whoever is asked next hears why not."""

import base64
import gc
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from model.approval import Question
from model.errors import Transient
from tasks import private
from tasks.approvals import prefect_ui, who
from tests.unit.model.builders import environment
from tests.unit.model.test_approval import question

NOBODY = frozenset[str]()

# A client that is ended in the middle of a request leaves its connection to the garbage collector, which says so.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what a test has left while its own filter of warnings holds."""
    yield
    gc.collect()


@flow
async def stands_for_a_runbook() -> None:
    """Nothing runs: only its run is needed."""


@pytest_asyncio.fixture
async def asked() -> Question:
    """A question that was asked in a run of the server; its process is gone."""
    async with get_client() as client:
        run = await client.create_flow_run(stands_for_a_runbook)
    return replace(question(), flow_run=str(run.id), api=str(PREFECT_API_URL.value()))


async def answer(asked: Question, **changes: str) -> str:
    """Answer the question as the server keeps it; return the answer's key."""
    return await put(
        asked, json.dumps({"decision": "go", "approver": "alice", "reason": "seen on the bridge"} | changes)
    )


async def put(asked: Question, text: str) -> str:
    """Put a text where the answer belongs, as who has the API can; return the answer's key."""
    key = f"suspended-{asked.key}-response"
    async with get_client() as client:
        await client.create_flow_run_input(UUID(asked.flow_run), key, text)
    return f"{asked.flow_run}/{key}"


async def test_the_answer_is_found_by_the_key_its_own_run_gives_it(asked: Question) -> None:
    key = await answer(asked)
    ((found, said),) = (await prefect_ui.left(asked, NOBODY)).items()
    assert (found, said.question, said.approver, said.channel) == (key, asked.key, "alice", "prefect-ui")


async def test_an_answer_that_was_judged_is_not_found_again(asked: Question) -> None:
    assert await prefect_ui.left(asked, {await answer(asked)}) == {}


async def test_an_answer_to_another_round_of_that_run_is_left_where_it_is(asked: Question) -> None:
    await answer(replace(asked, key=f"{asked.key}1"))
    assert await prefect_ui.left(asked, NOBODY) == {}


async def test_a_question_that_nobody_has_answered_yet_says_nothing(asked: Question) -> None:
    assert await prefect_ui.left(asked, NOBODY) == {}


async def test_where_no_form_was_asked_nobody_is_called(asked: Question) -> None:
    assert await prefect_ui.left(None, NOBODY) == {}
    assert await prefect_ui.left(replace(asked, flow_run="", api=""), NOBODY) == {}


@pytest.mark.parametrize("text", ["x", "", "[1]", "null", '"go"', "NaN", '{"decision": "go"', "[" * 2_000])
async def test_what_is_no_answer_of_the_form_is_read_as_one_to_be_refused(asked: Question, text: str) -> None:
    key = await put(asked, text)
    ((found, said),) = (await prefect_ui.left(asked, NOBODY)).items()
    assert (found, said.question, said.decision, said.fault) == (key, asked.key, "", prefect_ui.STRANGE)
    assert who.identified(said, environment()).reasons == (prefect_ui.STRANGE,)


async def test_a_run_that_was_deleted_may_have_had_an_answer(asked: Question) -> None:
    gone = replace(asked, flow_run=str(uuid4()))
    with pytest.raises(Transient, match=f"run {gone.flow_run} asked before at .* counts no more: it was deleted"):
        await prefect_ui.left(gone, NOBODY)


@pytest.fixture
def nobody_listens() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/api"


async def test_a_server_that_is_away_may_have_an_answer(asked: Question, nobody_listens: str) -> None:
    with pytest.raises(Transient, match=r"counts no more: it cannot be read \(ConnectError\)"):
        await prefect_ui.left(replace(asked, api=nobody_listens), NOBODY)


async def test_a_deployed_run_asks_nobody_anew_while_its_server_is_away(
    asked: Question, nobody_listens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefect_ui, "is_deployed", lambda: True)
    with temporary_settings({PREFECT_API_URL: nobody_listens}), pytest.raises(httpx.ConnectError):
        await prefect_ui.left(asked, NOBODY)


@contextmanager
def serving(status: int, body: bytes = b"") -> Iterator[tuple[str, list[str]]]:
    """Serve the same to every request; yield where, and which password was given."""
    given: list[str] = []

    class Serves(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given.append(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # pytest's terminal is not its own
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Serves) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api", given
        server.shutdown()
        thread.join()


PASSWORD = f"Basic {base64.b64encode(b'admin:canary-4kE').decode()}"


async def refused(asked: Question) -> tuple[str, list[str]]:
    """Ask a server that takes no password; return what is said of it, without any, and what it was given."""
    with serving(401) as (api, given), pytest.raises(Transient) as raised:
        await prefect_ui.left(replace(asked, api=api), NOBODY)
    assert "canary" not in str(raised.value)
    return str(raised.value), given


async def test_the_password_of_the_server_is_that_of_before_the_private_one(
    asked: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GDR_SERVER_AUTH_STRING", "admin:canary-4kE")
    said, given = await refused(asked)
    assert given == [PASSWORD]
    assert said.endswith("it cannot be read (401: PREFECT_API_AUTH_STRING is not that of the server)")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `gdr password` puts the password, for a shell in which it is not set."""
    monkeypatch.setenv("GDR_SERVER_AUTH_STRING", "")  # what a private API makes of none
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    return tmp_path / "password.environment"


@pytest.mark.parametrize("value", ["admin:canary-4kE", '"admin:canary-4kE"', " 'admin:canary-4kE' "])
async def test_a_shell_without_the_password_has_it_from_where_the_units_have_it(
    asked: Question, file: Path, value: str
) -> None:
    private.write(file, f"# ours\nPREFECT_SERVER_API_AUTH_STRING=x\nPREFECT_API_AUTH_STRING={value}\n".encode())
    said, given = await refused(asked)
    assert given == [PASSWORD]
    assert said.endswith(f"PREFECT_API_AUTH_STRING is not set, and in {file} it is not that of the server)")


def lay(file: Path, mode: int | None, content: str) -> None:
    if mode is not None:
        file.write_text(content)
        file.chmod(mode)


@pytest.mark.parametrize(
    ("mode", "content", "said"),
    [
        (None, "", "and {}: No such file or directory: take a copy from the host of the server)"),
        (0o600, "OTHER=canary\n", "and in {} it is missing)"),
        (0o644, "PREFECT_API_AUTH_STRING=canary\n", "and {}: readable by others: chmod 0600 it"),
    ],
)
async def test_where_no_password_is_found_it_says_where_it_looked(
    asked: Question, file: Path, mode: int | None, content: str, said: str
) -> None:
    lay(file, mode, content)
    text, given = await refused(asked)
    assert given == [None]
    assert f"401: PREFECT_API_AUTH_STRING is not set, {said.format(file)}" in text


@pytest.mark.parametrize("body", [b"<html>canary</html>", b"", b"[]", b'{"canary": 1}', b"\xff"])
async def test_something_else_at_that_address_is_a_server_that_is_away(asked: Question, body: bytes) -> None:
    with serving(200, body) as (api, _), pytest.raises(Transient, match="no Prefect server of this version") as raised:
        await prefect_ui.left(replace(asked, api=api), NOBODY)
    assert "canary" not in str(raised.value)


async def test_a_server_that_only_listens_holds_nobody_up(asked: Question, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_ui, "PATIENCE_S", 0.2)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        api = f"http://127.0.0.1:{deaf.getsockname()[1]}/api"
        with pytest.raises(Transient, match=r"cannot be read \(TimeoutError\)"):
            await prefect_ui.left(replace(asked, api=api), NOBODY)


async def test_a_run_says_where_it_asks_and_no_password() -> None:
    there = httpx.URL(str(PREFECT_API_URL.value()))
    found: list[prefect_ui.Place] = []

    @flow
    async def asks() -> None:
        with temporary_settings({PREFECT_API_URL: str(there.copy_with(username="admin", password="canary"))}):  # noqa: S106
            found.append(prefect_ui.here())

    await asks()
    assert found[0].api == str(there)
    assert UUID(found[0].flow_run)
