"""Everything on the machine that carries a laboratory's name."""

import dataclasses
import itertools
import pathlib

from lab import cgroup, process
from lab.identity import Identity

NETNS = pathlib.Path("/run/netns")
NSPAWN = (pathlib.Path("/run/systemd/nspawn/propagate"), pathlib.Path("/run/systemd/nspawn/locks"))
_WORKERS = ("supervisor", "relay", "wan")


@dataclasses.dataclass(frozen=True, slots=True)
class Leftovers:
    """What a laboratory has on the machine right now, by kind."""

    processes: tuple[str, ...]
    namespaces: tuple[str, ...]
    cgroups: tuple[str, ...]
    mounts: tuple[str, ...]
    files: tuple[str, ...]

    def lines(self) -> list[str]:
        """List all of it, one thing a line."""
        return [f"{field.name}: {item}" for field in dataclasses.fields(self) for item in getattr(self, field.name)]


def scan(lab: Identity) -> Leftovers:
    """Look for a laboratory by its names."""
    pids = sorted(processes(lab))
    return Leftovers(
        processes=tuple(f"{pid} {' '.join(process.argv(pid))[:160]}" for pid in pids),
        namespaces=tuple(path.name for path in namespaces(lab)),
        cgroups=tuple(str(group) for group in cgroup.find(lab.prefix)),
        mounts=tuple(mounts(lab)),
        files=tuple(str(path) for path in files(lab)),
    )


def processes(lab: Identity) -> set[int]:
    """Find a laboratory's processes: in its control groups, or by their command lines."""
    found: set[int] = set()
    for group in cgroup.find(lab.prefix):
        found |= cgroup.members(group)
    for pid in process.pids():
        if _is_ours(lab, process.argv(pid)):
            found.add(pid)
    return found


def _is_ours(lab: Identity, argv: tuple[str, ...]) -> bool:
    if worker(lab, argv):
        return True
    return (
        bool(argv)
        and argv[0].endswith("systemd-nspawn")
        and any(word.startswith(f"--machine={lab.prefix}") for word in argv)
    )


def worker(lab: Identity, argv: tuple[str, ...]) -> str | None:
    """Tell which of the laboratory's own programs a command line is."""
    for name in _WORKERS:
        for module, word in itertools.pairwise(argv):
            if module == f"lab.{name}" and word.startswith(lab.name(name)):
                return name
    return None


def namespaces(lab: Identity) -> list[pathlib.Path]:
    """Find a laboratory's network namespaces."""
    return sorted(NETNS.glob(f"{lab.prefix}*")) if NETNS.is_dir() else []


def mounts(lab: Identity) -> list[str]:
    """Find what is mounted under a laboratory's state folder, innermost first."""
    points = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
    return sorted((point for point in points if point.startswith(f"{lab.state}/")), reverse=True)


def files(lab: Identity) -> list[pathlib.Path]:
    """Find a laboratory's state folder, and what nspawn left of its machines."""
    kept = [lab.state] if lab.state.exists() else []
    locks = locks_of(mounts(lab))
    found = [path for folder in NSPAWN if folder.is_dir() for path in folder.iterdir()]
    return kept + [path for path in found if lab.prefix in path.name or path.name in locks]


def locks_of(points: list[str]) -> set[str]:
    """Return the names nspawn gives its locks on some disks: by device and inode, not by machine."""
    stats = [pathlib.Path(point).stat() for point in points]
    return {f"inode-{stat.st_dev}:{stat.st_ino}" for stat in stats}
