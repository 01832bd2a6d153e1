"""The sampler's file on the control host: what the primary had written, second by second."""

import json
from pathlib import Path

from model.observation import Sample
from tasks.run import state


def path(environment: str) -> Path:
    """Return the file of an environment's samples."""
    return state() / "samples" / f"{environment}.jsonl"


def newest(environment: str) -> Sample | None:
    """Return the newest sample, None when there is none: unknown, never zero."""
    file = path(environment)
    lines = file.read_text().splitlines() if file.exists() else []
    return Sample(**json.loads(lines[-1])) if lines else None
