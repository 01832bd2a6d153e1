"""What the architecture tests look at: the files of this checkout, and Python parsed."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("gdr", "flows", "tasks", "blocks", "model")


def files(root: Path = ROOT) -> list[Path]:
    """List what is committed or about to be, as Git sees it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(root / name for name in listed.stdout.split("\0") if name and (root / name).is_file())


def sources(root: Path, *folders: str) -> Iterator[Path]:
    """Yield Python files, commands without a suffix too."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and is_python(path):
                yield path


def is_python(path: Path) -> bool:
    if path.suffix:
        return path.suffix == ".py"
    with path.open("rb") as file:
        first = file.readline()
    return first.startswith(b"#!") and b"python" in first


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def plant(root: Path, path: str, text: str) -> Path:
    """Write a file that breaks a rule, to see the rule's test notice."""
    planted = root / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text)
    return planted
