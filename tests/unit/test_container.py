"""The containers start what the units start, with the same files and few rights."""

import re
import shlex
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
    assert SCALED["redis"]["command"][1:3] == ["--bind", "127.0.0.1"]


def test_break_glass_waits_for_no_other() -> None:
    glass = SERVICES[BY_HAND]
    assert (glass["entrypoint"], glass["profiles"], glass["restart"]) == (["gdr"], ["by-hand"], "no")
    assert "depends_on" not in glass


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
