"""Remove a laboratory by scanning for its names: whatever was killed before, and as often as wanted."""

import contextlib
import os
import pathlib
import shutil

from lab import cgroup, leftovers, process, wire
from lab.command import run, wait_until
from lab.errors import LabError
from lab.identity import STATES, Identity

_END_S = 30
_PATIENCE_S = 120  # above all that it waits for itself


def down(lab: Identity) -> None:
    """Remove a laboratory. Its supervisor does that while it lives, and ends it although its asker is killed."""
    with contextlib.suppress(LabError):  # there is none, it hangs, it ends with its work, or says what is said below
        wire.ask(wire.supervisor(lab), "down", deadline_s=_PATIENCE_S)
    remove(lab)


def remove(lab: Identity) -> None:
    """Remove everything that carries the laboratory's name, except the process that asks for it."""
    _stop_workers(lab, "supervisor")  # first, for it would boot a host again when asked; its own end closes that
    _stop_hosts(lab)
    for name in ("relay", "wan"):
        _stop_workers(lab, name)
    _remove_namespaces(lab)
    wait_until(f"laboratory {lab.id}: control groups", lambda: _remove_cgroups(lab), _END_S)
    _remove_files(lab)


def _stop_workers(lab: Identity, name: str) -> None:
    found = [pid for pid in process.pids() if pid != os.getpid() and leftovers.worker(lab, process.argv(pid)) == name]
    _end(lab, found)


def _stop_hosts(lab: Identity) -> None:
    """Kill every PID 1: the kernel then ends what runs in it, and nspawn cleans up behind itself."""
    groups = list(cgroup.find(lab.prefix))
    members = set().union(*(cgroup.members(group) for group in groups))
    inits = {pid for pid in members if process.is_guest_init(pid)}
    process.kill(inits)
    _wait_empty(groups)
    # What is still there has lost its PID 1 or never had one, as an nspawn that was killed while it booted.
    process.kill(set().union(*(cgroup.members(group) for group in groups)) - {os.getpid()})
    _end(lab, sorted(leftovers.processes(lab) - {os.getpid()} - _workers(lab)))


def _workers(lab: Identity) -> set[int]:
    return {pid for pid in process.pids() if leftovers.worker(lab, process.argv(pid))}


def _wait_empty(groups: list[pathlib.Path]) -> None:
    try:
        wait_until("hosts: end", lambda: not any(map(cgroup.members, groups)), 3)
    except LabError:
        return  # the caller kills the rest by number


def _end(lab: Identity, pids: list[int]) -> None:
    process.kill(pids)
    wait_until(f"laboratory {lab.id}: end of {pids}", lambda: not any(map(process.alive, pids)), _END_S)


def _remove_namespaces(lab: Identity) -> None:
    for namespace in leftovers.namespaces(lab):
        inside = [int(pid) for pid in run("ip", "netns", "pids", namespace.name, check=False).stdout.split()]
        process.kill(pid for pid in inside if pid != os.getpid())
        run("ip", "netns", "del", namespace.name)
    if not any(leftovers.NETNS.glob("*")):
        # `ip netns add` mounted the folder onto itself; it does so again when the next one needs it.
        run("umount", str(leftovers.NETNS), check=False)


def _remove_cgroups(lab: Identity) -> bool:
    removed = [cgroup.remove(group) for group in list(cgroup.find(lab.prefix))]
    return all(removed)


def _remove_files(lab: Identity) -> None:
    found = leftovers.files(lab)  # before the disks go, for nspawn's locks are named after them
    for point in leftovers.mounts(lab):
        run("umount", "--lazy", point)
    if leftovers.mounts(lab):
        raise LabError(f"{lab.state}: something is still mounted below: umount it, then python -m lab down")
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if STATES.is_dir() and not any(STATES.iterdir()):
        STATES.rmdir()
