"""Names and places of one laboratory. Everything it makes is found again by these names alone."""

import dataclasses
import os
import pathlib
import re

from lab.errors import LabError

CACHE = pathlib.Path("/var/cache/genesys-dr-lab")
STATES = pathlib.Path("/var/lib/genesys-dr-lab")
CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
SETTING, DEFAULT = "GENESYS_DR_LAB", "dr"
_ID = re.compile(r"[a-z0-9]{1,6}")


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """One laboratory among several on the machine; two of them never touch each other."""

    id: str

    @property
    def prefix(self) -> str:
        """Begin every name this laboratory gives to a namespace, machine, cgroup or process."""
        return f"gdr-{self.id}-"

    @property
    def state(self) -> pathlib.Path:
        """Hold disks, sockets, logs and secrets."""
        return STATES / self.id

    @property
    def disks(self) -> pathlib.Path:
        """Hold one mounted file system per host."""
        return self.state / "disks"

    def name(self, of: str) -> str:
        """Name a namespace, machine or cgroup."""
        return f"{self.prefix}{of}"

    def disk(self, host: str) -> pathlib.Path:
        """Return where the file system of a host is mounted."""
        return self.disks / host

    def layers(self, host: str) -> pathlib.Path:
        """Return where the layers of a host's file system are mounted, each by its number."""
        return self.state / "layers" / host

    def netns(self, of: str) -> pathlib.Path:
        """Return the file that holds a network namespace open."""
        return pathlib.Path("/run/netns", self.name(of))


def current() -> Identity:
    """Read the laboratory's id from GENESYS_DR_LAB."""
    lab_id = os.environ.get(SETTING, DEFAULT)
    if not _ID.fullmatch(lab_id):
        raise LabError(f"{SETTING}: {lab_id!r} is not an id: use 1 to 6 of a-z and 0-9")
    return Identity(lab_id)
