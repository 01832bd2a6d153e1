"""The laboratory for tests: up, down, commands on hosts, faults, and back to the saved moment."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from lab import checkpoint, credentials, faults, identity, leftovers, state, teardown, web
from lab import host as hosts
from lab.errors import LabError
from lab.identity import CHECKOUT, Identity
from lab.services import prefect
from lab.topology import Topology


class Lab:
    """One laboratory that is up.

    Attributes:
        settings: What commands on the control host find in their environment.
    """

    def __init__(self, lab: Identity | None = None) -> None:
        self.identity = lab or identity.current()
        kept = state.load(self.identity)
        self.topology: Topology = kept.topology
        self.port = kept.port
        self.url = web.address(kept.port)
        self.settings = prefect.environment()

    @classmethod
    def up(
        cls,
        lab: Identity | None = None,
        *,
        owner: int | None = None,
        bare: bool = False,
        environment: Path | None = None,
    ) -> "Lab":
        """Bring a laboratory up that goes down with its owner, by default this process."""
        lab = lab or identity.current()
        argv = [sys.executable, "-m", "lab", "up", "--owner", str(owner or os.getpid())]
        argv += ["--bare"] if bare else []
        argv += ["--environment", str(environment)] if environment else []
        settings = {**os.environ, "GENESYS_DR_LAB": lab.id}
        done = subprocess.run(argv, cwd=CHECKOUT, env=settings, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"up: exit {done.returncode}: {done.stdout}{done.stderr}")
        return cls(lab)

    def down(self) -> None:
        """Remove the laboratory."""
        teardown.down(self.identity)

    def address(self, host: str) -> str:
        """Return a host's address."""
        return self.topology.host(host).address

    def exec(
        self,
        host: str,
        argv: Sequence[str],
        user: str | None = None,
        *,
        stdin: str | None = None,
        check: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a host to its end, as root unless another account is named."""
        command = self.argv(host, argv, user)
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=check)

    def popen(
        self,
        host: str,
        argv: Sequence[str],
        user: str | None = None,
        **options: Any,  # Popen's own
    ) -> subprocess.Popen[Any]:
        """Start a command on a host; see `subprocess.Popen` for the options."""
        return subprocess.Popen(self.argv(host, argv, user), **options)

    def argv(self, host: str, argv: Sequence[str], user: str | None = None) -> list[str]:
        """Return the command line of this machine that runs a command on a host."""
        return hosts.enter(self.identity, self.topology.host(host), argv, user)

    def control(self, argv: Sequence[str], *, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command on the control host as the product's own units do: account, environment, checkout."""
        return self.exec("ctl", self.control_argv(argv), "dr", check=check)

    def control_argv(self, argv: Sequence[str]) -> list[str]:
        """Give a command the environment of the product's units; run it on ctl as `dr`."""
        return prefect.command(argv, self.settings)

    def http(self, timeout: float = 10) -> httpx.Client:
        """Return a client of the Prefect server's API that is logged in as people are."""
        user, _, word = credentials.load(self.identity).api_password.partition(":")
        return httpx.Client(base_url=f"{self.url}/api", auth=(user, word), timeout=timeout)

    def is_on(self, host: str) -> bool:
        """Tell whether a host has power."""
        return hosts.init_pid(self.identity, self.topology.host(host)) is not None

    def break_(self, fault: str, *arguments: object) -> None:
        """Cause a fault."""
        faults.apply(self.identity, "break", fault, *map(str, arguments))

    def mend(self, fault: str, *arguments: object) -> None:
        """Undo a fault."""
        faults.apply(self.identity, "mend", fault, *map(str, arguments))

    def checkpoint(self) -> None:
        """Save every disk but the control host's."""
        checkpoint.save(self.identity)

    def restore(self) -> None:
        """Go back to the checkpoint."""
        checkpoint.restore(self.identity)

    def leftovers(self) -> list[str]:
        """List what carries the laboratory's name on this machine."""
        return leftovers.scan(self.identity).lines()
