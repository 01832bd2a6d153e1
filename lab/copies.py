"""Copies of hosts, as a hypervisor makes them: the whole disk, but for what its own tools give each machine anew."""

import json
import pathlib
import shutil

from lab import host as hosts
from lab.command import run
from lab.errors import LabError
from lab.identity import Identity
from lab.topology import Host

# What a customization specification, cloud-init or virt-customize would set: name, resolver, keys.
_OWN = ("etc/hostname", "etc/machine-id", "etc/resolv.conf", "etc/ssh")
_PASSING = ("proc", "sys", "dev", "run", "tmp", "usr")


def clone(lab: Identity, original: Host, copy: Host, label: str) -> None:
    """Overwrite the disk of a host that is off with another's, which runs on; the note of it comes last."""
    if original.role != copy.role:
        raise LabError(f"{copy.name}: is a {copy.role}, {original.name} a {original.role}: not copied")
    if hosts.init_pid(lab, copy) is not None:
        raise LabError(f"{copy.name}: is on: not copied")
    note, source, target = _note(lab, copy), lab.disk(original.name), lab.disk(copy.name)
    note.unlink(missing_ok=True)
    left_out = {*_OWN, *_PASSING}
    for entry in target.iterdir():
        if entry.name not in (*_PASSING, "etc"):
            _remove(entry)
    for entry in (target / "etc").iterdir():
        if f"etc/{entry.name}" not in left_out:
            _remove(entry)
    for folder in (source, source / "etc"):
        named = [entry for entry in folder.iterdir() if str(entry.relative_to(source)) not in {*left_out, "etc"}]
        run("cp", "-a", *map(str, named), str(target / folder.relative_to(source)))
    note.parent.mkdir(exist_ok=True)
    note.write_text(json.dumps([original.name, label]))


def copy_of(lab: Identity, host: Host) -> str:
    """Say whose copy a host is, and by which label; empty for an original, or a copy that was not finished."""
    note = _note(lab, host)
    return " ".join(json.loads(note.read_text())) if note.exists() else ""


def _note(lab: Identity, host: Host) -> pathlib.Path:
    return lab.state / "copies" / host.name


def _remove(entry: pathlib.Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
