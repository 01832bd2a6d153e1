"""Redis, through which several Prefect servers speak: unpacked beside the hosts' Debian, only where it is asked for."""

import pathlib
import shutil

from lab import root
from lab.identity import CACHE

PLACE = "/opt/lab/redis"  # on the control host


def tree() -> pathlib.Path:
    """Hold the program and all that it needs; nothing of it runs on the machine."""
    return CACHE / f"redis-{root.SUITE}"


def ensure() -> None:
    """Unpack it unless it is there; an interrupted attempt is never taken for it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with root.locked(CACHE / "root.lock"):
        if tree().is_dir():
            return
        partial = tree().with_name(f"{tree().name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        root.unpack(partial, partial.with_suffix(".log"), "--variant=extract", "redis-server")
        partial.rename(tree())
