"""A journal that `make drill` left, as it was written: what a later version must still read, verify and report."""

import gzip
from functools import cache
from pathlib import Path

from model.evidence import Entry, read

REGION = Path(__file__).parent / "region.jsonl.gz"
ENVIRONMENT = Path(__file__).parent / "lab.yaml"
"""The environment file of that day, which the case was opened with."""
OPEN = 20
CASE = "lab-20261121T173252-region2"


@cache
def region() -> str:
    """Return the journal of a lost region, line by line."""
    return gzip.decompress(REGION.read_bytes()).decode()


def entries() -> tuple[Entry, ...]:
    return read(region().encode(), REGION.name)


def cut_short() -> str:
    """Return the same journal as a kill behind its database stage would have left it: its case is open."""
    lines = region().splitlines(keepends=True)
    return "".join(lines[:OPEN])
