"""What the documentation tells people to type works: blocks are executed, commands within the text exist."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from lab.host import venv_python
from lab.identity import CHECKOUT

_BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:make|gdr|python -m lab) [a-z][^`]*)`")
_NOT_YET = re.compile(r"^## Not yet.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r"#.*\bexit (\d+)")
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]


class Line(NamedTuple):
    """One command of the documentation, and the exit status it is said to have."""

    where: str
    words: tuple[str, ...]
    status: int = 0

    def __str__(self) -> str:
        return f"{self.where} {shlex.join(self.words)}"


def commands(path: Path, text: str) -> list[Line]:
    """List the commands of every block of a page, a continued line as one."""
    name = path.relative_to(CHECKOUT)
    found = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(2)) + 1
        for number, line in enumerate(block.group(2).replace("\\\n", " ").splitlines(), first):
            said = _STATUS.search(line)
            words = shlex.split(line, comments=True)
            if words:
                found.append(Line(f"{name}:{number}", tuple(words), int(said.group(1)) if said else 0))
    return found


def mentioned(path: Path, text: str) -> set[Line]:
    """Return the commands named within sentences, without their arguments; not those said to be missing."""
    name = path.relative_to(CHECKOUT)
    prose = _NOT_YET.sub("", _BLOCK.sub("", text))
    starts = (found.group(1).split() for found in _INLINE.finditer(prose))
    return {Line(str(name), tuple(words[: 4 if words[0] == "python" else 2])) for words in starts}


def once(lines: Iterable[Line]) -> list[Line]:
    """Leave out what another page says as well: one command is one test, named by the first."""
    return list({line[1:]: line for line in reversed(list(lines))}.values())[::-1]


COMMANDS = once(line for page in PAGES for line in commands(page, page.read_text()))
MENTIONED = once(sorted({line for page in PAGES for line in mentioned(page, page.read_text())}))


def perform(words, lab=None):
    """Run a command: on the control host if it is the product's, and never what would take this laboratory down."""
    match words:
        case ("make", *_):
            return subprocess.run(["make", "-n", *words[1:]], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        case ("python" | ".venv/bin/python", "-m", "lab" | "lab.drill", *verb):
            argv = [sys.executable, "-m", "lab", *verb[:1], "--help"]
            return subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        case ("gdr", verb, *_) if lab is None:
            argv = [Path(sys.executable).parent / "gdr", verb, "--help"]
            return subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        case ("gdr", "blocks" | "register", *_):  # who has done his imports knows the private server alone
            return lab.control([f"{venv_python().parent}/gdr", *words[1:]])
        case ("gdr", *_):
            return lab.control(words)
    pytest.fail(f"{shlex.join(words)}: no rule says how to test this: add one")


@pytest.mark.parametrize("line", COMMANDS, ids=str)
def test_a_command_of_a_block_ends_as_the_page_says(line, lab):
    done = perform(line.words, lab)
    assert done.returncode == line.status, done.stdout + done.stderr


@pytest.mark.parametrize("line", MENTIONED, ids=str)
def test_a_command_within_the_text_exists(line):
    done = perform(line.words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_blocks_are_found_with_their_status_and_their_place():
    text = "text\n\n   ```sh\n   gdr a lab  # refused: exit 3\n   gdr b \\\n     --c\n   ```\n```text\ngdr d\n```\n"
    page = CHECKOUT / "README.md"
    assert commands(page, text) == [
        Line("README.md:4", ("gdr", "a", "lab"), 3),
        Line("README.md:5", ("gdr", "b", "--c")),
    ]
    assert {line.words[:2] for line in COMMANDS} >= {("make", "drill"), ("gdr", "observe"), ("gdr", "readiness")}
