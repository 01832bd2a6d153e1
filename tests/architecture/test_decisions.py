"""A decision fits on one screen and says when to think again."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.repository import ROOT, plant

MOST_LINES = 30
HEADINGS = ["## Context", "## Decision", "## What it costs", "## When to revisit"]


def faults(folder: Path) -> Iterator[str]:
    for number, path in enumerate(sorted(folder.glob("*.md")), start=1):
        lines = path.read_text().splitlines()
        if len(lines) > MOST_LINES:
            yield f"{path.name}: {len(lines)} lines, {MOST_LINES} at most"
        if [line for line in lines if line.startswith("## ")] != HEADINGS:
            yield f"{path.name}: its headings are not {', '.join(HEADINGS)}"
        if not path.name.startswith(f"{number:04}-"):
            yield f"{path.name}: not number {number:04}"


def test_decisions_are_short_and_whole() -> None:
    assert list(faults(ROOT / "docs" / "decisions")) == []
    assert (ROOT / "docs" / "decisions").exists()


def test_a_bad_decision_is_noticed(tmp_path: Path) -> None:
    whole = "# Title\n" + "\n".join(HEADINGS) + "\n"
    plant(tmp_path, "0001-short.md", whole)
    assert not list(faults(tmp_path))
    plant(tmp_path, "0002-long.md", whole + "more\n" * MOST_LINES)
    plant(tmp_path, "0004-unnumbered.md", whole)
    plant(tmp_path, "0005-shallow.md", "# Title\n## Context\n")
    assert len(list(faults(tmp_path))) == 4
