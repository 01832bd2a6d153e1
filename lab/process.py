"""Find processes of the machine by what they are, never by a remembered number alone."""

import contextlib
import os
import pathlib
import signal
from collections.abc import Iterable, Iterator

PROC = pathlib.Path("/proc")


def pids() -> Iterator[int]:
    """List every process of the machine."""
    for entry in os.scandir(PROC):
        if entry.name.isdigit():
            yield int(entry.name)


def argv(pid: int) -> tuple[str, ...]:
    """Return a process's command line; empty when it is gone."""
    try:
        written = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(part.decode(errors="replace") for part in written.split(b"\0")[:-1])


def with_arguments(*wanted: str) -> list[int]:
    """List processes whose command line holds these arguments, side by side."""
    width = len(wanted)
    found = []
    for pid in pids():
        words = argv(pid)
        if any(words[at : at + width] == wanted for at in range(len(words) - width + 1)):
            found.append(pid)
    return found


def setting(pid: int, name: str, default: str) -> str | None:
    """Return what a process was given in its environment; None when it is gone."""
    try:
        given = (PROC / str(pid) / "environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    return dict(one.split("=", 1) for one in given if "=" in one).get(name, default)


def started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None when it is gone."""
    try:
        return int(_stat(pid)[19])
    except OSError:
        return None


def worked(numbers: Iterable[int]) -> float:
    """Return the processor seconds of processes that are alive, and of their children that have ended."""
    ticks = 0
    for pid in numbers:
        with contextlib.suppress(OSError):
            ticks += sum(map(int, _stat(pid)[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def namespace_pids(pid: int) -> tuple[int, ...]:
    """Return a process's number in each PID namespace, outermost first."""
    try:
        status = (PROC / str(pid) / "status").read_text()
    except OSError:
        return ()
    return tuple(
        int(number) for line in status.splitlines() if line.startswith("NSpid:") for number in line.split()[1:]
    )


def is_guest_init(pid: int) -> bool:
    """Tell whether a process is PID 1 of a namespace directly below ours."""
    numbers = namespace_pids(pid)
    return len(numbers) == len(namespace_pids(os.getpid())) + 1 and numbers[-1] == 1


def kill(numbers: Iterable[int], number: signal.Signals = signal.SIGKILL) -> None:
    """Signal processes; one that has ended meanwhile is as wanted."""
    for pid in numbers:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def alive(pid: int) -> bool:
    """Tell whether a process still runs; a zombie does not."""
    try:
        return _stat(pid)[0] not in "ZX"
    except OSError:
        return False


def _stat(pid: int) -> list[str]:
    """Return the fields of a process's stat that come after its name, which may hold spaces."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
