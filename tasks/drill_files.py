"""Drills as they are kept on the control host: a file each, for their parts have the journals."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from model.drill import Drill, Finding
from tasks.run import state


def drills(name: str) -> Iterator[Drill]:
    """Yield an environment's drills, oldest first."""
    for path in sorted(_folder().glob(f"{name}-drill-*.json")):
        written = json.loads(path.read_text())
        found = tuple(Finding(**finding) for finding in written.pop("findings"))
        yield Drill(**written, findings=found)


def keep(drill: Drill) -> None:
    """Write a drill down."""
    path = _folder()
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    put(path / f"{drill.name}.json", json.dumps(asdict(drill), indent=1) + "\n")


def put(path: Path, text: str) -> None:
    """Write a file whole: whoever reads it meanwhile sees the old one."""
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)


def _folder() -> Path:
    return state() / "drills"
