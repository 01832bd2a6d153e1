"""A dependency is used, or listed here with what it waits for."""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.repository import PRODUCT, ROOT, parsed, plant, sources

PINNED_FOR_PREFECT = {"fastapi", "sqlalchemy"}  # imported by Prefect; named only to hold their versions down
NOT_YET_USED = {
    "oracledb": "Oracle",
    "pyodbc": "SQL Server",
}


def declared(settings: str) -> set[str]:
    project = tomllib.loads(settings)["project"]
    return {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}


def imported(root: Path) -> Iterator[str]:
    """Yield every dotted name the product imports, and each of its parents."""
    for path in sources(root, *PRODUCT):
        for node in ast.walk(parsed(path)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            yield from (name.split(".")[0] for name in names)


def unused(names: Iterable[str], tops: set[str], owners: dict[str, list[str]]) -> set[str]:
    used = {canonicalize_name(owner) for top in tops for owner in owners.get(top, [])}
    return set(names) - used


def test_every_dependency_is_used_or_waits() -> None:
    names = declared((ROOT / "pyproject.toml").read_text())
    left = unused(names, set(imported(ROOT)), dict(packages_distributions()))
    assert left == set(NOT_YET_USED) | PINNED_FOR_PREFECT


def test_an_unused_dependency_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "gdr/cli.py", "import dns.resolver\nfrom slack_sdk.web import WebClient\n")
    owners = {"dns": ["dnspython"], "slack_sdk": ["slack_sdk"], "httpx": ["httpx"]}
    names = declared('[project]\ndependencies = ["dnspython>=2", "slack-sdk", "httpx[http2]"]\n')
    assert unused(names, set(imported(tmp_path)), owners) == {"httpx"}
