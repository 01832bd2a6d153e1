"""Every check of readiness is a constant of a module that the catalogue knows: what is printed of them is whole."""

import ast
from collections.abc import Iterator
from pathlib import Path

from model.readiness.catalogue import MODULES
from tests.architecture.repository import ROOT, parsed, plant, sources

KNOWN = frozenset(module.__name__ for module in MODULES)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def left_out(root: Path, known: frozenset[str]) -> Iterator[str]:
    """Yield each check that the catalogue cannot see."""
    for path in sources(root, "model"):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        tree = parsed(path)
        if any(made(tree)) and name not in known:
            yield f"{name} makes checks: add it to MODULES of model/readiness/catalogue.py"
        for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
            yield from (f"{name}:{call.lineno}: make the check a constant of the module" for call in made(function))


def made(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Check":
            yield node


def test_the_catalogue_has_every_check() -> None:
    assert list(left_out(ROOT, KNOWN)) == []


def test_a_module_that_is_left_out_is_named() -> None:
    (found,) = left_out(ROOT, KNOWN - {"model.readiness.drills"})
    assert found.startswith("model.readiness.drills makes checks")


def test_a_check_that_is_made_within_a_function_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "model/rule.py", "def lines():\n    return Check('a', 'fence', 'b')\n")
    assert list(left_out(tmp_path, frozenset({"model.rule"}))) == [
        "model.rule:2: make the check a constant of the module"
    ]
