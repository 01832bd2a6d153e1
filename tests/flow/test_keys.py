"""Keys of the Prefect server are changed on a server that has blocks: nothing is lost, and a wrong order says so."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from blocks import reach
from tests.flow.servers import Server
from tests.unit.gdr import shell

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
SEALED = "the server cannot open it, or its database fails: the server's log says which: `InvalidToken` is another"
NOTIFY = {"type": "custom-webhook", "name": "chat", "url": "http://127.0.0.1:9/", "json_data": {"text": "{{body}}"}}


@pytest.fixture
def gdr(capsys: pytest.CaptureFixture[str]) -> shell.Gdr:
    return shell.gdr(capsys)


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Write a block file that also tells people."""
    path = tmp_path / "blocks.yaml"
    shell.blocks(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"notify": NOTIFY}))
    monkeypatch.setenv("GDR_BLOCKS", str(path))
    return path


def outcomes(said: shell.Said, kind: str) -> set[str]:
    return {what for name, what in said.json.items() if name.startswith(kind)}


def sealed(gdr: shell.Gdr) -> None:
    """Require every way to the blocks to say why it is shut, and a run to find them all the same."""
    for words in (("register",), ("blocks", "load"), ("blocks", "unload")):
        said = gdr(*words)
        assert (said.code, SEALED in said.err) == (2, True), said.err
    said = gdr("blocks", "check", "lab", "--json")
    assert (said.code, len(said.json)) == (1, 3)
    assert all(SEALED in what for what in said.json.values())
    reach.forget()
    found: object = asyncio.run(reach.sql("lab-postgresql"))
    assert found == reach.from_file("lab-postgresql", reach.second_source())
    reach.forget()


@pytest.mark.timeout(600)
def test_another_encryption_key_or_password_of_the_server_costs_no_block(
    own_server: Server, server_database: Path, gdr: shell.Gdr
) -> None:
    chapter = Path("docs/operate.md").read_text().partition("## Change a key")[2].partition("\n## ")[0]
    own_server.begin_with(server_database)
    own_server.start(PREFECT_SERVER_ENCRYPTION_KEY=OLD)
    with own_server.asked():
        assert outcomes(gdr("blocks", "load", "--json"), "block ") == {"created"}
        own_server.start(PREFECT_SERVER_ENCRYPTION_KEY=NEW, PREFECT_SERVER_API_AUTH_STRING="admin:new")
        said = gdr("blocks", "load")
        assert (said.code, "401: PREFECT_API_AUTH_STRING is missing, or not that of the server" in said.err) == (
            2,
            True,
        )
    with own_server.asked("admin:new"):
        sealed(gdr)
        assert "InvalidToken" in own_server.logged()
        own_server.start(PREFECT_SERVER_ENCRYPTION_KEY=OLD, PREFECT_SERVER_API_AUTH_STRING="admin:new")
        assert gdr("blocks", "check", "lab").code == 0, "the key that was put back opens all of them"
        (line,) = re.findall(r"psql .*-c '(.+)'$", chapter, re.MULTILINE)
        own_server.statement(line)
        assert outcomes(gdr("register", "--json"), "block ") == {"created"}
        assert outcomes(gdr("blocks", "unload", "--json"), "block ") == {"taken off the server"}
        assert outcomes(gdr("blocks", "unload", "--json"), "block ") == {"was not on the server"}
        said = gdr("register", "--json")
        assert (outcomes(said, "block "), outcomes(said, "automation ")) == ({"created"}, {"put back"})
        assert gdr("blocks", "check", "lab").code == 0
        fails(own_server, gdr)


def fails(server: Server, gdr: shell.Gdr) -> None:
    """Require a database that fails to be called no other key: the message leaves it open, and the log says it."""
    before = len(server.logged())
    server.statement("alter table block_document rename to away")
    said = gdr("blocks", "load")
    assert (said.code, SEALED in said.err) == (2, True), said.err
    assert ("no such table" in server.logged()[before:], "InvalidToken" in server.logged()[before:]) == (True, False)
