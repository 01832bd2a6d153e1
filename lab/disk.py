"""A host's own file system: in memory and of limited size, so that it can be filled, kept and forgotten."""

import contextlib
import os
import pathlib
import re
import secrets

from lab import mounts, root
from lab.identity import Identity
from lab.topology import Host, Topology

GDR_UID = 900
GENESYS_UID = 901
_SIZE = {"control": "1g", "dbms": "1g"}
_WANTED_BY = ("WantedBy", "RequiredBy")


def mount(lab: Identity, host: Host) -> pathlib.Path:
    """Mount a new disk for a host: Debian's own files, and above them a layer of its own."""
    lab.disk(host.name).mkdir(parents=True)
    return _mount(lab, host, 0)


def keep(lab: Identity, host: Host) -> None:
    """Keep what the disk of a host that is off holds now: what is written later lies in a layer above it."""
    _unmount(lab.disk(host.name))
    _mount(lab, host, len(_layers(lab, host)))


def forget(lab: Identity, host: Host) -> None:
    """Throw away what was written on the disk of a host that is off since it was kept."""
    top = len(_layers(lab, host)) - 1
    _unmount(lab.disk(host.name), lab.layers(host.name) / str(top))
    _mount(lab, host, top)


def _unmount(*points: pathlib.Path) -> None:
    for point in points:
        with contextlib.suppress(OSError):  # whoever was killed half-way has unmounted some already
            mounts.unmount(point)


def _layers(lab: Identity, host: Host) -> list[pathlib.Path]:
    return sorted(lab.layers(host.name).iterdir(), key=lambda layer: int(layer.name))


def _mount(lab: Identity, host: Host, top: int) -> pathlib.Path:
    """Mount a disk with a new layer in memory on top; what it can hold is the disk's size."""
    target, layer = lab.disk(host.name), lab.layers(host.name) / str(top)
    layer.mkdir(parents=True, exist_ok=True)
    size, name = _SIZE.get(host.role, "256m"), lab.name(f"disk-{host.name}")
    mounts.mount("tmpfs", name, layer, f"size={size},mode=755")
    for part in ("upper", "work"):
        (layer / part).mkdir(mode=0o755)
    lower = [*(str(lab.layers(host.name) / str(number) / "upper") for number in reversed(range(top))), str(root.base())]
    # Without redirect_dir a folder of a lower layer could not be renamed.
    options = f"redirect_dir=on,lowerdir={':'.join(lower)},upperdir={layer}/upper,workdir={layer}/work"
    mounts.mount("overlay", name, target, options)
    return target


def install(disk: pathlib.Path, topology: Topology, host: Host, control_uid: int) -> None:
    """Write what every host has: Debian's /etc, names, accounts, and no unit but systemd's own."""
    write(disk, "etc/machine-id", f"{secrets.token_hex(16)}\n")
    write(disk, "etc/hostname", f"{host.name}\n")
    write(disk, "etc/hosts", _hosts(topology, host))
    write(disk, "etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
    write(disk, "etc/resolv.conf", _resolver(topology, host))
    write(
        disk,
        "etc/systemd/journald.conf",
        "[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\nRateLimitBurst=0\n",
    )
    # Nobody reads a console here, and where a guard lets its unit wait PID 1 would fill it, and then hang for ever.
    manager = "ShowStatus=no\nDefaultTimeoutStopSec=20s\nDefaultStartLimitBurst=50\n"
    write(disk, "etc/systemd/system.conf", f"[Manager]\n{manager}")
    add_account(disk, "gdr", GDR_UID)
    add_account(disk, "genesys", GENESYS_UID)
    if host.role == "control":
        add_account(disk, "dr", control_uid)


def _hosts(topology: Topology, host: Host) -> str:
    """Name all hosts; the framework's own names only on framework hosts, as their region's pair."""
    if not (host.region and host.is_framework):
        return hosts_file(topology)
    pair = zip(topology.framework(host.region), topology.framework_names, strict=True)
    return hosts_file(topology) + "".join(f"{member.address} {name}\n" for member, name in pair)


def hosts_file(topology: Topology) -> str:
    """Name all hosts, and none of the framework's own names."""
    return "".join(["127.0.0.1 localhost\n", *(f"{other.address} {other.name}\n" for other in topology.hosts)])


def _resolver(topology: Topology, host: Host) -> str:
    """Name who is asked: framework hosts ask the writer itself, for an alias that moved must not be cached."""
    own = host.role in ("application", "resolver")
    others = topology.with_role("name_server")[:1] if host.is_framework else topology.with_role("resolver")
    addresses = ["127.0.0.1"] if own else [other.address for other in others]
    return "".join(f"nameserver {address}\n" for address in addresses) + "options timeout:1 attempts:1\n"


def write(disk: pathlib.Path, path: str, text: str, *, mode: int = 0o644, owner: int = 0) -> pathlib.Path:
    """Write one file onto a disk."""
    target = disk / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    target.chmod(mode)
    os.chown(target, owner, owner)
    return target


def folder(disk: pathlib.Path, path: str, *, mode: int = 0o755, owner: int = 0) -> pathlib.Path:
    """Make one folder on a disk."""
    target = disk / path
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(mode)
    os.chown(target, owner, owner)
    return target


def unit(disk: pathlib.Path, name: str, text: str) -> None:
    """Write a systemd unit and enable it."""
    write(disk, f"etc/systemd/system/{name}", text)
    enable(disk, name)


def enable(disk: pathlib.Path, name: str) -> None:
    """Enable a unit as `systemctl enable` would: by the targets its [Install] section names."""
    written = re.sub("@[^.]*", "@", name)  # an instance is its template's
    source = disk / "etc/systemd/system" / written
    for line in source.read_text().splitlines():
        key, _, targets = line.partition("=")
        if key not in _WANTED_BY:
            continue
        suffix = "wants" if key == "WantedBy" else "requires"
        for target in targets.split():
            link = folder(disk, f"etc/systemd/system/{target}.{suffix}") / name
            link.unlink(missing_ok=True)
            link.symlink_to(f"/etc/systemd/system/{written}")


def add_account(disk: pathlib.Path, name: str, uid: int) -> None:
    """Add a system account; another name for root where its number is 0."""
    home = f"/home/{name}"
    for file, line in (
        ("passwd", f"{name}:x:{uid}:{uid}::{home}:/bin/bash\n"),
        ("group", f"{name}:x:{uid}:\n"),
        ("shadow", f"{name}:*:20000:0:99999:7:::\n"),
    ):
        with (disk / "etc" / file).open("a") as accounts:
            accounts.write(line)
    folder(disk, home.lstrip("/"), mode=0o750, owner=uid)


def uid(disk: pathlib.Path, account: str) -> int:
    """Look up an account's number as the host itself knows it."""
    for line in (disk / "etc/passwd").read_text().splitlines():
        name, _, number = line.split(":")[:3]
        if name == account:
            return int(number)
    raise KeyError(account)
