"""The wheel holds the five packages and nothing else; no library we stand on owns one of their names."""

import json
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.repository import PRODUCT, ROOT, plant

NOT_SHIPPED = ("bench", "deployments", "lab", "tests")
OWNERS = "import importlib.metadata as m, json; print(json.dumps(m.packages_distributions()))"


def build(project: Path, target: Path) -> Path:
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(argv, cwd=project, check=True, capture_output=True)
    return next(target.glob("*.whl"))


def packages(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    return {top for top in tops if not top.endswith(".dist-info")}


def strangers(owners: dict[str, list[str]], names: tuple[str, ...]) -> dict[str, list[str]]:
    """Name each package of ours that another distribution installs too."""
    found = {name: sorted(set(owners.get(name, [])) - {"genesys-dr"}) for name in names}
    return {name: who for name, who in found.items() if who}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_the_five_packages(wheel: Path) -> None:
    assert packages(wheel) == set(PRODUCT)


def test_nobody_else_owns_our_names(wheel: Path, tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--target", tmp_path, wheel], check=True)
    argv = [sys.executable, "-c", OWNERS]
    found = subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    owners = json.loads(found)
    assert [name for name in PRODUCT if "genesys-dr" not in owners.get(name, [])] == []
    assert strangers(owners, PRODUCT) == {}


def test_no_library_hides_a_folder_of_ours() -> None:
    assert strangers(dict(packages_distributions()), NOT_SHIPPED) == {}


def test_a_sixth_package_is_noticed(tmp_path: Path) -> None:
    settings = (
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "planted"\nversion = "1"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["gdr", "lab"]\n'
    )
    for path, text in (("pyproject.toml", settings), ("gdr/__init__.py", ""), ("lab/__init__.py", "")):
        plant(tmp_path, path, text)
    assert packages(build(tmp_path, tmp_path / "dist")) == {"gdr", "lab"}


def test_a_stranger_is_noticed() -> None:
    assert strangers({"tasks": ["genesys-dr", "celery-tasks"]}, PRODUCT) == {"tasks": ["celery-tasks"]}
