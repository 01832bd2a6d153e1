"""The model decides from its arguments alone. What import-linter cannot see is looked for here."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, parsed, plant, sources

CLOCK_OR_WORLD = {
    "now",
    "today",
    "utcnow",
    "monotonic",
    "perf_counter",
    "getenv",
    "environ",
    "uuid4",
    "urandom",
}
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[2:]: importlib.import_module(name)
sys.exit(sys.argv[1] in sys.modules)
"""


def modules(root: Path, package: str) -> list[str]:
    paths = (path.relative_to(root).with_suffix("") for path in sources(root, package))
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


def pulls_in(root: Path, package: str, unwanted: str) -> bool:
    """Say whether importing every module of a package, in a fresh process, imports the unwanted one."""
    argv = [sys.executable, "-c", IMPORT_ALL, unwanted, *modules(root, package)]
    done = subprocess.run(argv, cwd=root, check=False, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return done.returncode != 0


def impurities(root: Path) -> Iterator[str]:
    """Yield each place where the model asks the machine instead of its caller."""
    for path in sources(root, "model"):
        for node in ast.walk(parsed(path)):
            where = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Attribute) and node.attr in CLOCK_OR_WORLD:
                yield f"{where}: .{node.attr}: take it as an argument"
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"open", "input", "print"}
            ):
                yield f"{where}: {node.func.id}(): take text, return text"


def test_the_model_knows_no_prefect() -> None:
    assert not pulls_in(ROOT, "model", "prefect")


def test_the_model_asks_nobody() -> None:
    assert list(impurities(ROOT)) == []


def test_a_hidden_import_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "planted/__init__.py", "")
    plant(tmp_path, "planted/deep/__init__.py", "")
    assert not pulls_in(tmp_path, "planted", "wave")
    plant(tmp_path, "planted/deep/module.py", "import wave\n")
    assert pulls_in(tmp_path, "planted", "wave")


@pytest.mark.parametrize(
    "line", ["x = datetime.now(UTC)", "x = Instant.now()", "open('f')", "os.environ['A']", "x = date.today()"]
)
def test_a_look_at_the_clock_is_noticed(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "model/rule.py", f"{line}\n")
    assert len(list(impurities(tmp_path))) == 1
