"""What a laboratory needs of the machine; one sentence and a remedy for each fault."""

import ctypes.util
import os
import pathlib
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping

from lab import cgroup, host, identity, leftovers, process, root
from lab.command import run
from lab.errors import LabError
from lab.identity import Identity

PACKAGES = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "iptables": "iptables",
}
# Of the tests alone: programs, and a library of the driver of the browser.
TOOLS = {"chromium": "chromium", "ssh-keygen": "openssh-client"}
LIBRARIES = {"atomic": "libatomic1"}
_SCRATCH = f"gdrtry-{os.getpid()}"
_NEEDED_MIB = 1500
NOT_ROOT = "user: not root: run it as root"


def require() -> None:
    """Raise all faults at once."""
    faults = list(_faults())
    if faults:
        raise LabError("the laboratory cannot be built here:\n" + "\n".join(f"  {fault}" for fault in faults))


def require_root() -> None:
    """Refuse an account that can neither see nor change a laboratory."""
    if os.geteuid() != 0:
        raise LabError(NOT_ROOT)


def require_clean(lab: Identity) -> None:
    """Refuse to build over what is there already, whole or in pieces."""
    found = leftovers.scan(lab).lines()
    if found:
        remedy = "python -m lab status, or python -m lab down"
        raise LabError(f"laboratory {lab.id}: is there already ({len(found)} things, as {found[0][:60]}): {remedy}")


def is_debris(lab: Identity) -> bool:
    """Tell what a killed laboratory left from one that lives, or that another `up` raises just now."""
    found = leftovers.scan(lab)
    ups = set(process.with_arguments("lab", "up")) - {os.getpid()}
    raising = {pid for pid in ups if process.setting(pid, identity.SETTING, identity.DEFAULT) == lab.id}
    return bool(found.lines()) and not found.processes and not raising


def missing_packages(wanted: Mapping[str, str] = PACKAGES) -> list[str]:
    """List the host packages whose program is not there."""
    return [package for program, package in wanted.items() if shutil.which(program) is None]


def missing_libraries() -> list[str]:
    """List the host packages whose library is not there."""
    return [package for library, package in LIBRARIES.items() if ctypes.util.find_library(library) is None]


def _faults() -> Iterator[str]:
    """Yield faults; a later check is left out where an earlier one explains it."""
    if platform.system() != "Linux":
        yield f"{platform.system()}: network namespaces are Linux's: use a Linux virtual machine"
        return
    if os.geteuid() != 0:
        yield NOT_ROOT
        return
    missing = missing_packages()
    if missing:
        yield f"packages: {' '.join(missing)}: not installed: python -m lab install"
        return
    for check in (_namespaces, _cgroups, _layers, _cables, _routes, _memory, _python):
        yield from check()


def _namespaces() -> Iterator[str]:
    done = run("unshare", "--mount", "--net", "--pid", "--fork", "true", check=False)
    if done.returncode != 0:
        yield f"namespaces: {done.stderr.strip()}: no CAP_SYS_ADMIN: run the container privileged, or use a VM"


def _cgroups() -> Iterator[str]:
    try:
        groups = cgroup.create(_SCRATCH)
    except OSError as error:
        yield f"control groups: {error}: mount /sys/fs/cgroup writable"
        return
    for group in groups:
        cgroup.remove(group)


def _layers() -> Iterator[str]:
    known = pathlib.Path("/proc/filesystems")
    if "overlay" not in known.read_text().split() and shutil.which("modprobe"):
        run("modprobe", "overlay", check=False)  # as mounting one would
    if "overlay" not in known.read_text().split():
        yield "file systems: no overlay: load the kernel module (modprobe overlay)"


def _cables() -> Iterator[str]:
    try:
        run("ip", "netns", "add", _SCRATCH)
        run("ip", "-n", _SCRATCH, "link", "add", "name", "one", "type", "veth", "peer", "name", "two")
        run("ip", "-n", _SCRATCH, "link", "add", "name", "three", "type", "bridge")
    except LabError as error:
        yield f"network: {error}: load the kernel modules veth and bridge (modprobe veth bridge)"
    finally:
        run("ip", "netns", "del", _SCRATCH, check=False)


def _routes() -> Iterator[str]:
    routes = run("ip", "-4", "route", "show", "root", "198.18.0.0/15").stdout.strip()
    if routes:
        yield f"route {routes.splitlines()[0]}: the laboratory needs 198.18.0.0/15: remove that route first"


def _memory() -> Iterator[str]:
    lines = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
    free = int(lines["MemAvailable"].split()[0]) // 1024
    if free < _NEEDED_MIB:
        yield f"memory: {free} MiB free: the laboratory's hosts and disks need {_NEEDED_MIB} MiB"


def _python() -> Iterator[str]:
    """Refuse a Python of the machine's own /usr that the hosts' Debian does not have."""
    own = pathlib.Path("/usr") in host.venv_prefixes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if own and version != root.PYTHON:
        remedy = f"make .venv with {root.PYTHON}, or with a Python of uv or pyenv"
        yield f"Python {version}: lies in /usr, where the hosts have Debian's {root.PYTHON}: {remedy}"
