"""One control group per host. It holds a host together for systemd-nspawn, and finds it again by name."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

_TOP = pathlib.Path("/sys/fs/cgroup")
# nspawn needs the hierarchy systemd manages: cgroup v1's named one beside a v2 mount, or v2 alone.
_HYBRID = ("systemd", "unified")


def hierarchies() -> tuple[pathlib.Path, ...]:
    """Return the cgroup trees in which a host needs its place."""
    hybrid = tuple(_TOP / name for name in _HYBRID if (_TOP / name).is_dir())
    return hybrid or (_TOP,)


def create(name: str) -> list[pathlib.Path]:
    """Make a host's groups."""
    groups = [tree / name for tree in hierarchies()]
    for group in groups:
        group.mkdir(exist_ok=True)
    return groups


def find(prefix: str) -> Iterator[pathlib.Path]:
    """Yield the topmost groups whose name begins with a prefix, also where systemd made them as scopes."""
    for tree in hierarchies():
        for folder, below, _ in os.walk(tree):
            for name in [name for name in below if name.startswith(prefix)]:
                below.remove(name)
                yield pathlib.Path(folder, name)


def named(name: str) -> Iterator[pathlib.Path]:
    """Yield one host's groups."""
    for tree in hierarchies():
        for candidate in (tree / name, tree / "system.slice" / f"{name}.scope"):
            if candidate.is_dir():
                yield candidate


def members(group: pathlib.Path) -> set[int]:
    """Return every process in a group and below it."""
    found: set[int] = set()
    for folder, _, _ in os.walk(group):
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in pathlib.Path(folder, "cgroup.procs").read_text().split())
    # A process of a PID namespace outside ours is listed as 0, and a signal to 0 would reach ourselves.
    return found - {0}


def remove(group: pathlib.Path) -> bool:
    """Remove an empty group, deepest first; False while the kernel still counts a process in it."""
    for folder, _, _ in os.walk(group, topdown=False):
        try:
            pathlib.Path(folder).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True
