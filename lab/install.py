"""Install the few programs the laboratory needs on the machine itself; none of them is a server."""

import os
import pathlib
import shutil
import subprocess

from lab import haproxy, preflight, redis
from lab.errors import LabError


def install(*, tools: bool, scale: bool = False, proxy: bool = False) -> None:
    """Install what is missing; tools and HAProxy are for tests alone, Redis for a Prefect of several servers."""
    _packages(tools=tools)
    if scale:
        redis.ensure()
    if proxy:
        haproxy.ensure()


def _packages(*, tools: bool) -> None:
    """Install what is missing by apt, and nothing else."""
    missing = preflight.missing_packages()
    if tools:
        missing += [*preflight.missing_packages(preflight.TOOLS), *preflight.missing_libraries()]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"packages: {' '.join(missing)}: no apt-get here: install them by the machine's own means")
    if os.geteuid() != 0:
        raise LabError(f"packages: {' '.join(missing)}: not root: run with sudo")
    if not any(pathlib.Path("/var/lib/apt/lists").glob("*_Packages*")):
        _apt("update", "-q")
    print(f"packages: installing {' '.join(missing)}", flush=True)
    _apt("install", "-qy", "--no-install-recommends", *missing)


def _apt(*argv: str) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *argv], env=env, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise LabError(f"apt-get {argv[0]}: exit {done.returncode}: its own message is above")
