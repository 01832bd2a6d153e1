"""A journal that `make drill` left, as it was written: what a later version must still read, verify and report."""

import gzip
from functools import cache
from pathlib import Path

from model.evidence import Entry, read

REGION = Path(__file__).parent / "region.jsonl.gz"
CASE = "lab-20261121T173252-region2"


@cache
def region() -> str:
    """Return the journal of a lost region, line by line."""
    return gzip.decompress(REGION.read_bytes()).decode()


def entries() -> tuple[Entry, ...]:
    return read(region(), REGION.name)
