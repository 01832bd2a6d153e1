"""Write docs/verified.md: every scenario that a test plays in the laboratory, at a contract or in the model.

The sentence is the test's own name, so that the page cannot promise what no test shows.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "verified.md"
HEAD = """\
# Verified

What was seen to hold, a scenario a line, written from the tests by `python .ci/verified.py`: do not edit.
To see them, run `make test`; those of the campaign, `make campaign`. What is not here was not tried.
"""
PARTS = (
    ("In the laboratory: two regions, real servers", "tests/lab", ("tests/lab/kill",)),
    ("In the laboratory: processes killed, frozen, doubled, and regions that come back", "tests/lab/kill", ()),
    ("Contracts: the same assertions for a fake and for the real system", "tests/contract", ()),
    ("Host programs: each fault of theirs, on a machine of fakes", "tests/unit/hosts", ()),
    ("Flows: order, gate, endings", "tests/flow", ()),
    ("The model: every state that one fault can lead to", "tests/explore", ()),
)


def main() -> int:
    """Write the page; with --check, say whether it is the one that would be written."""
    text = page(ROOT)
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.read_text() == text else 1
    PAGE.write_text(text)
    return 0


def page(root: Path) -> str:
    """Lay the page out."""
    return "\n".join([HEAD, *(_part(root, *part) for part in PARTS)])


def _part(root: Path, title: str, folder: str, without: tuple[str, ...]) -> str:
    files = sorted((root / folder).rglob("test_*.py"))
    wanted = [file for file in files if not any(file.is_relative_to(root / other) for other in without)]
    lines = dict.fromkeys(line for file in wanted for line in scenarios(file.read_text()))
    return "\n".join([f"## {title}", "", *(f"- {line}" for line in lines), ""])


def scenarios(source: str) -> Iterator[str]:
    """Yield a file's tests as sentences; those of the campaign are marked, each or all at once."""
    body = ast.parse(source).body
    of_all = [text for node in body if (text := ast.unparse(node)).startswith("pytestmark = ")]
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = " ".join([*of_all, *map(ast.unparse, node.decorator_list)])
            yield _sentence(node.name) + (" (campaign)" if "campaign" in marks else "")


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


if __name__ == "__main__":
    sys.exit(main())
