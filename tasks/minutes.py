"""The sampler's day on the control host, a line a minute: how far behind the standby was, and how often asked."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from model.observation import Minute, Sample
from tasks import samples

MINUTE_S = 60
KEPT_S, SLACK_S = 86_400, 3_600  # a day, cut once an hour


def path(environment: str) -> Path:
    """Return the file of an environment's minutes."""
    return samples.path(environment).with_suffix(".day")


def counted(minute: Minute | None, sample: Sample) -> Minute:
    """Return the minute of a sample with it counted in; it begins a new one where it does not belong to this."""
    at = sample.at // MINUTE_S * MINUTE_S
    known = minute if minute is not None and minute.at == at else Minute(at=at)
    if sample.lag_s is None:
        return replace(known, unknown=known.unknown + 1)
    return replace(known, measured=known.measured + 1, lag_s=max(known.lag_s, sample.lag_s))


def of(lines: Iterable[Sample]) -> tuple[Minute, ...]:
    """Return the minutes of samples that were kept one by one."""
    found: dict[float, Minute] = {}
    for sample in lines:
        at = sample.at // MINUTE_S * MINUTE_S
        found[at] = counted(found.get(at), sample)
    return tuple(found.values())


def day(environment: str) -> tuple[Minute, ...]:
    """Return the minutes that are kept, oldest first; a last line that a crash cut off is none."""
    file = path(environment)
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return tuple(minute for line in lines if (minute := _read(line)))


def _read(line: bytes) -> Minute | None:
    """Read a minute; what cannot be read is none: a gap is shown as one, and the sampler goes on."""
    try:
        return Minute(**json.loads(line))
    except (ValueError, TypeError):
        return None


def keep(environment: str, minute: Minute) -> None:
    """Append a minute that is over; once an hour, or where a crash cut a line off, write the last day anew."""
    file = path(environment)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = file.read_bytes() if file.exists() else b""
    kept = day(environment)
    if not text.endswith(b"\n") or not kept or kept[0].at < minute.at - KEPT_S - SLACK_S:
        draft = file.with_suffix(".new-day")
        draft.write_bytes(b"".join(map(_line, (one for one in kept if one.at >= minute.at - KEPT_S))))
        draft.replace(file)
    with file.open("ab", buffering=0) as lines:
        lines.write(_line(minute))


def _line(minute: Minute) -> bytes:
    return json.dumps(asdict(minute)).encode() + b"\n"
