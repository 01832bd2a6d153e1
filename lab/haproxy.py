"""HAProxy, for the tests of what people reach: unpacked beside the hosts' Debian, and run from there by any account."""

import pathlib
import shutil

from lab import root
from lab.identity import CACHE


def tree() -> pathlib.Path:
    """Hold the program and all that it needs."""
    return CACHE / f"haproxy-{root.SUITE}"


def ensure() -> None:
    """Unpack it unless it is there, or the machine has its own."""
    if shutil.which("haproxy") is None:
        root.extract(tree(), "haproxy")


def command() -> list[str]:
    """Return how it is called: the machine's own, else the unpacked one with its libraries; empty without either."""
    own = shutil.which("haproxy")
    if own:
        return [own]
    if not tree().is_dir():
        return []
    (loader,) = tree().glob("lib/*-linux-gnu/ld-linux-*.so.*")
    libraries = ":".join(f"{tree() / folder / loader.parent.name}" for folder in ("lib", "usr/lib"))
    return [str(loader), "--library-path", libraries, str(tree() / "usr/sbin/haproxy")]
