"""Find processes of the machine by what they are, never by a remembered number alone."""

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


def started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None when it is gone."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])


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
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
