"""Redis, through which several Prefect servers speak: unpacked beside the hosts' Debian, only where it is asked for."""

import pathlib

from lab import root
from lab.identity import CACHE

PLACE = "/opt/lab/redis"  # on the control host


def tree() -> pathlib.Path:
    """Hold the program and all that it needs; nothing of it runs on the machine."""
    return CACHE / f"redis-{root.SUITE}"


def ensure() -> None:
    """Unpack it unless it is there."""
    root.extract(tree(), "redis-server")
