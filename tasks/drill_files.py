"""Drills as they are kept on the control host: a file each, for their parts have the journals."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from model.drill import Drill, Finding
from model.errors import Refused
from tasks.run import state


def drills(name: str) -> Iterator[Drill]:
    """Yield an environment's drills, oldest first.

    Raises:
        Refused: One of them cannot be read.
    """
    for path in sorted(_folder().glob(f"{name}-drill-*.json")):
        try:
            written = json.loads(path.read_text())
            found = tuple(Finding(**finding) for finding in written.pop("findings"))
            yield Drill(**written, findings=found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Refused(f"{path}: no drill that can be read ({error!r}): take the file out of that folder") from None


def keep(drill: Drill) -> None:
    """Write a drill down."""
    path = _folder()
    path.mkdir(parents=True, exist_ok=True, mode=0o750)
    put(path / f"{drill.name}.json", json.dumps(asdict(drill), indent=1) + "\n")


def put(path: Path, text: str) -> None:
    """Write a file whole: whoever reads it meanwhile sees the old one."""
    put_bytes(path, text.encode())


def put_bytes(path: Path, content: bytes) -> None:
    """Write a file whole, of whatever it consists."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")  # others may write the same file, or it in another form
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _folder() -> Path:
    return state() / "drills"
