"""Every task is made by @act or @observe, which is where epoch, precondition, record and proof are."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.repository import ROOT, parsed, plant, sources

MAKER = "tasks/act.py"
EXEMPT: dict[str, str] = {}  # path -> why a task there may be made by Prefect's own decorator
SHARED = {
    "tasks.hosts": "how every system's command gets to its host",
    "tasks.report_forms": "how the report of a case is written, whatever systems it was about",
}


def bare_tasks(root: Path, exempt: dict[str, str]) -> Iterator[str]:
    """Yield each place that lays hands on Prefect's own task decorator, under whatever name."""
    for path in sources(root, "tasks", "flows", "gdr"):
        name = str(path.relative_to(root))
        if name != MAKER and name not in exempt:
            yield from (f"{name}:{line}: make it with @act or @observe" for line in _lines(parsed(path)))


def _lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="prefect" | "prefect.tasks", names=names):
                bare = any(alias.name in {"task", "Task", "tasks", "*"} for alias in names)
            case ast.Import(names=names):  # under another name the next case would not know it
                bare = any(alias.asname and alias.name.startswith("prefect") for alias in names)
            case ast.Attribute(attr="task" | "Task", value=owner):
                bare = ast.unparse(owner) in {"prefect", "prefect.tasks"}
            case _:
                bare = False
        if bare:
            yield node.lineno  # type: ignore[attr-defined]


def systems(root: Path) -> set[str]:
    """List the folders of tasks/, one system each, that hold code."""
    folders = (path for path in (root / "tasks").iterdir() if path.is_dir())
    return {f"tasks.{folder.name}" for folder in folders if any(folder.rglob("[!_]*.py"))}


def independent(settings: dict[str, Any]) -> set[str]:
    contracts = settings["tool"]["importlinter"]["contracts"]
    return {module for it in contracts if it["type"] == "independence" for module in it["modules"]}


def test_every_task_is_made_by_act_or_observe() -> None:
    assert list(bare_tasks(ROOT, EXEMPT)) == []


def test_no_exemption_is_stale() -> None:
    assert [name for name in EXEMPT if not list(_lines(parsed(ROOT / name)))] == []


def test_every_system_is_independent_of_the_others() -> None:
    """import-linter refuses a module that does not exist yet, so the list grows with the folders."""
    listed = independent(tomllib.loads((ROOT / "pyproject.toml").read_text()))
    assert systems(ROOT) - set(SHARED) - listed == set()


@pytest.mark.parametrize(
    "text",
    [
        "from prefect import task\n",
        "from prefect import task as step\n",
        "from prefect.tasks import Task\n",
        "import prefect\n\n@prefect.task(retries=2)\nasync def fence() -> None: ...\n",
        "import prefect as p\n\n@p.task\nasync def fence() -> None: ...\n",
        "import prefect\n\nfence = prefect.task(print)\n",
    ],
)
def test_a_bare_task_is_noticed(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "tasks/firewall/act.py", text)
    assert list(bare_tasks(tmp_path, {}))
    assert not list(bare_tasks(tmp_path, {"tasks/firewall/act.py": "planted"}))


def test_an_unlisted_system_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "tasks/firewall/act.py", "")
    plant(tmp_path, "tasks/empty/__init__.py", "")
    assert systems(tmp_path) == {"tasks.firewall"}
    assert independent({"tool": {"importlinter": {"contracts": [{"type": "independence", "modules": ["tasks.dns"]}]}}})
