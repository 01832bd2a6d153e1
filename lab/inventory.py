"""The machine as far as a laboratory could change it: equal before and after is clean."""

import hashlib
import pathlib
import re
from collections.abc import Iterator

from lab import leftovers
from lab.identity import STATES, Identity

_WATCHED_FILES = ("/etc/resolv.conf", "/etc/nsswitch.conf")
_NAMED = re.compile(rf"gdr-([a-z0-9]{{1,6}})-|{re.escape(str(STATES))}/([a-z0-9]{{1,6}})(?:/|$)")


def take(lab: Identity) -> list[str]:
    """List everything a laboratory could leave behind, but nothing of any other laboratory on the machine."""
    return [line for line in _all(lab) if not _is_foreign(lab, line)]


def _is_foreign(lab: Identity, line: str) -> bool:
    return any(lab.id not in found for found in _NAMED.findall(line))


def _all(lab: Identity) -> Iterator[str]:
    yield from leftovers.scan(lab).lines()
    for file in map(pathlib.Path, _WATCHED_FILES):
        if file.exists():
            yield f"{file} {hashlib.sha256(file.read_bytes()).hexdigest()}"
    yield from (f"netns {path.name}" for path in sorted(leftovers.NETNS.glob("*")))
    points = sorted(line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines())
    # Whoever adds the machine's first namespace, a laboratory or not, mounts their folder onto itself.
    yield from (f"mount {point}" for point in points if point != str(leftovers.NETNS))
    foreign = leftovers.locks_of([point for point in points if _is_foreign(lab, point)])
    for folder in leftovers.NSPAWN:
        yield from (f"nspawn {path}" for path in sorted(folder.glob("*")) if path.name not in foreign)
    yield from (f"link {path.name}" for path in sorted(pathlib.Path("/sys/class/net").iterdir()))
    yield from (f"route {' '.join(line.split())}" for line in pathlib.Path("/proc/net/route").read_text().splitlines())
