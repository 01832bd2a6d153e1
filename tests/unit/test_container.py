"""The containers start what the units start, with the same files and few rights."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.unit.test_units import UNITS, service

FOLDER = Path("deployments/container")
RECIPE = (FOLDER / "Containerfile").read_text()
ALONE: dict[str, dict[str, Any]] = YAML(typ="safe").load(FOLDER / "compose.yaml")["services"]
SCALED: dict[str, dict[str, Any]] = YAML(typ="safe").load(FOLDER / "scale.yaml")["services"]
SERVICES = {**ALONE, "prefect-services": {**ALONE["prefect-server"], **SCALED["prefect-services"]}}
OURS = sorted(set(SERVICES) - {"postgresql"})
BY_HAND = "gdr"
BIN = "/opt/genesys-dr/.venv/bin/"


def container(unit: Path) -> dict[str, Any]:
    return SERVICES[unit.stem.removesuffix("@")]


def test_there_is_one_for_each_unit() -> None:
    assert sorted([BY_HAND, *(unit.stem.removesuffix("@") for unit in UNITS)]) == OURS


def test_scaled_out_they_differ_as_the_units_do() -> None:
    drop = service(UNITS[0].parent / "scale.conf")
    server = SCALED["prefect-server"]
    assert SCALED["prefect-services"]["extends"] == {"file": "compose.yaml", "service": "prefect-server"}
    assert server["command"] == shlex.split(drop["ExecStart"].removeprefix(BIN))
    assert server["env_file"] == [*ALONE["prefect-server"]["env_file"], drop["EnvironmentFile"]]


def started_redis(tmp_path: Path, password: str) -> subprocess.CompletedProcess[str]:
    """Run the command as its image would, with a program in its place that says what it was given."""
    (tmp_path / "docker-entrypoint.sh").write_text('#!/bin/sh\necho "$@"\ncat\n')
    (tmp_path / "docker-entrypoint.sh").chmod(0o755)
    shell, c, script = SCALED["redis"]["command"]
    known = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "REDIS_PASSWORD": password}
    command = [shell, c, script.replace("$$", "$")]
    return subprocess.run(command, env=known, capture_output=True, text=True, check=False)


def test_redis_asks_for_a_password_on_loopback_too_and_no_command_line_has_it(tmp_path: Path) -> None:
    """Who writes there runs code in the server, and every account of the host reaches loopback."""
    arguments, *settings = started_redis(tmp_path, "secret").stdout.splitlines()
    assert arguments == "redis-server --bind 127.0.0.1 --appendonly yes -"
    assert settings == ['requirepass "secret"']
    assert started_redis(tmp_path, "").returncode != 0
    (file,) = SCALED["redis"]["env_file"]
    assert (FOLDER / Path(file).name).read_text().splitlines()[-1] == "REDIS_PASSWORD="


def test_break_glass_waits_for_no_other() -> None:
    glass = SERVICES[BY_HAND]
    assert (glass["entrypoint"], glass["profiles"], glass["restart"]) == (["gdr"], ["by-hand"], "no")


def test_none_depends_on_another() -> None:
    """Podman starts nothing again whose dependency has ended, as the one that registers does."""
    assert not [name for name, known in {**ALONE, **SCALED}.items() if "depends_on" in known]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_starts_what_the_unit_starts(unit: Path) -> None:
    command = [word.replace("${ENVIRONMENT:?name it}", "%i") for word in container(unit)["command"]]
    assert command == shlex.split(service(unit)["ExecStart"].removeprefix(BIN))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_reads_the_files_of_the_unit_and_may_write_only_where_that_may(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert container(unit)["env_file"] == [
        line.partition("=")[2] for line in lines if line.startswith("EnvironmentFile=")
    ]
    folders = [f"/var/lib/{name}" for name in service(unit).get("StateDirectory", "").split()]
    writes = {place.split(":")[0] for place in container(unit)["volumes"] if not place.endswith(":ro")}
    assert writes - {"socket"} == {*folders, *service(unit).get("ReadWritePaths", "").split()}


@pytest.mark.parametrize("name", OURS)
def test_it_has_few_rights_and_the_hosts_own_network(name: str) -> None:
    """The regions' firewalls let the control host's address in, and no other."""
    rights = [SERVICES[name][key] for key in ("network_mode", "read_only", "cap_drop", "security_opt")]
    assert rights == ["host", True, ["ALL"], ["no-new-privileges"]]


def test_the_databases_socket_is_the_servers_alone() -> None:
    """Who reaches it is its owner: it asks for no password."""
    assert [name for name in OURS if any(place.startswith("socket:") for place in SERVICES[name]["volumes"])] == [
        "prefect-server",
        "prefect-services",
    ]
    assert SERVICES["postgresql"]["network_mode"] == "none"


def test_the_image_takes_what_it_names_and_nothing_else() -> None:
    taken = {word for line in re.findall(r"(?m)^COPY (.*) \S+$", RECIPE) for word in line.split()}
    allowed = Path(".containerignore").read_text().splitlines()
    assert allowed[0] == "*"
    assert taken == {line[1:] for line in allowed if line.startswith("!")}
    assert all(Path(name).exists() for name in taken)
    assert RECIPE.count("\nUSER dr\n") == 1
