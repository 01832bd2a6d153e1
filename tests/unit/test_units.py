"""The systemd units start what there is, from one place, as one account."""

import configparser
import importlib.util
import shlex
from pathlib import Path

import pytest
from prefect.settings import PREFECT_SERVER_UI_STATIC_DIRECTORY

from blocks.place import PASSWORD
from gdr.cli.main import VERBS
from gdr.cli.password import KEY
from gdr.registration import POOL

FOLDER = Path("deployments/systemd")
UNITS = sorted(FOLDER.glob("*.service"))


def service(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(path)
    return dict(parser["Service"])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_what_it_starts_exists(path: Path) -> None:
    program, *words = shlex.split(service(path)["ExecStart"])
    match program.rpartition("/")[2], words:
        case "python", ["-m", module, *_]:
            assert importlib.util.find_spec(module) is not None
        case "gdr", [verb, *_]:
            assert verb in VERBS
        case other:
            pytest.fail(f"{path.name} starts {other}")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_it_runs_in_the_code_with_few_rights(path: Path) -> None:
    unit = service(path)
    assert unit["ExecStart"].startswith(unit["WorkingDirectory"] + "/.venv/bin/")
    assert (unit["User"], unit["NoNewPrivileges"], unit["ProtectSystem"]) == ("dr", "yes", "strict")
    named = {line for line in path.read_text().splitlines() if line.startswith("EnvironmentFile=")}
    names = {Path(line.partition("=")[2]).name for line in named}
    assert all((FOLDER / name).is_file() for name in names - {PASSWORD, KEY})


def test_the_worker_takes_runs_of_the_pool_that_is_registered() -> None:
    assert f"--pool {POOL} " in service(FOLDER / "prefect-worker.service")["ExecStart"]


def test_the_server_unpacks_its_web_interface_where_it_may_write() -> None:
    """Without it there is no gate form: what lies below the package is read-only for the unit."""
    unit = service(FOLDER / "prefect-server.service")
    name, _, path = unit["Environment"].partition("=")
    assert name == PREFECT_SERVER_UI_STATIC_DIRECTORY.name
    assert path.startswith(f"%S/{unit['StateDirectory']}/")


@pytest.mark.parametrize("name", ["prefect-worker", "gdr-watchdog@", "gdr-slack@"])
def test_a_unit_that_writes_evidence_says_what_a_mirror_needs(name: str) -> None:
    """They may write to their own folders alone: the mirror would be a debt of every case."""
    text = (FOLDER / f"{name}.service").read_text()
    assert "genesys-dr" in service(FOLDER / f"{name}.service")["StateDirectory"].split()
    assert "in a drop-in, ReadWritePaths=" in text.partition("[Unit]")[0]
    _, _, told = Path("docs/operate.md").read_text().partition("The shipped units may write to")
    assert name in told.partition("ReadWritePaths=")[0]


@pytest.mark.parametrize(
    "path", sorted([*FOLDER.glob("*environment"), *FOLDER.glob("*.conf")]), ids=lambda path: path.name
)
def test_no_secret_stands_in_an_example(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in lines if "AUTH_STRING" in line or "KEY=" in line]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("gdr-register", {PASSWORD}),
        ("gdr-slack@", {PASSWORD}),
        ("prefect-worker", {PASSWORD}),
        ("prefect-server", {PASSWORD, KEY}),
        ("prefect-services", {PASSWORD, KEY}),
        ("gdr-sampler@", set()),
        ("gdr-watchdog@", {PASSWORD}),
    ],
)
def test_a_unit_that_speaks_to_the_server_has_its_password_and_the_server_alone_its_key(
    name: str, files: set[str]
) -> None:
    """Nothing says `-` before the file: without it systemd does not start the unit."""
    lines = (FOLDER / f"{name}.service").read_text().splitlines()
    named = {line for line in lines if line.startswith("EnvironmentFile=")}
    assert {line for line in named if PASSWORD in line or KEY in line} == {
        f"EnvironmentFile=/etc/genesys-dr/{file}" for file in files
    }


def test_every_unit_was_asked_which_secrets_it_has() -> None:
    assert len(UNITS) == 7
