"""The sampler's file on the control host: what the primary had written, second by second."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from model.loss import KNOWN_S, STALE_S
from model.observation import Sample, Watch
from tasks.run import state

RATED = 60  # samples whose neighbours give the highest rate
KEPT_S, SLACK_S = KNOWN_S, 60.0  # the last hour, cut once a minute
TAIL_BYTES = 16_384


def path(environment: str) -> Path:
    """Return the file of an environment's samples."""
    return state() / "samples" / f"{environment}.jsonl"


def newest(environment: str) -> Sample | None:
    """Return the newest sample, None when there is none: unknown, never zero."""
    known = recent(environment)
    return known[-1] if known else None


def watched(environment: str) -> Watch | None:
    """Return since and until when the sampler has looked; None when it never did."""
    try:
        return Watch(**json.loads(_watch(environment).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def look_on(environment: str, at: float) -> None:
    """Note that the sampler looks, whatever it sees; after a pause it begins anew."""
    last = watched(environment)
    since = last.since if last is not None and at - last.until <= STALE_S else at
    draft = _watch(environment).with_suffix(".new-watch")
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(json.dumps({"since": since, "until": at}))
    draft.replace(_watch(environment))


def _watch(environment: str) -> Path:
    return path(environment).with_suffix(".watch")


def hour(environment: str) -> tuple[Sample, ...]:
    """Return every sample that is kept, oldest first: for the sampler's own start."""
    file = path(environment)
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return tuple(Sample(**json.loads(line)) for line in lines)


def recent(environment: str) -> tuple[Sample, ...]:
    """Return the last samples, oldest first, without reading the whole hour."""
    file = path(environment)
    if not file.exists():
        return ()
    with file.open("rb") as lines:
        begin = max(0, lines.seek(0, os.SEEK_END) - TAIL_BYTES)
        lines.seek(begin)
        whole = lines.read().split(b"\n")[1 if begin else 0 : -1]
    return tuple(Sample(**json.loads(line)) for line in whole[-RATED:])


def keep(environment: str, sample: Sample) -> None:
    """Append a sample; once a minute cut the file to the last hour."""
    file = path(environment)
    file.parent.mkdir(parents=True, exist_ok=True)
    if _oldest(file) < sample.at - KEPT_S - SLACK_S or not _ends_whole(file):
        _cut(file, sample.at - KEPT_S)
    with file.open("ab", buffering=0) as lines:
        lines.write(_line(sample))


def _line(sample: Sample) -> bytes:
    return json.dumps(asdict(sample)).encode() + b"\n"


def _oldest(file: Path) -> float:
    if not file.exists():
        return float("inf")
    with file.open("rb") as lines:
        first = lines.readline()
    return float(json.loads(first)["at"]) if first.endswith(b"\n") else float("inf")


def _ends_whole(file: Path) -> bool:
    """Whether the last line was written to its end; a crash may have cut it."""
    if not file.exists() or file.stat().st_size == 0:
        return True
    with file.open("rb") as lines:
        lines.seek(-1, os.SEEK_END)
        return lines.read() == b"\n"


def _cut(file: Path, since: float) -> None:
    whole = file.read_bytes().split(b"\n")[:-1]
    _replace(file, (line for line in whole if json.loads(line)["at"] >= since))


def _replace(file: Path, lines: Iterable[bytes]) -> None:
    draft = file.with_suffix(".new")
    draft.write_bytes(b"".join(line + b"\n" for line in lines))
    draft.replace(file)
