"""The sampler's second file, under `cross`: how far each region's log rows were behind when both servers answered."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from model.environment.document import RegionKey
from model.logs import Behind
from tasks import samples


def newest(environment: str) -> dict[RegionKey, Behind]:
    """Return the newest of each region; nothing where there never was one."""
    try:
        return {key: Behind(**told) for key, told in json.loads(_path(environment).read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(environment: str, found: Mapping[RegionKey, Behind]) -> None:
    """Keep these; a region that says nothing now keeps what it said last."""
    draft = _path(environment).with_suffix(".new-logs")
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(json.dumps({key: asdict(one) for key, one in (newest(environment) | {**found}).items()}))
    draft.replace(_path(environment))


def _path(environment: str) -> Path:
    return samples.path(environment).with_suffix(".logs")
