"""The laboratory that is measured in: up for this, and how long that and its end took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.table import Row
from lab import identity
from lab.api import Lab


@contextmanager
def laboratory(into: list[Row]) -> Iterator[Lab]:
    """Bring a laboratory up, with its checkpoint, and take it down; one that is up already is used and left."""
    if identity.current().state.exists():
        yield _ready(Lab())
        return
    begun = time.monotonic()
    lab = Lab.up()
    into.append(Row(what="laboratory up", product=[time.monotonic() - begun], budget=15))
    try:
        yield _ready(lab)
    finally:
        begun = time.monotonic()
        lab.down()
        into.append(Row(what="laboratory down", product=[time.monotonic() - begun], budget=3))


def _ready(lab: Lab) -> Lab:
    """Do what an operator has done before the day: the private API has its home (docs/operate.md)."""
    lab.checkpoint()
    lab.control(["gdr", "install"], check=True)
    return lab
