"""Short functions and short files: the median admired function has fewer than ten lines."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from tests.architecture.repository import PRODUCT, ROOT, parsed, plant, sources

LONGEST, NINE_OF_TEN = 60, 25
FILE, TEST_FILE = 300, 400
WRITTEN_BY_US = (*PRODUCT, "lab", "deployments/hosts", "bench", ".ci")

# Files to be cut; shrink it, never let it grow.
NOT_YET_CUT: set[str] = set()


def lengths(root: Path, *folders: str) -> Iterator[tuple[str, int]]:
    """Yield each function and its lines, docstring and decorators not counted."""
    for path in sources(root, *folders):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(root)}:{node.lineno}: {node.name}", _length(node)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    return (node.end_lineno or 0) - node.lineno + 1 - documented * ((first.end_lineno or 0) - first.lineno + 1)


def too_long(root: Path) -> list[str]:
    found = lengths(root, *WRITTEN_BY_US)
    return [f"{where}: {lines} lines, {LONGEST} at most" for where, lines in found if lines > LONGEST]


def ninth_decile(found: list[int]) -> float:
    return quantiles(found, n=10, method="inclusive")[-1] if len(found) > 1 else 0


def big_files(root: Path) -> Iterator[str]:
    for most, folders in ((FILE, WRITTEN_BY_US), (TEST_FILE, ("tests",))):
        for path in sources(root, *folders):
            lines = len(path.read_text().splitlines())
            if lines > most:
                yield f"{path.relative_to(root)}: {lines} lines, {most} at most"


def test_no_function_is_too_long() -> None:
    assert too_long(ROOT) == []


def test_nine_functions_of_ten_are_short() -> None:
    assert ninth_decile([lines for _, lines in lengths(ROOT, *PRODUCT)]) <= NINE_OF_TEN


def test_no_file_is_too_big() -> None:
    assert {fault.split(":")[0] for fault in big_files(ROOT)} == NOT_YET_CUT


def function(lines: int) -> str:
    return "def planted():\n" + '    """\n    Say\n    much.\n    """\n' + "    x = 1\n" * (lines - 1)


def test_a_long_function_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "gdr/fine.py", function(LONGEST))
    assert too_long(tmp_path) == []
    plant(tmp_path, "gdr/long.py", function(LONGEST + 1))
    assert too_long(tmp_path) == [f"gdr/long.py:1: planted: {LONGEST + 1} lines, {LONGEST} at most"]


def test_many_middling_functions_are_noticed() -> None:
    assert ninth_decile([5] * 95 + [40] * 5) <= NINE_OF_TEN
    assert ninth_decile([5] * 80 + [40] * 20) > NINE_OF_TEN


def test_a_big_file_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "model/fine.py", "x = 1\n" * FILE)
    plant(tmp_path, "tests/unit/fine.py", "x = 1\n" * TEST_FILE)
    assert not list(big_files(tmp_path))
    plant(tmp_path, "deployments/hosts/command", "#!/usr/bin/python3\n" + "x = 1\n" * FILE)
    plant(tmp_path, "tests/unit/big.py", "x = 1\n" * (TEST_FILE + 1))
    assert len(list(big_files(tmp_path))) == 2
