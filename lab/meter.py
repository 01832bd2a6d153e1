"""Say of each phase how long it took, and how much of it was work: the rest was waiting."""

import contextlib
import os
import time
from collections.abc import Iterator

from lab import leftovers, process
from lab.identity import Identity


@contextlib.contextmanager
def phase(lab: Identity, title: str) -> Iterator[None]:
    """Print a phase's seconds, and the processor seconds of everything that carries the laboratory's name."""
    begun, worked = time.monotonic(), _worked(lab)
    yield
    print(line(title, time.monotonic() - begun, _worked(lab) - worked), flush=True)


def line(title: str, seconds: float, processor_seconds: float | None = None) -> str:
    """Lay one phase out."""
    work = "" if processor_seconds is None else f" {processor_seconds:7.2f} s of work"
    return f"{title:<44} {seconds:6.2f} s{work}"


def _worked(lab: Identity) -> float:
    return process.worked(leftovers.processes(lab) | {os.getpid()})
