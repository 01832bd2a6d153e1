"""The page of the vendor's requirements leaves none out, and points at what exists."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.repository import ROOT

VERDICTS = {"kept", "in part", "deviation", "not yet"}
REQUIREMENTS = 43
ROW = re.compile(r"^\| (\d+) \| [^|]+ \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def faults(text: str, root: Path) -> Iterator[str]:
    """Say what is wrong with the page."""
    rows = ROW.findall(text)
    if [int(number) for number, _, _ in rows] != list(range(1, REQUIREMENTS + 1)):
        yield f"not the requirements 1 to {REQUIREMENTS}"
    decisions = {path.name[:4] for path in (root / "docs/decisions").glob("*.md")}
    for number, verdict, where in rows:
        if verdict not in VERDICTS:
            yield f"{number}: {verdict}: one of {', '.join(sorted(VERDICTS))}"
        named = re.findall(r"`([a-z][\w.-]*(?:/[\w.-]+)+)`", where)
        yield from (f"{number}: {path}: no such file" for path in named if not (root / path).exists())
        cited = re.findall(r"\b\d{4}\b", where.replace("2136", ""))
        yield from (f"{number}: {one}: no such decision" for one in cited if one not in decisions)


def test_every_requirement_of_the_vendor_has_an_answer() -> None:
    assert list(faults((ROOT / "docs/requirements.md").read_text(), ROOT)) == []


def test_a_wrong_page_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "docs/decisions").mkdir(parents=True)
    row = "| 1 | S1 | something | done | `model/nowhere.py`: 0099 |"
    assert list(faults(row, tmp_path)) == [
        "not the requirements 1 to 43",
        "1: done: one of deviation, in part, kept, not yet",
        "1: model/nowhere.py: no such file",
        "1: 0099: no such decision",
    ]
