"""gdr-host inventory, the real script: what is installed, and never a secret of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_fakes.stage import Stage

FILE = "/opt/genesys/confserv.conf"
TEXT = """\
# of this host
[confserv]
server = dbserver
port=2020
[dbserver]
dbname=config
username=genesys
password=Tr0ub4dor
; the licence server
license=7260@lic=1
"""


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    (stage.root / FILE.lstrip("/")).parent.mkdir(parents=True)
    write(stage, TEXT)
    describe(stage)
    return stage


def write(host: Stage, text: str | bytes) -> None:
    path = host.root / FILE.lstrip("/")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def describe(host: Stage, **facts: Any) -> None:
    component = {"kind": "confserv", "unit": "confserv", "port": 2020, "config": FILE} | facts
    host.describe(components=[component])


def told(host: Stage) -> dict[str, Any]:
    ran = host.run("gdr-host", "inventory")
    assert ran.returncode == 0, ran.stderr
    (component,) = json.loads(ran.stdout)["components"]
    return dict(component)


def sections(host: Stage) -> dict[str, dict[str, str]]:
    return dict(told(host)["config"]["sections"])


def test_a_configuration_file_is_told_by_section_and_a_password_only_as_there(host: Stage):
    assert sections(host) == {
        "confserv": {"server": "dbserver", "port": "2020"},
        "dbserver": {"dbname": "config", "username": "genesys", "password": "(set)", "license": "(set)"},
    }
    assert "Tr0ub4dor" not in host.run("gdr-host", "inventory").stdout


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password=", "(empty)"),
        ("PassWord=x", "(set)"),
        ("dbpwd=x", "(set)"),
        ("tls-key=x", "(set)"),
        ("client-secret=x", "(set)"),
        ("dsn=host=a password=x;port=1", "(set)"),
        ("dbserver=scott/tiger@orcl", "(set)"),
        ("host=db password=x", "(set)"),
        ("apikey=x", "(set)"),
        ("pin=1", "(set)"),
        ("addp-timeout=7", "7"),
        ("PORT=2020", "2020"),
    ],
)
def test_no_secret_leaves_the_host(host: Stage, line: str, shown: str):
    write(host, f"[a]\n{line}\n")
    (value,) = sections(host)["a"].values()
    assert value == shown


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[a]\nhunter2+hunter2/hunter2hunter2hunter2hunter2==\n",
            "line 2 is neither a section, nor an option, nor a comment",
        ),
        ("[a]\nb=1\nhunter2\n", "line 3 is neither a section, nor an option, nor a comment"),
        ("x" * (1 << 20) + "=1", "more than 1048576 bytes"),
    ],
    ids=["a key", "stray line", "huge"],
)
def test_what_is_no_configuration_file_is_unknown_and_never_quoted(host: Stage, text: str, fault: str):
    write(host, text)
    found = told(host)["config"]
    assert found["sections"] is None
    assert fault in found["fault"]
    assert "hunter2" not in found["fault"]


def test_a_missing_file_is_named_with_its_remedy(host: Stage):
    describe(host, config="/opt/other.conf")
    found = told(host)["config"]
    assert (found["sections"], found["fault"]) == (
        None,
        "/opt/other.conf: No such file or directory: correct host.json, or the file",
    )


def test_a_host_that_names_no_file_and_no_command_says_so(host: Stage):
    describe(host, config=None)
    assert told(host) == {"kind": "confserv", "version": None, "config": None}


def test_a_file_in_another_encoding_is_read_all_the_same(host: Stage):
    write(host, b"[a]\nhost=caf\xe9\n")
    assert sections(host) == {"a": {"host": "(set)"}}


@pytest.mark.parametrize(
    ("script", "version"),
    [("echo; echo ' 8.5.101 '; echo more", "8.5.101"), ("exit 1", None), ("true", None)],
)
def test_a_version_is_the_first_line_of_the_sites_own_command(host: Stage, script: str, version: str | None):
    program = host.programs / "confserv-version"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    describe(host, version_command=["confserv-version"])
    assert told(host)["version"] == version


def test_looking_takes_no_epoch_and_no_lock(host: Stage):
    told(host)
    assert not (host.root / "var/lib/genesys-dr").exists()
